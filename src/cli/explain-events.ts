import { resolve } from 'node:path';
import { files } from '../collect/files.ts';
import { answers } from '../detect/detector.ts';
import { explainDetection } from '../detect/explain.ts';
import type { DetectionExplanation } from '../detect/explain.ts';
import type { LoadedDetection } from '../detect/load.ts';
import type { Detection } from '../domain/detection.ts';
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
import { columns } from './text.ts';

/** Records of a file, or of all files below a folder, in every form that `replay` reads. */
async function recordsIn(io: Io, file: string) {
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
  return { items, unread: [...unread, ...(collector.problems?.() ?? [])] };
}

/** Tries a detection on records and says, test by test, why it matches or not; 1 when it matches none. */
export async function explainOnEvents(
  io: Io,
  loaded: LoadedDetection,
  file: string,
  output: OutputFormat,
): Promise<number> {
  const { items, unread } = await recordsIn(io, file);
  for (const problem of unread) io.err(`plumbline: ${problem}\n`);
  if (items.length === 0)
    throw new PipelineError('INPUT_UNREADABLE', file, 'there is no record in it that could be read');
  const explained = items.map(({ index, fields, record }): Explained => {
    const explanation = explainDetection(loaded, { id: `record ${index}`, record });
    const isRouted = isRoutedTo(loaded.detection, fields.class);
    return { class: fields.class, ...explanation, isRouted, matched: explanation.matched && isRouted };
  });
  writeResult(io, output, {
    value: explained,
    rows: explained,
    table: () => explained.map(explanationText).join('\n\n'),
  });
  return explained.some(({ matched }) => matched) ? exitCodes.ok.code : exitCodes.gate.code;
}

interface Explained extends DetectionExplanation {
  readonly class: string;
  /** Whether the detection is asked about events of this class at all. */
  readonly isRouted: boolean;
}

const isRoutedTo = ({ logSource }: Detection, eventClass: string): boolean =>
  eventClasses.some(
    ({ id, logSources }) => id === eventClass && logSources.some((answered) => answers(answered, logSource)),
  );

function explanationText(explanation: Explained): string {
  const { detection, matched, isRouted, condition, searches, leaves } = explanation;
  const head = `${matched ? '✓ matches' : '✕ does not match'}  ${detection.name} (${detection.level}) on ${explanation.eventId}, ${explanation.class}`;
  const parts = searches.map(({ name, passed }) => [passed ? '✓' : '✕', name]);
  const tests = leaves.map(({ search, field, test, passed, actual }) => [
    passed ? '✓' : '✕',
    search,
    field,
    test,
    actual.length === 0
      ? '(not there)'
      : actual
          .map((value) => JSON.stringify(value))
          .join(', ')
          .slice(0, 120),
  ]);
  return [
    head,
    ...(isRouted ? [] : [`the rule is for another log source: it is never asked about ${explanation.class}`]),
    `condition: ${condition}`,
    ...columns(parts).map((line) => `  ${line}`),
    ...columns(tests).map((line) => `    ${line}`),
  ].join('\n');
}
