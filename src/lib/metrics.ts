import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Everything the service measures, in one Prometheus registry. Help texts say unit and meaning. */
export interface Metrics {
  readonly registry: Registry;
  readonly received: Counter<'stage'>;
  readonly sent: Counter<'stage'>;
  readonly dropped: Counter<'stage' | 'reason'>;
  readonly errors: Counter<'stage' | 'code'>;
  readonly findings: Counter<'level'>;
  readonly lastEventTime: Gauge<'source'>;
  readonly sourceRecords: Counter<'source'>;
  readonly sourceBytes: Counter<'source'>;
  readonly sealSeconds: Histogram;
  readonly logSize: Gauge;
  readonly alerts: Counter<'notifier' | 'outcome'>;
  readonly messages: Counter<'source' | 'outcome'>;
  readonly missing: Counter<'source'>;
  readonly behind: Gauge<'source'>;
  readonly enqueued: Gauge<'source'>;
  readonly sourceErrors: Counter<'source' | 'code'>;
  readonly sealFailures: Counter<'code'>;
  readonly reopened: Counter;
  readonly pendingRows: Gauge;
  readonly pendingBytes: Gauge;
  readonly watermark: Gauge;
  readonly correlationHeld: Gauge<'what'>;
  readonly workers: Gauge<'state'>;
  readonly workerRestarts: Counter;
  readonly workerLoad: Gauge<'worker'>;
  readonly upkeep: Counter<'task' | 'outcome'>;
  readonly upkeepFiles: Counter<'task'>;
}

/** A fresh registry a process, so that tests and two pipelines in one process never share a count. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    received: new Counter({
      name: 'plumbline_stage_received_total',
      help: 'Items a stage was given.',
      labelNames: ['stage'],
      registers,
    }),
    sent: new Counter({
      name: 'plumbline_stage_sent_total',
      help: 'Items a stage passed on.',
      labelNames: ['stage'],
      registers,
    }),
    dropped: new Counter({
      name: 'plumbline_stage_dropped_total',
      help: 'Items a stage set aside, by reason; each is kept in the dead letters, was seen before, or came too late to correlate.',
      labelNames: ['stage', 'reason'],
      registers,
    }),
    errors: new Counter({
      name: 'plumbline_stage_errors_total',
      help: 'Errors a stage raised, by error code.',
      labelNames: ['stage', 'code'],
      registers,
    }),
    findings: new Counter({
      name: 'plumbline_findings_total',
      help: 'Findings recorded, by level.',
      labelNames: ['level'],
      registers,
    }),
    lastEventTime: new Gauge({
      name: 'plumbline_source_last_event_timestamp_seconds',
      help: 'Time of the newest event of a source, in seconds since the Unix epoch.',
      labelNames: ['source'],
      aggregator: 'max',
      registers,
    }),
    sourceRecords: new Counter({
      name: 'plumbline_source_records_total',
      help: 'Records read out of the messages of a source.',
      labelNames: ['source'],
      registers,
    }),
    sourceBytes: new Counter({
      name: 'plumbline_source_bytes_total',
      help: 'Bytes of the messages of a source, as received.',
      labelNames: ['source'],
      registers,
    }),
    sealSeconds: new Histogram({
      name: 'plumbline_seal_duration_seconds',
      help: 'Time from the start of a seal until its evidence is durable.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    logSize: new Gauge({
      name: 'plumbline_evidence_log_size_leaves',
      help: 'Leaves under the newest signed checkpoint.',
      registers,
    }),
    alerts: new Counter({
      name: 'plumbline_alerts_total',
      help: 'Notifications attempted, by notifier and outcome.',
      labelNames: ['notifier', 'outcome'],
      registers,
    }),
    messages: new Counter({
      name: 'plumbline_source_messages_total',
      help: 'Messages of a source by what became of them; fetched = sealed + dead_lettered + deduplicated + dropped + what waits for its seal.',
      labelNames: ['source', 'outcome'],
      registers,
    }),
    missing: new Counter({
      name: 'plumbline_source_missing_sequences_total',
      help: 'Sequences that a source which numbers without gaps gave out and that never came.',
      labelNames: ['source'],
      registers,
    }),
    behind: new Gauge({
      name: 'plumbline_source_lag_messages',
      help: 'Messages that a source holds and that were not read yet.',
      labelNames: ['source'],
      registers,
    }),
    enqueued: new Gauge({
      name: 'plumbline_source_enqueued_timestamp_seconds',
      help: 'When the source took in the last message read of its stream that is furthest behind, in seconds since the Unix epoch.',
      labelNames: ['source'],
      aggregator: 'min',
      registers,
    }),
    sourceErrors: new Counter({
      name: 'plumbline_source_errors_total',
      help: 'Times a source stopped for an error, by error code.',
      labelNames: ['source', 'code'],
      registers,
    }),
    sealFailures: new Counter({
      name: 'plumbline_seal_failures_total',
      help: 'Seals that failed, by error code; nothing was acknowledged.',
      labelNames: ['code'],
      registers,
    }),
    reopened: new Counter({
      name: 'plumbline_lake_reopened_total',
      help: 'Times the lake was opened anew without a restart of the process, because another writer had carried a stream on.',
      registers,
    }),
    pendingRows: new Gauge({
      name: 'plumbline_pending_rows',
      help: 'Rows in memory that wait for their seal.',
      registers,
    }),
    pendingBytes: new Gauge({
      name: 'plumbline_pending_bytes',
      help: 'Bytes of messages in memory that wait for their seal.',
      registers,
    }),
    watermark: new Gauge({
      name: 'plumbline_correlation_watermark_timestamp_seconds',
      help: 'Events before this time are late for correlations, in seconds since the Unix epoch; 0 before the first event.',
      aggregator: 'max',
      registers,
    }),
    correlationHeld: new Gauge({
      name: 'plumbline_correlation_events',
      help: 'Events that correlations keep in memory: waiting for the watermark, or held by windows.',
      labelNames: ['what'],
      registers,
    }),
    workers: new Gauge({
      name: 'plumbline_workers',
      help: 'Worker threads by state; none when the main thread does everything.',
      labelNames: ['state'],
      registers,
    }),
    workerRestarts: new Counter({
      name: 'plumbline_worker_restarts_total',
      help: 'Times a worker thread ended unasked and was started again.',
      registers,
    }),
    workerLoad: new Gauge({
      name: 'plumbline_worker_load_ratio',
      help: 'Share of the last second that a worker was busy, from 0 to 1.',
      labelNames: ['worker'],
      registers,
    }),
    upkeep: new Counter({
      name: 'plumbline_upkeep_total',
      help: 'Times the service looked after its files: compact, retain, vacuum; done or failed.',
      labelNames: ['task', 'outcome'],
      registers,
    }),
    upkeepFiles: new Counter({
      name: 'plumbline_upkeep_files_total',
      help: 'Files of the lake that were put together with others, written anew without what is past its time, or removed.',
      labelNames: ['task'],
      registers,
    }),
  };
}
