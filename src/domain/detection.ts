import type { Event, LogSource } from './event.ts';
import type { Finding, MatchedField } from './finding.ts';
import type { Level } from './severity.ts';

/** A loaded detection: what the rest of the product needs to know of a Sigma rule. */
export interface Detection {
  /** Sigma `id`, a UUID. */
  readonly id: string;
  /** File name without its ending: `azure_openai_content_filter_weakened`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly level: Level;
  readonly logSource: LogSource;
  /** The assertion its matches speak to. */
  readonly assertion: string;
  /** `fail` raises a finding; `pass` only records that the assertion holds again. */
  readonly observes: 'fail' | 'pass';
  /** Fields of the record that name the resource, first that is there wins; empty: the event's resource. */
  readonly resourceFields: readonly string[];
  readonly runbook: string;
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
  /** ATT&CK (`T1078.004`) and ATLAS (`AML.T0054`) ids out of the tags. */
  readonly techniques: readonly string[];
  /** ATT&CK tactics out of the tags, for example `defense-impairment`. */
  readonly tactics: readonly string[];
  /** Path of the rule file, relative to the detections folder, with `/`. */
  readonly file: string;
  /** SHA-256 of the rule file, hex. */
  readonly version: string;
}

/** A detection that matched an event. */
export interface Match {
  readonly detection: Detection;
  readonly event: Event;
  /** The fields that made it match, worked out when it is asked: a correlation that counts never asks. */
  readonly why: () => readonly MatchedField[];
}

/** Reads events, says which detections match. Pure: the same events give the same matches. */
export interface Detector {
  readonly detections: readonly Detection[];
  /** SHA-256 over every rule file, hex: which rule pack this was. */
  readonly packVersion: string;
  /**
   * `message`, when it is at hand, is the UTF-8 JSON that the event's record was read out of, alone or among others: it
   * changes what a detector has to look at, never what it says.
   */
  detect(event: Event, message?: Uint8Array): readonly Match[];
}

/** The finding a match is recorded as. */
export type FindingOf = (match: Match) => Finding;
