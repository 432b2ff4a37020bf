import type { Observer } from './assess/observe.ts';
import type { Collector } from './collect/collector.ts';
import type { Correlating } from './detect/correlate/correlating.ts';
import type { Matched } from './detect/correlate/correlator.ts';
import type { CorrelationFinding } from './detect/correlate/finding.ts';
import { captureId } from './domain/capture.ts';
import type { Capture, StoredCapture } from './domain/capture.ts';
import type { Observation } from './domain/control.ts';
import type { Detector, FindingOf } from './domain/detection.ts';
import type { DeadLetter, Event } from './domain/event.ts';
import type { Finding } from './domain/finding.ts';
import { MINUTE_MS } from './lib/clock.ts';
import { sha256Hex } from './lib/hash.ts';
import type { createNormalise } from './normalise/normalise.ts';
import type { redact } from './normalise/redact.ts';
import { countStage } from './stage.ts';
import type { Lake } from './store/lake.ts';
import { createTelling } from './telling.ts';
import type { TellingParts } from './telling.ts';

export interface PipelineParts extends TellingParts {
  readonly redact: typeof redact;
  readonly normalise: ReturnType<typeof createNormalise>;
  readonly detector: Detector;
  readonly findingOf: FindingOf;
  readonly correlating: Correlating;
  readonly observer: Observer;
  readonly lake: Lake;
  readonly sealWhen: SealPolicy;
  /** True when a collector that has ended was all there is: what waits for later events need not wait. */
  readonly isComplete: () => boolean;
}

/** Evidence is sealed when the first of these is reached, and at once on a critical finding. */
export interface SealPolicy {
  readonly records: number;
  readonly bytes: number;
  readonly afterMs: number;
}

export interface Pipeline {
  /** Takes everything a collector yields; ends when it does, with all of it sealed. */
  run(collector: Collector, onBatch?: (records: number) => void): Promise<void>;
  /** Seals what is pending when that is due, for sources that fall silent. */
  tick(): Promise<void>;
  /** Totals since the start. */
  readonly totals: Readonly<PipelineTotals>;
}

export interface PipelineTotals {
  captures: number;
  records: number;
  bytes: number;
  duplicates: number;
  deadLetters: number;
  findings: number;
  seals: number;
  /** Notifications that failed after every retry, and have not been delivered since. */
  readonly undelivered: number;
}

/** A batch that was received this long ago has been taken: correlations may count on it. */
const IN_FLIGHT_MS = MINUTE_MS;

/**
 * The whole flow: capture -> events -> findings -> observations -> sealed evidence -> people told. A cursor
 * moves upstream only behind a seal, so that whatever happens, nothing acknowledged is missing.
 */
