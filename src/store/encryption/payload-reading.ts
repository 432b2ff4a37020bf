import { DATA_KEY_NOTE, SHREDDED_NOTE } from '../../proof/payload-check.ts';
import type { Files } from '../files.ts';
import type { Snapshot } from '../snapshot.ts';
import { readKeyFiles, unwrapAll } from './data-keys.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { createRowOpener } from './payloads.ts';
import type { KeyRing, RowOpener } from './payloads.ts';

/** Opens what is read of a lake, and keeps up with its keys. */
export interface PayloadReading extends RowOpener {
  readonly ring: KeyRing;
  /** True when the lake has keys, so that values may be encrypted. */
  readonly isEncrypted: boolean;
  /** Values that could not be read since it was opened. */
  readonly unread: number;
  /** The keys that pseudonyms were made with. */
  pseudonymKeys(): Promise<readonly Uint8Array[]>;
  /** Takes up keys that the log of the snapshot tells of, and lets go of those that were destroyed. */
  refresh(snapshot: Snapshot): Promise<void>;
}

/**
 * Opens the keys of a lake for reading.
 *
 * @param wrapper undefined: values stay encrypted, and say so.
 * @throws PipelineError KEY_UNAVAILABLE when the key-encryption key does not open them.
 */
export async function openPayloadReading(
  files: Files,
  wrapper: KeyWrapper | undefined,
): Promise<PayloadReading> {
  const keys = new Map<number, Uint8Array>();
  const shredded = new Set<number>();
  let told = '';
  let unread = 0;
  let isEncrypted = false;
  const ring: KeyRing = { keys, shredded };

  const load = async (): Promise<void> => {
    const found = await readKeyFiles(files, 'data');
    isEncrypted = found.length > 0;
    for (const { number, wrapped } of found) {
      if (wrapped !== null) continue;
      shredded.add(number);
      keys.get(number)?.fill(0);
      keys.delete(number);
    }
    if (wrapper === undefined) return;
    const fresh = found.filter(({ number }) => !keys.has(number));
    for (const { file, key } of await unwrapAll(fresh, wrapper)) keys.set(file.number, key);
  };
  await load();

  return {
    ...createRowOpener(
      () => ring,
      () => unread++,
    ),
    ring,
    get isEncrypted() {
      return isEncrypted;
    },
    get unread() {
      return unread;
    },
    async pseudonymKeys() {
      if (wrapper === undefined) return [];
      return (await unwrapAll(await readKeyFiles(files, 'pseudonym'), wrapper)).map(({ key }) => key);
    },
    async refresh({ writers }) {
      const said = [...writers.values()]
        .map(({ newest }) => `${newest.facts.notes[DATA_KEY_NOTE]} ${newest.facts.notes[SHREDDED_NOTE]}`)
        .join('\n');
      if (said === told) return;
      await load();
      told = said;
    },
  };
}
