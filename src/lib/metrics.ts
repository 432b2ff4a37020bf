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
      help: 'Items a stage set aside, by reason; each is kept in the dead letters or was seen before.',
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
  };
}
