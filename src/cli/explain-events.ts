import { resolve } from 'node:path';
import { files } from '../collect/files.ts';
import { isRoutedTo } from '../detect/detector.ts';
import { explainDetection } from '../detect/explain.ts';
import type { DetectionExplanation } from '../detect/explain.ts';
import type { LoadedDetection } from '../detect/load.ts';
import { PipelineError } from '../lib/errors.ts';
import { silentLogger } from '../lib/log.ts';
import { createNormalise } from '../normalise/normalise.ts';
import type { NormalisedRecord } from '../normalise/normalise.ts';
import { redact } from '../normalise/redact.ts';
import { eventClasses, normalisers } from '../normalise/registry.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import { explanationText } from './explain-text.ts';

/** Records of a file, or of all files below a folder, in every form that `replay` reads; some at least. */
export async function recordsIn(io: Io, file: string): Promise<readonly NormalisedRecord[]> {
  const path = file === '-' ? file : resolve(io.workingFolder, file);
  const collector = files.create(files.settings.parse({ type: 'files', paths: [path] }), {
    source: 'explain',
    signal: io.signal,
    clock: io.clock,
    log: silentLogger,
    durableSequence: () => Promise.resolve(undefined),
  });
  const normalise = createNormalise(normalisers);
  const items: NormalisedRecord[] = [];
  const unread: string[] = [];
  let before = 0;
  for await (const batch of collector.batches()) {
    for (const capture of batch) {
      const message = normalise({ ...capture, body: redact(capture.body).body });
      items.push(...message.items.map((item) => ({ ...item, index: before + item.index })));
      unread.push(
        ...message.failures.map(({ index, detail }) => `record ${before + index} cannot be read: ${detail}`),
      );
      before += message.items.length + message.failures.length;
    }
  }
  for (const problem of [...unread, ...(collector.problems?.() ?? [])]) io.err(`plumbline: ${problem}\n`);
  if (items.length === 0)
    throw new PipelineError('INPUT_UNREADABLE', file, 'there is no record in it that could be read');
  return items;
}

/** Tries a detection on records and says, test by test, why it matches or not; 1 when it matches none. */
export async function explainOnEvents(
  io: Io,
  loaded: LoadedDetection,
  file: string,
  output: OutputFormat,
): Promise<number> {
  const items = await recordsIn(io, file);
  const explained = items.map(({ index, fields, record }): Explained => {
    const explanation = explainDetection(loaded, { id: `record ${index}`, record });
    const isRouted = isRoutedTo(loaded.detection.logSource, fields.class, eventClasses);
    return { class: fields.class, ...explanation, isRouted, matched: explanation.matched && isRouted };
  });
  writeResult(io, output, {
    value: explained,
    rows: explained,
    table: () => explained.map(explanationText).join('\n\n'),
  });
  return explained.some(({ matched }) => matched) ? exitCodes.ok.code : exitCodes.gate.code;
}

/** An explanation, and what its record is. */
export interface Explained extends DetectionExplanation {
  readonly class: string;
  /** Whether the detection is asked about events of this class at all. */
  readonly isRouted: boolean;
}
