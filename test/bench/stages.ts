import { createObserver } from '../../src/assess/observe.ts';
import { findingOf } from '../../src/detect/finding.ts';
import { captureId } from '../../src/domain/capture.ts';
import type { Capture, StoredCapture } from '../../src/domain/capture.ts';
import type { Observation } from '../../src/domain/control.ts';
import type { Match } from '../../src/domain/detection.ts';
import type { DeadLetter, Event } from '../../src/domain/event.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { readEnvelope } from '../../src/normalise/envelope.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { redact } from '../../src/normalise/redact.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import type { Lake } from '../../src/store/lake.ts';
import { shipped } from './workshop.ts';

/**
 * The pipeline's stages, each with what it adds to the one before. A prefix runs the stages up to one of them, so that
 * the difference of two neighbours is what a stage costs.
 */
export const stages = [
  ['redact', 'look for secrets, hash the message'],
  ['parse', 'read the records out of it'],
  ['normalise', 'events out of records'],
  ['detect', 'run the detections, make findings'],
  ['observe', 'findings and posture as observations'],
  ['columns', 'append to the pending columns of the lake'],
  ['seal', 'Parquet, tiles, signature, fsync'],
] as const;
export type Stage = (typeof stages)[number][0];

const place = (stage: Stage): number => stages.findIndex(([name]) => name === stage);

/** What the prefixes computed is counted, so that none of it can be optimised away. */
let kept = 0;

const normalise = createNormalise(normalisers);
const { detector } = shipped.content;
const { sealRecords, sealMib } = shipped.config.lake;

function eventsOf(stored: StoredCapture, leaf: number): { events: Event[]; letters: DeadLetter[] } {
  const { items, failures } = normalise(stored);
  const { source, stream, sequence, receivedAt } = stored;
  const id = captureId(stored);
  return {
    events: items.map(({ index, fields, record }) =>
      Object.assign({ id: `${id}-${index}`, source, evidence: { leaf, record: index }, record }, fields),
    ),
    letters: failures.map(({ index, reason, detail, bytes }) => ({
      source,
      stream,
      sequence,
      evidence: { leaf, record: index },
      receivedAt,
      reason,
      detail,
      bytes,
    })),
  };
}

/** Runs the stages up to and with `last`; the lake takes part from `columns` on. */
export async function runPrefix(last: Stage, captures: readonly Capture[], lake: Lake): Promise<void> {
  const depth = place(last);
  const observer = createObserver(shipped.content.assertions);
  for (const capture of captures) {
    const { body, redactions } = redact(capture.body);
    const stored = { ...capture, body, redactions, originalSha256: sha256Hex(capture.body) };
    kept += redactions.length;
    if (depth === place('parse')) kept += readEnvelope(body).records.length;
    if (depth < place('normalise')) continue;
    const leaf = depth < place('columns') ? 0 : (lake.append(stored) ?? 0);
    const { events, letters } = eventsOf(stored, leaf);
    kept += events.length;
    if (depth < place('detect')) continue;
    const matches = events.map((event) => detector.detect(event));
    const findings = matches.flat().map((match) => [match, findingOf(match)] as const);
    kept += findings.length;
    if (depth < place('observe')) continue;
    const observations: Observation[] = [
      ...events.flatMap((event) => observer.fromEvent(event, capture.enqueuedAt)),
      ...findings.flatMap(([match, finding]) => observer.fromMatch(match, finding) ?? []),
    ];
    kept += observations.length;
    if (depth < place('columns')) continue;
    lake.addEvents(events);
    lake.addDeadLetters(letters);
    lake.addFindings(findings.filter(([match]) => isRaised(match)).map(([, finding]) => finding));
    lake.addObservations(observations);
    if (depth < place('seal')) continue;
    const { rows, bytes } = lake.pending;
    if (rows >= sealRecords || bytes >= sealMib) await lake.seal();
  }
  if (depth >= place('seal')) await lake.seal();
  if (kept === 0) throw new Error('the messages hold nothing to measure');
}

const isRaised = ({ detection }: Match): boolean => detection.observes === 'fail';
