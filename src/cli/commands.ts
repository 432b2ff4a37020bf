import type { CommandEntry } from './command.ts';

/** Every command, in the order in which help lists them. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary:
      'Play a day of a fictional tenant through the whole pipeline: findings, status, evidence, report.',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'run',
    summary:
      'Run as a service: collect every configured source, seal, alert and serve until Ctrl-C or SIGTERM.',
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'replay',
    summary: 'Read exported logs through the whole pipeline: JSON, NDJSON, PT1H.json, gzip and zstd, mixed.',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    name: 'dead-letter',
    summary: 'Messages and records that could not be read: list them, look at one, read them again.',
    load: async () => (await import('./dead-letter.ts')).deadLetter,
  },
  {
    name: 'validate',
    summary:
      'Check configuration, detections, mappings and decisions; every problem at once, with its place.',
    load: async () => (await import('./validate.ts')).validate,
  },
  {
    name: 'schema',
    summary: 'Print the JSON Schema of the configuration file, for editors.',
    load: async () => (await import('./schema.ts')).schema,
  },
  {
    name: 'test',
    summary:
      'Try rules on their own events: two that match and two near misses at least. With --mutate, test the tests.',
    load: async () => (await import('./test.ts')).test,
  },
  {
    name: 'backtest',
    summary:
      'Try rules on what the lake has sealed, and compare with what was found then, or with other rules.',
    load: async () => (await import('./backtest.ts')).backtest,
  },
  {
    name: 'check-plan',
    summary:
      'Hold Terraform plans against the AI guardrails before they are applied: data residency, network isolation, customer keys, least privilege.',
    load: async () => (await import('./check-plan.ts')).checkPlan,
  },
  {
    name: 'coverage',
    summary:
      'Show what the rules reach: ATT&CK and ATLAS techniques, controls, and the rules that are blind in this lake.',
    load: async () => (await import('./coverage.ts')).coverage,
  },
  {
    name: 'verify',
    summary:
      'Recompute every hash, row and signature of a lake or bundle from its files; name each place that differs.',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'report',
    summary: 'Verify the lake, then write the HTML report on a window of it.',
    load: async () => (await import('./report.ts')).report,
  },
  {
    name: 'evidence',
    summary: 'Show what a finding rests on, take it along as a bundle that proves itself, or prove one leaf.',
    load: async () => (await import('./evidence.ts')).evidence,
  },
  {
    name: 'compact',
    summary: 'Put the small files of closed days together; proofs stay as they are.',
    load: async () => (await import('./compact.ts')).compact,
  },
  {
    name: 'retention',
    summary: 'Say what is past its time by the longest period that covers it, and delete that.',
    load: async () => (await import('./retention.ts')).retention,
  },
  {
    name: 'erase',
    summary:
      'Erase a person from all sealed evidence, under a decision that the log keeps; proofs stay valid.',
    load: async () => (await import('./erase.ts')).erase,
  },
  {
    name: 'query',
    summary: 'Ask the sealed lake a question in SQL; it is only read.',
    load: async () => (await import('./query.ts')).query,
  },
  {
    name: 'explain',
    summary: 'Say why: a detection on an event, a finding and its evidence, or the status of a control.',
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    name: 'publish',
    summary:
      'Write dashboards, Sentinel analytics rules or workbooks, generated from detections and mappings.',
    load: async () => (await import('./publish.ts')).publish,
  },
  {
    name: 'keys',
    summary: 'Keys that sign the evidence log, and keys that encrypt evidence: show, change, destroy.',
    load: async () => (await import('./keys.ts')).keys,
  },
  {
    name: 'components',
    summary: 'List the collectors, normalisers, publishers and notifiers that are built in.',
    load: async () => (await import('./components.ts')).components,
  },
  {
    name: 'doctor',
    summary: 'Check what the service needs on this machine, and say how to mend what is wrong.',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'top',
    summary: 'Show what the running service does, source by source and stage by stage, as it changes.',
    load: async () => (await import('./top.ts')).top,
  },
  {
    name: 'tap',
    summary: 'Show a sample of the events that go through the running service, as they go by.',
    load: async () => (await import('./tap.ts')).tap,
  },
  {
    name: 'generate',
    summary: 'Write the generated files of the repository again.',
    isHidden: true,
    load: async () => (await import('./generate.ts')).generate,
  },
];
