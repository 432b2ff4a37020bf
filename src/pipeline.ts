import type { Observer } from './assess/observe.ts';
import type { Collector } from './collect/collector.ts';
import { createLedger } from './conservation.ts';
import type { Ledger } from './conservation.ts';
import type { Correlating } from './detect/correlate/correlating.ts';
import { asMatched } from './detect/correlate/correlator.ts';
import type { Matched } from './detect/correlate/correlator.ts';
import type { CorrelationFinding } from './detect/correlate/finding.ts';
import type { Capture, StoredCapture } from './domain/capture.ts';
import type { Observation } from './domain/control.ts';
import type { Detector, FindingOf } from './domain/detection.ts';
import { eventsOf } from './domain/event.ts';
import type { DeadLetter, Event } from './domain/event.ts';
import type { Finding } from './domain/finding.ts';
import { MINUTE_MS } from './lib/clock.ts';
import { sha256Hex } from './lib/hash.ts';
import { asUtf8 } from './normalise/envelope.ts';
import type { createNormalise } from './normalise/normalise.ts';
import type { redact } from './normalise/redact.ts';
import { createSealing } from './sealing.ts';
import type { SealingParts } from './sealing.ts';
import { countStage } from './stage.ts';
import type { Lake } from './store/lake.ts';
import type { TapInlet } from './tap.ts';
import { createTelling } from './telling.ts';
import type { TellingParts } from './telling.ts';

export interface PipelineParts extends TellingParts, SealingParts {
  readonly redact: typeof redact;
  readonly normalise: ReturnType<typeof createNormalise>;
  readonly detector: Detector;
  readonly findingOf: FindingOf;
  readonly correlating: Correlating;
  readonly observer: Observer;
  readonly lake: Lake;
  readonly tap?: TapInlet | undefined;
  /** True when a collector that has ended was all there is: what waits for later events need not wait. */
  readonly isComplete: () => boolean;
  /** A message may lie this long between its receipt and its being taken, ms. (Default: a minute) */
  readonly inFlightMs?: number;
}

/** What another thread has sealed and leaves to this one: people are told, and what happens across streams is seen, in one place. */
export interface Passed {
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
  readonly arrivals: readonly PassedArrival[];
}

/** One message, as correlations take it. */
export interface PassedArrival {
  readonly stream: string;
  readonly receivedAt: number;
  readonly times: readonly { readonly time: number }[];
  readonly matched: readonly Matched[];
}

export interface Pipeline {
  /** Takes everything a collector yields; ends when it does, with all of it sealed. */
  run(collector: Collector, onBatch?: (records: number) => void): Promise<void>;
  /** Seals what is pending when that is due, for sources that fall silent. */
  tick(): Promise<void>;
  /** Seals whatever is pending. */
  flush(): Promise<void>;
  /** Takes what another thread has sealed. */
  absorb(passed: Passed): Promise<void>;
  readonly ledger: Ledger;
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

export const noTotals = {
  captures: 0,
  records: 0,
  bytes: 0,
  duplicates: 0,
  deadLetters: 0,
  findings: 0,
  seals: 0,
};

interface DetectWork {
  readonly events: readonly Event[];
  readonly toldAt: number | undefined;
  /** What the events were read out of. */
  readonly message: Uint8Array;
}

/**
 * The whole flow: capture -> events -> findings -> observations -> sealed evidence -> people told. A cursor
 * moves upstream only behind a seal, so that whatever happens, nothing acknowledged is missing.
 */
export function createPipeline(parts: PipelineParts): Pipeline {
  const { lake, metrics, clock, correlating, tap } = parts;
  const telling = createTelling(parts);
  const totals: PipelineTotals = {
    ...noTotals,
    get undelivered() {
      return telling.undelivered;
    },
  };
  const ledger = createLedger(metrics, clock());
  const { inFlightMs = MINUTE_MS } = parts;
  const active = new Set<Collector>();
  const sealing = createSealing(parts, ledger, async () => {
    totals.seals++;
    for (const collector of active) await collector.acknowledge?.(lake.cursors());
  });

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
      const events = eventsOf(stored, leaf, items);
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
        value: { events, letters, message: asUtf8(stored.body) },
        sent: events.length,
        dropped: letters.map(({ reason }) => reason),
      };
    },
  );

  const detect = countStage(
    metrics,
    'detect',
    ({ events, toldAt, message }: DetectWork) => {
      const findings: Finding[] = [];
      const observations: Observation[] = [];
      const matched: Matched[] = [];
      for (const event of events) {
        for (const observation of parts.observer.fromEvent(event, toldAt)) observations.push(observation);
        const matches = parts.detector.detect(event, message);
        if (tap?.isOpen === true)
          tap.offer({ event, detections: matches.map(({ detection }) => detection.name) });
        if (matches.some(({ detection }) => correlating.concerns(detection.id)))
          matched.push(asMatched(event, matches));
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
    // Only now: what the lake refuses is yielded again.
    ledger.fetched(capture);
    if (kept === undefined) {
      totals.duplicates++;
      ledger.deduplicated(capture);
      return;
    }
    const { events, letters, message } = read(kept);
    const isUnreadable = events.length === 0 && letters.length > 0;
    const durable = lake.cursors().get(capture.stream);
    ledger.kept(capture, isUnreadable ? 'deadLettered' : 'sealed', durable);
    const { findings, observations, matched } = detect({ events, toldAt: capture.enqueuedAt, message });
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
      if (level === 'critical') sealing.hurry();
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

  function measure(): void {
    metrics.pendingRows.set(lake.pending.rows);
    metrics.pendingBytes.set(lake.pending.bytes);
    const { watermark, size } = correlating;
    metrics.watermark.set(Math.max(0, watermark) / 1000);
    metrics.correlationHeld.set({ what: 'waiting' }, size.waiting);
    metrics.correlationHeld.set({ what: 'held' }, size.held);
  }

  return {
    totals,
    async run(collector, onBatch) {
      active.add(collector);
      try {
        for await (const batch of collector.batches()) {
          for (const capture of batch) take(capture);
          onBatch?.(totals.records);
          if (!sealing.isDue() && collector.isSealWanted?.() !== true) continue;
          await sealing.sealOrWait();
          await telling.tell();
        }
        if (parts.isComplete()) correlate(() => correlating.finish());
        await sealing.sealOrWait();
        await telling.tell();
        await telling.settled();
        await sealing.sealOrWait();
      } finally {
        active.delete(collector);
      }
    },
    ledger,
    async flush() {
      await sealing.seal();
      await telling.settled();
      sealing.account();
      await sealing.seal();
    },
    async absorb({ findings, observations, arrivals }) {
      parts.incidents.observe(findings);
      parts.clearance.observe(observations);
      for (const { stream, receivedAt, times, matched } of arrivals) {
        if (matched.length > 0) metrics.received.inc({ stage: 'correlate' }, matched.length);
        correlate(() => correlating.take({ stream, receivedAt }, times, matched));
      }
      await telling.tell();
    },
    async tick() {
      correlate(() => correlating.tick(clock() - inFlightMs));
      measure();
      if (!sealing.isDue()) return telling.tellIfDue();
      await sealing.seal();
      await telling.tell();
    },
  };
}
