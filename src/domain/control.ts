import { shortId } from '../lib/hash.ts';
import type { EvidenceRef } from './capture.ts';
import type { Level } from './severity.ts';

export type ObservationResult = 'pass' | 'fail' | 'error' | 'not_applicable';

/** What one piece of evidence says about one assertion on one resource. */
export interface Observation {
  readonly id: string;
  readonly assertion: string;
  /** The resource it speaks about; for a watched log source `log:<event class>`. */
  readonly resource: string;
  /** Epoch ms. */
  readonly time: number;
  readonly result: ObservationResult;
  /** From here on it says nothing any more, epoch ms. */
  readonly validUntil: number;
  /**
   * What follows when nothing newer came by then: `no_evidence` for a state that must be seen again,
   * `nothing` for an incident that simply lies in the past.
   */
  readonly onExpiry: 'no_evidence' | 'nothing';
  /** Who says so: `detection:<name>`, `posture:<assessment>`, `watch:<event class>`. */
  readonly by: string;
  readonly level: Level;
  readonly evidence: EvidenceRef;
  readonly detail: string;
}

export const observationId = (assertion: string, resource: string, by: string, evidence: string): string =>
  `obs-${shortId(20, assertion, resource, by, evidence)}`;

/** Worst first: the control's status is the worst of its parts. */
export const statuses = [
  'FAIL',
  'NO_EVIDENCE',
  'AT_RISK',
  'EXCEPTION',
  'ATTESTED',
  'PASS',
  'NOT_APPLICABLE',
] as const;
export type ComputedStatus = (typeof statuses)[number];
/** MANUAL_ONLY stands apart: no automated assertion speaks to the control, so it has no place in the ranking. */
export type Status = ComputedStatus | 'MANUAL_ONLY';

/** One testable statement that detections, postures and watches speak to. */
export interface Assertion {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly owner: string;
  /** Event classes that must keep arriving for "nothing was found" to mean anything. */
  readonly watches: readonly string[];
  /** How long a quiet but live log source counts as evidence, ms. */
  readonly freshnessMs: number;
  /** How long a state that was seen counts, ms, where states are told less or more often than logs. (Default: `freshnessMs`) */
  readonly postureFreshnessMs?: number | undefined;
  /** How long a finding counts against the assertion when nothing newer says otherwise, ms. */
  readonly holdsMs: number;
  /** How long a failure may be open before AT_RISK becomes FAIL, ms; 0 = no grace. */
  readonly graceMs: number;
  /**
   * What speaks to it, lower-cased: assessments of Defender for Cloud by name or key, plans as `pricings/ai`, rules of
   * checks before deployment as `checkov/ckv_azure_236`.
   */
  readonly postures: readonly string[];
}

export type MappingStrength = 'full' | 'partial' | 'supporting';

/** Ties one control to one assertion, with the reason. */
export interface ControlMapping {
  readonly assertion: string;
  readonly strength: MappingStrength;
  readonly rationale: string;
  readonly reviewer: string;
}

/** One framework item. */
export interface Control {
  /** `soc2:CC6.1`. */
  readonly id: string;
  readonly ref: string;
  readonly title: string;
  readonly mappings: readonly ControlMapping[];
}

export interface Framework {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly source: string;
  readonly controls: readonly Control[];
}

/** A human decision: an approved deviation, or a statement that a person makes and renews. */
export interface Decision {
  readonly id: string;
  readonly kind: 'exception' | 'attestation';
  /** An assertion id for an exception, a control id for an attestation. */
  readonly subject: string;
  /** Resource the exception covers, lower-cased; `*` for all. */
  readonly resource: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly approvedBy: string;
  readonly from: number;
  readonly expires: number;
}

/** Why an assertion has its status, for one resource. */
export interface ResourceStatus {
  readonly resource: string;
  readonly status: ComputedStatus;
  readonly since: number;
  readonly reason: string;
  readonly observation: Observation | undefined;
}

export interface AssertionStatus {
  readonly assertion: string;
  readonly status: ComputedStatus;
  readonly reason: string;
  readonly since: number;
  readonly resources: readonly ResourceStatus[];
}

export interface ControlStatus {
  readonly framework: string;
  readonly control: string;
  readonly ref: string;
  readonly title: string;
  readonly status: Status;
  /** Counts EXCEPTION and AT_RISK as met; never changes `status`. */
  readonly isMetAdjusted: boolean;
  readonly since: number;
  readonly reason: string;
  readonly assertions: readonly {
    readonly id: string;
    readonly strength: MappingStrength;
    readonly status: ComputedStatus;
  }[];
  /** Status over the window, oldest first; the last step ends at the window's end. */
  readonly history: readonly StatusStep[];
}

export interface StatusStep {
  readonly from: number;
  readonly to: number;
  readonly status: Status;
}

/** The whole posture as known at one moment. */
export interface Posture {
  /** Window the history covers, epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly frameworks: readonly {
    readonly id: string;
    readonly title: string;
    readonly version: string;
    readonly counts: Readonly<Record<Status, number>>;
    readonly controls: readonly ControlStatus[];
  }[];
  readonly assertions: readonly AssertionStatus[];
}
