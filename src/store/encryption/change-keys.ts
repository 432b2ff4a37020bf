import { PipelineError } from '../../lib/errors.ts';
import type { JsonObject } from '../../lib/json.ts';
import { dataKeyPath, dataKeyText, keyCheck, keyPurposes } from '../../proof/data-key.ts';
import type { DataKeyFile } from '../../proof/data-key.ts';
import { DATA_KEY_NOTE, PSEUDONYM_KEY_NOTE, SHREDDED_NOTE } from '../../proof/payload-check.ts';
import type { Files } from '../files.ts';
import { createDataKey, readKeyFiles } from './data-keys.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { keyNote } from './lake-keys.ts';

/** Puts entries into the log, durably. */
export type NoteInLog = (notes: readonly (readonly [kind: string, note: JsonObject])[]) => Promise<void>;

const put = (files: Files, file: DataKeyFile): Promise<void> =>
  files.replace(dataKeyPath(file.purpose, file.number), Buffer.from(dataKeyText(file)));

/**
 * Makes the next data key before its time. Writers take it up within a minute; what is encrypted already stays under the
 * key it has.
 *
 * @param now epoch ms.
 */
export async function rotateDataKey(files: Files, wrapper: KeyWrapper, now: number): Promise<DataKeyFile> {
  const last = (await readKeyFiles(files, 'data')).at(-1);
  if (last === undefined)
    throw new PipelineError(
      'INPUT_UNREADABLE',
      files.place,
      'it has no data key yet; the first run makes it',
    );
  const { file, key } = await createDataKey(files, 'data', last.number, now, wrapper);
  key.fill(0);
  return file;
}

/**
 * Wraps every key of a lake anew that another key-encryption key has wrapped. The log says so first: cut short anywhere,
 * the same call finishes, and verification holds at each moment.
 *
 * @param from opens what is there; @param to wraps it anew.
 * @returns the keys that were wrapped anew.
 */
export async function rewrapKeys(
  files: Files,
  from: KeyWrapper,
  to: KeyWrapper,
  note: NoteInLog,
): Promise<readonly DataKeyFile[]> {
  const rewrapped: DataKeyFile[] = [];
  for (const purpose of keyPurposes) {
    for (const file of await readKeyFiles(files, purpose)) {
      if (file.wrapped === null || file.wrapped.by === to.id) continue;
      const key = await from.unwrap(file);
      if (keyCheck(key) !== file.check)
        throw new PipelineError(
          'KEY_UNAVAILABLE',
          dataKeyPath(purpose, file.number),
          `${from.id} answered with another key than the one that was wrapped; nothing was written`,
        );
      rewrapped.push({ ...file, wrapped: await to.wrap(key, file) });
      key.fill(0);
    }
  }
  if (rewrapped.length === 0) return rewrapped;
  await note(
    rewrapped.map((file) => [file.purpose === 'data' ? DATA_KEY_NOTE : PSEUDONYM_KEY_NOTE, keyNote(file)]),
  );
  for (const file of rewrapped) await put(files, file);
  return rewrapped;
}

/** A decision of two people to destroy a data key. */
export interface ShredDecision {
  readonly id: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly approvedBy: string;
}

/**
 * Destroys a data key: nothing that it encrypted can be read any more, wherever copies of it lie. The decision is
 * durable in the log before the key goes. Done again, it finishes what was cut short.
 *
 * @param now epoch ms.
 * @throws PipelineError USAGE when there is no such key, or it is the one in use.
 */
export async function shredDataKey(
  files: Files,
  number: number,
  decision: ShredDecision,
  now: number,
  note: NoteInLog,
): Promise<DataKeyFile> {
  const found = await readKeyFiles(files, 'data');
  const file = found.find((one) => one.number === number);
  if (file === undefined)
    throw new PipelineError(
      'USAGE',
      `data key ${number}`,
      `there is no such key; the lake has ${found.map((one) => one.number).join(', ') || 'none'}`,
    );
  if (number === found.at(-1)?.number)
    throw new PipelineError(
      'USAGE',
      `data key ${number}`,
      'it is the key in use; `plumbline keys encryption rotate` first, and wait until every writer has sealed under the next',
    );
  if (file.wrapped === null)
    throw new PipelineError(
      'USAGE',
      `data key ${number}`,
      `it was destroyed before, under ${file.decision ?? 'a decision'}`,
    );
  await note([[SHREDDED_NOTE, { number, check: file.check, from: file.from, at: now, ...decision }]]);
  const destroyed: DataKeyFile = { ...file, wrapped: null, decision: decision.id };
  await put(files, destroyed);
  return destroyed;
}