export function createPipeline(parts: PipelineParts): Pipeline {
  const { lake, metrics, clock, sealWhen, correlating } = parts;
  const telling = createTelling(parts);
  const totals: PipelineTotals = {
    captures: 0,
    records: 0,
    bytes: 0,
    duplicates: 0,
    deadLetters: 0,
    findings: 0,
    seals: 0,
    get undelivered() {
      return telling.undelivered;
    },
  };
  let isUrgent = false;
  let sealing: Promise<void> = Promise.resolve();
  const active = new Set<Collector>();

  const keep = countStage(metrics, 'keep', (capture: Capture) => {
    const { body, redactions } = parts.redact(capture.body);
    const stored: StoredCapture = { ...capture, body, redactions, originalSha256: sha256Hex(capture.body) };
    const leaf = lake.append(stored);
    const isDuplicate = leaf === undefined;
    return {
      value: isDuplicate ? undefined : { stored, leaf },
      sent: isDuplicate ? 0 : 1,
      dropped: isDuplicate ? ['duplicate'] : [],
    };
  });

  const read = countStage(
    metrics,
    'normalise',
    ({ stored, leaf }: { stored: StoredCapture; leaf: number }) => {
      const { items, failures } = parts.normalise(stored);
      const id = captureId(stored);
      const events = items.map(({ index, fields, record }): Event =>
        Object.assign(
          { id: `${id}-${index}`, source: stored.source, evidence: { leaf, record: index }, record },
          fields,
        ),
      );
      const letters: DeadLetter[] = failures.map(({ index, reason, detail, bytes }) => ({
        source: stored.source,
        stream: stored.stream,
        sequence: stored.sequence,
        evidence: { leaf, record: index },
        receivedAt: stored.receivedAt,
        reason,
        detail,
        bytes,
      }));
      return {
        value: { events, letters },
        sent: events.length,
        dropped: letters.map(({ reason }) => reason),
      };
    },
  );

  const detect = countStage(
    metrics,
    'detect',
    ({ events, toldAt }: { events: readonly Event[]; toldAt: number | undefined }) => {
      const findings: Finding[] = [];
      const observations: Observation[] = [];
      const matched: Matched[] = [];
      for (const event of events) {
        for (const observation of parts.observer.fromEvent(event, toldAt)) observations.push(observation);
        const matches = parts.detector.detect(event);
        if (matches.some(({ detection }) => correlating.concerns(detection.id)))
          matched.push({ event, matches });
        for (const match of matches) {
          if (correlating.isSilent(match.detection.id)) continue;
          const finding = parts.findingOf(match);
          const observation = parts.observer.fromMatch(match, finding);
          if (observation !== undefined) observations.push(observation);
          if (match.detection.observes === 'fail') findings.push(finding);
        }
      }
      return { value: { findings, observations, matched }, sent: findings.length };
    },
    ({ events }) => events.length,
  );

  function take(capture: Capture): void {
    totals.captures++;
    totals.bytes += capture.body.length;
    metrics.sourceBytes.inc({ source: capture.source }, capture.body.length);
    const kept = keep(capture);
    if (kept === undefined) {
      totals.duplicates++;
      return;
    }
    const { events, letters } = read(kept);
    const { findings, observations, matched } = detect({ events, toldAt: capture.enqueuedAt });
    lake.addEvents(events);
    lake.addDeadLetters(letters);
    count(kept.stored, events, letters);
    keepFound(findings, observations);
    const { stream, receivedAt } = capture;
    if (matched.length > 0) metrics.received.inc({ stage: 'correlate' }, matched.length);
    correlate(() => correlating.take({ stream, receivedAt }, events, matched));
  }

  function keepFound(findings: readonly Finding[], observations: readonly Observation[]): void {
    lake.addFindings(findings);
    lake.addObservations(observations);
    parts.incidents.observe(findings);
    parts.clearance.observe(observations);
    totals.findings += findings.length;
    for (const { level } of findings) {
      metrics.findings.inc({ level });
      isUrgent ||= level === 'critical';
    }
  }

  /** Records what correlations found; most often nothing. */
  function correlate(find: () => readonly CorrelationFinding[]): void {
    const found = find();
    if (found.length === 0) return;
    metrics.sent.inc({ stage: 'correlate' }, found.length);
    keepFound(
      found.map(({ finding }) => finding),
      found.flatMap(({ match, finding }) => parts.observer.fromMatch(match, finding) ?? []),
    );
  }

  function count(stored: StoredCapture, events: readonly Event[], letters: readonly DeadLetter[]): void {
    const { source } = stored;
    totals.records += events.length + letters.length;
    totals.deadLetters += letters.length;
    metrics.sourceRecords.inc({ source }, events.length + letters.length);
    const newest = events.reduce((latest, { time }) => Math.max(latest, time), 0);
    if (newest > 0) metrics.lastEventTime.set({ source }, newest / 1000);
  }

  function isSealDue(): boolean {
    const { rows, bytes, oldestAt } = lake.pending;
    if (oldestAt === undefined) return false;
    const isOld = clock() - oldestAt >= sealWhen.afterMs;
    return isUrgent || isOld || rows >= sealWhen.records || bytes >= sealWhen.bytes;
  }

  /** One seal at a time; a second caller waits for the first, and tries again where that one failed. */
  function seal(): Promise<void> {
    sealing = sealing.catch(() => undefined).then(sealNow);
    return sealing;
  }

  async function sealNow(): Promise<void> {
    const startedAt = performance.now();
    const wasUrgent = isUrgent;
    isUrgent = false;
    const sealed = await lake.seal().catch((thrown: unknown) => {
      isUrgent ||= wasUrgent;
      throw thrown;
    });
    if (sealed === undefined) return;
    metrics.sealSeconds.observe((performance.now() - startedAt) / 1000);
    metrics.logSize.set(lake.size);
    totals.seals++;
    for (const collector of active) await collector.acknowledge?.(lake.cursors());
  }

  return {
    totals,
    async run(collector, onBatch) {
      active.add(collector);
      try {
        for await (const batch of collector.batches()) {
          for (const capture of batch) take(capture);
          onBatch?.(totals.records);
          if (!isSealDue() && collector.isSealWanted?.() !== true) continue;
          await seal();
          await telling.tell();
        }
        if (parts.isComplete()) correlate(() => correlating.finish());
        await seal();
        await telling.tell();
        await telling.settled();
        await seal();
      } finally {
        active.delete(collector);
      }
    },
    async tick() {
      correlate(() => correlating.tick(clock() - IN_FLIGHT_MS));
      if (!isSealDue()) return telling.tellIfDue();
      await seal();
      await telling.tell();
    },
  };
}
