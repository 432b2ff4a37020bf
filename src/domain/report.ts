import type { Assertion, Posture } from './control.ts';
import type { Detection } from './detection.ts';
import type { Finding } from './finding.ts';
import type { Incident } from './incident.ts';

/** What arrived from one source and event class in the window. */
export interface SourceCoverage {
  readonly source: string;
  readonly eventClass: string;
  readonly title: string;
  readonly events: number;
  readonly firstEvent: number;
  readonly lastEvent: number;
  /** Records with a missing required field, and with a mended one. */
  readonly missing: number;
  readonly coerced: number;
}

/** The state of the evidence log. */
export interface EvidenceSummary {
  readonly origin: string;
  /** Leaves under the newest checkpoint. */
  readonly size: number;
  /** Root hash, base64. */
  readonly root: string;
  /** The signed note as published. */
  readonly checkpoint: string;
  /** The key it verifies with, C2SP signed-note form. */
  readonly verifierKey: string;
  readonly seals: number;
  readonly captures: number;
  readonly events: number;
  readonly findings: number;
  readonly observations: number;
  readonly deadLetters: readonly { readonly reason: string; readonly count: number }[];
  readonly sealedAt: number;
  /** Result of the newest verification; undefined when none ran yet. */
  readonly verified: { readonly at: number; readonly ok: boolean; readonly faults: number } | undefined;
  /** What is taken in and not sealed yet, on top of all of the above; undefined where nobody knows. */
  readonly unsealed?: UnsealedCounts | undefined;
}

/** Rows that are not sealed yet. */
export interface UnsealedCounts {
  readonly captures: number;
  readonly events: number;
  readonly findings: number;
  readonly observations: number;
  readonly deadLetters: number;
}

/** Everything a report is made from. Same data in, same bytes out. */
export interface ReportData {
  readonly title: string;
  /** Who the report is about, for example `Northwind Health (fictional)`. */
  readonly organisation: string;
  readonly tenantIds: readonly string[];
  readonly generatedAt: number;
  readonly productVersion: string;
  readonly posture: Posture;
  readonly findings: readonly Finding[];
  readonly incidents: readonly Incident[];
  readonly detections: readonly Detection[];
  readonly assertions: readonly Assertion[];
  readonly sources: readonly SourceCoverage[];
  readonly evidence: EvidenceSummary;
}
