import { mkdirSync } from 'node:fs';
import { createDesk } from '../alert/desk.ts';
import type { IncidentDesk } from '../alert/desk.ts';
import type { IncidentContext } from '../alert/incidents.ts';
import { createNotifier } from '../alert/registry.ts';
import { toldFile } from '../alert/told-file.ts';
import { createClearance } from '../assess/clearance.ts';
import type { Clearance } from '../assess/clearance.ts';
import { createObserver } from '../assess/observe.ts';
import { createCollector } from '../collect/registry.ts';
import type { CollectorSettings } from '../collect/registry.ts';
import type { Collector, CollectorContext } from '../collect/collector.ts';
import type { Config } from '../config.ts';
import { createCorrelating } from '../detect/correlate/correlating.ts';
import type { Correlating } from '../detect/correlate/correlating.ts';
import { findingOf } from '../detect/finding.ts';
import { createSwappableDetector } from '../detect/swappable.ts';
import type { StoredCapture } from '../domain/capture.ts';
import { DAY_MS, SECOND_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { Logger } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics.ts';
import type { Metrics } from '../lib/metrics.ts';
import { createNormalise } from '../normalise/normalise.ts';
import { redact } from '../normalise/redact.ts';
import { normalisers } from '../normalise/registry.ts';
import { originOf } from '../proof/commits.ts';
import { createPipeline } from '../pipeline.ts';
import type { Pipeline, PipelineParts } from '../pipeline.ts';
import type { Outbox } from '../sealing.ts';
import { anchoredLake } from './anchored-lake.ts';
import { createSealedCaptures } from '../store/captures-since.ts';
import { loadOrCreateSigner } from '../store/keys.ts';
import type { Lake } from '../store/lake.ts';
import { lakeAt } from '../store/place.ts';
import { speakTail } from '../store/tail/channel.ts';
import { PACK_NOTE, packNote } from './content.ts';
import type { Content } from './content.ts';
import { foldersIn } from './folders.ts';
import type { Io } from './io.ts';
import { keepLake } from './keeping.ts';
import type { LiveRules } from './live-rules.ts';
import { openConfiguredLake } from './payload.ts';
import { openReaders, openSealed } from './readers.ts';
import { restoreCorrelations } from './restore-correlations.ts';

/** The parts of a running pipeline, wired. */
export interface Engine extends AsyncDisposable {
  readonly pipeline: Pipeline;
  readonly lake: Lake;
  readonly desk: IncidentDesk;
  readonly metrics: Metrics;
  collectorFor(source: string, settings: CollectorSettings): Collector;
}

export interface EngineSettings {
  readonly io: Io;
  readonly config: Config;
  readonly content: Content;
  /** Where the rules of `content` may be changed meanwhile. */
  readonly rules?: LiveRules;
  readonly log: Logger;
  /** The time that evidence is stamped with; the demo runs on its own. */
  readonly clock: Clock;
  /** True: the source has an end, behind which nothing will come. (Default: false) */
  readonly isBounded?: boolean;
  /** Ends collecting. (Default: that of the process) */
  readonly signal?: AbortSignal;
  /** (Default: fresh ones) */
  readonly metrics?: Metrics;
  /** Stands in for the desk that tells people, for what is clear and for correlations, where another thread does that. */
  readonly elsewhere?: Elsewhere;
  readonly tap?: PipelineParts['tap'];
  /** True: boards of this process show what is taken in before it is sealed. (Default: false) */
  readonly isHeard?: boolean;
  readonly flow?: Pick<PipelineParts, 'isWorthWaiting' | 'inFlightMs' | 'accountEveryMs'>;
  readonly shard?: CollectorContext['shard'];
}

/** What a worker thread leaves to the main one. */
export interface Elsewhere {
  readonly desk: IncidentDesk;
  readonly clearance: Clearance;
  readonly outbox: Outbox;
  readonly correlating: (correlations: Content['correlations']) => Correlating;
}

/** What is found while draining is still told: sends are cut off only this long after the stop was asked for. */
const TELL_GRACE_MS = 5 * SECOND_MS;

function abortLater(signal: AbortSignal, graceMs: number): AbortSignal {
  const later = new AbortController();
  const start = (): void => void setTimeout(() => later.abort(signal.reason), graceMs).unref();
  if (signal.aborted) start();
  else signal.addEventListener('abort', start, { once: true });
  return later.signal;
}

/** How far back a cause may lie that people were told of and that is still open. */
const RECALL_MS = 30 * DAY_MS;
const MOST_RECALLED = 100_000;

/** After a restart: which incidents are open, from the lake, so that they can be resolved when their cause is gone. */
async function recall(
  config: Config,
  content: Content,
  desk: IncidentDesk,
  clearance: Clearance,
  now: number,
): Promise<void> {
  using readers = await openReaders(config, content);
  const range = { from: now - RECALL_MS, to: now + DAY_MS };
  desk.observe(await readers.evidence.findings({ ...range, limit: MOST_RECALLED, offset: 0 }));
  clearance.observe(await readers.evidence.observations(range));
}

/** Reads messages of one stream back, for a collector that takes it up again. */
async function sealedSince(
  config: Config,
  stream: string,
  receivedFrom: number,
): Promise<readonly StoredCapture[]> {
  const { queries } = await openSealed(config);
  try {
    return await createSealedCaptures(queries).ofStream(stream, receivedFrom);
  } finally {
    queries.close();
  }
}

/** Opens the lake (making it, and the keys, on the first run) and wires the flow into it. */
export async function openEngine(settings: EngineSettings): Promise<Engine> {
  const { config, clock } = settings;
  const folders = foldersIn(config.data);
  mkdirSync(config.data, { recursive: true });
  const { origin, writer, container } = config.lake;
  const signer = await loadOrCreateSigner(folders.signingKey, originOf(origin, writer));
  const at = await lakeAt({ folder: folders.lake, container, writer, jitter: Math.random });
  const tail = settings.isHeard === true ? speakTail(folders.lake, originOf(origin, writer)) : undefined;
  const opening = { ...at, origin, writer, signer, clock, watch: tail?.watch };
  const opened = await openConfiguredLake(config, opening, (problem) =>
    settings.log.warn({ problem }, 'keys'),
  ).catch((thrown: unknown) => {
    tail?.[Symbol.dispose]();
    throw thrown;
  });
  let lake = opened;
  try {
    if (at.files !== undefined)
      lake = await anchoredLake(opened, {
        settings: config.anchors,
        everyMs: config.anchorEvery,
        files: at.files,
        writer,
        origin: originOf(origin, writer),
        fetch: settings.io.fetch,
        clock: settings.io.clock,
        log: settings.log,
      });
    const engine = await wire(settings, lake);
    const parts = { io: settings.io, config, lake, log: settings.log, clock, metrics: engine.metrics };
    const keeping =
      settings.isBounded === true || at.files === undefined
        ? undefined
        : keepLake({ ...parts, files: at.files, origin: originOf(origin, writer) });
    return {
      ...engine,
      async [Symbol.asyncDispose]() {
        await keeping?.[Symbol.asyncDispose]();
        await engine[Symbol.asyncDispose]();
        tail?.[Symbol.dispose]();
      },
    };
  } catch (thrown) {
    await lake.close();
    tail?.[Symbol.dispose]();
    throw thrown;
  }
}

async function wire(
  {
    io,
    config,
    content,
    rules,
    log,
    clock,
    isBounded = false,
    signal = io.signal,
    metrics = createMetrics(),
    elsewhere,
    tap,
    flow,
    shard,
  }: EngineSettings,
  lake: Lake,
): Promise<Engine> {
  const folders = foldersIn(config.data);
  const detector = createSwappableDetector(content.detector);
  const notePack = (of: Content): boolean => lake.addNote(PACK_NOTE, packNote(of));
  notePack(content);
  const forget = rules?.onChange((changed) => {
    notePack(changed);
    detector.replace(changed.detector);
  });
  const incidentContext: IncidentContext = {
    ...content.incidentContext,
    detection: (name) => (rules?.content ?? content).incidentContext.detection(name),
  };
  const decisions = { sha256: sha256Hex(JSON.stringify(content.decisions)) };
  if (content.decisions.length > 0 && lake.addNote('decisions', decisions))
    lake.addDecisions(content.decisions);
  const desk =
    elsewhere?.desk ??
    createDesk(incidentContext, {
      routing: config.alerts.routing,
      clock: io.clock,
      memory: toldFile(folders.told, (problem) =>
        log.warn({ problem }, 'alerts: what people were told is lost'),
      ),
      notifiers: config.alerts.notifiers.map((settings, index) => ({
        name: `${settings.type}-${index + 1}`,
        notifier: createNotifier(settings, {
          fetch: io.fetch,
          clock: io.clock,
          signal: abortLater(io.signal, TELL_GRACE_MS),
          jitter: Math.random,
        }),
      })),
    });
  // Of this writer, or of others.
  const hasEvidence = lake.seals > 0 || lake.cursors().size > 0;
  const clearance = elsewhere?.clearance ?? createClearance();
  if (elsewhere === undefined && config.alerts.notifiers.length > 0 && hasEvidence)
    await recall(config, content, desk, clearance, clock());
  const normalise = createNormalise(normalisers);
  const { lateness, idleAfter } = config.correlations;
  const correlating =
    elsewhere?.correlating(content.correlations) ??
    createCorrelating({
      correlations: content.correlations,
      latenessMs: lateness,
      // Streams of a bounded source may come one after another: only its end says that nothing older is to come.
      idleAfterMs: isBounded ? Infinity : idleAfter,
      lost: (reason, count) => metrics.dropped.inc({ stage: 'correlate', reason }, count),
    });
  if (elsewhere === undefined && !isBounded && content.correlations.items.length > 0 && hasEvidence)
    await restoreCorrelations({ config, content, normalise, correlating });
  const pipeline = createPipeline({
    redact,
    normalise,
    detector,
    findingOf,
    correlating,
    isComplete: () => isBounded && !signal.aborted,
    ...flow,
    ...(elsewhere === undefined ? {} : { outbox: elsewhere.outbox }),
    observer: createObserver(content.assertions),
    clearance,
    lake,
    tap,
    incidents: desk,
    sealWhen: {
      records: config.lake.sealRecords,
      bytes: config.lake.sealMib,
      afterMs: config.lake.sealAfter,
    },
    metrics,
    clock,
    log,
  });
  return {
    pipeline,
    lake,
    desk,
    metrics,
    collectorFor: (source, settings) =>
      createCollector(settings, {
        source,
        signal,
        clock,
        log,
        shard,
        durableSequence: (stream) => lake.durableSequence(stream),
        sealedSince: (stream, receivedFrom) => sealedSince(config, stream, receivedFrom),
      }),
    async [Symbol.asyncDispose]() {
      forget?.();
      await lake.close();
    },
  };
}
