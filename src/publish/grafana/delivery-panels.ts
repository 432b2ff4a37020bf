import { metricLines } from './charts.ts';

const rateBy = (labels: string, counter: string): string =>
  `sum by (${labels}) (rate(${counter}@[$__rate_interval]))`;

/** What became of every message, so that it can be seen that none is missing. */
export const messages = () =>
  metricLines('Messages by outcome', 'What became of the messages of each source, per second.', 'cps', [
    rateBy('source, outcome', 'plumbline_source_messages_total'),
    '{{source}} {{outcome}}',
  ]);

export const missing = () =>
  metricLines(
    'Sequences that never came',
    'Of sources that number their messages without gaps: numbers given out that never came.',
    'short',
    ['sum by (source) (increase(plumbline_source_missing_sequences_total@[$__rate_interval]))', '{{source}}'],
  );

export const lag = () =>
  metricLines('Messages behind', 'Messages that a source holds and that were not read yet.', 'short', [
    'sum by (source) (plumbline_source_lag_messages@)',
    '{{source}}',
  ]);

export const lagTime = () =>
  metricLines(
    'Time behind',
    'Since the source took in the last message read of its stream that is furthest behind.',
    's',
    ['time() - min by (source) (plumbline_source_enqueued_timestamp_seconds@ > 0)', '{{source}}'],
  );

export const stops = () =>
  metricLines(
    'Sources, seals and workers that stopped',
    'Each goes on by itself; what is not sealed is read again.',
    'cps',
    [rateBy('source, code', 'plumbline_source_errors_total'), '{{source}} {{code}}'],
    [rateBy('code', 'plumbline_seal_failures_total'), 'seal {{code}}'],
    ['sum (rate(plumbline_lake_reopened_total@[$__rate_interval]))', 'lake reopened'],
    ['sum (rate(plumbline_worker_restarts_total@[$__rate_interval]))', 'worker restarted'],
  );

export const pendingRows = () =>
  metricLines('Rows waiting for their seal', 'Rows in memory, of all tables.', 'short', [
    'sum by (instance) (plumbline_pending_rows@)',
    '{{instance}}',
  ]);

export const pendingBytes = () =>
  metricLines('Messages waiting for their seal', 'Bytes of messages in memory.', 'bytes', [
    'sum by (instance) (plumbline_pending_bytes@)',
    '{{instance}}',
  ]);

export const workers = () =>
  metricLines(
    'Workers',
    'Share of the time that each worker is busy; and how many there are, by state.',
    'short',
    ['max by (instance, worker) (plumbline_worker_load_ratio@)', 'load {{instance}} {{worker}}'],
    ['sum by (state) (plumbline_workers@)', '{{state}}'],
  );

export const upkeep = () =>
  metricLines(
    'Upkeep of the lake',
    'Files put together, written anew without what is past its time, or removed, and how often each was done or failed.',
    'short',
    ['sum by (task) (increase(plumbline_upkeep_files_total@[$__rate_interval]))', 'files {{task}}'],
    ['sum by (task, outcome) (increase(plumbline_upkeep_total@[$__rate_interval]))', '{{task}} {{outcome}}'],
  );

export const correlationAge = () =>
  metricLines(
    'Age of the watermark',
    'Correlations have looked at everything before this; what is older is late.',
    's',
    ['time() - max by (instance) (plumbline_correlation_watermark_timestamp_seconds@ > 0)', '{{instance}}'],
  );

export const correlationEvents = () =>
  metricLines('Events that correlations keep', 'In memory: waiting, or held by windows.', 'short', [
    'sum by (what) (plumbline_correlation_events@)',
    '{{what}}',
  ]);
