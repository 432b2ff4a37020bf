import type { Level } from '../domain/severity.ts';

/** What must hold before AI resources are deployed. */
export const guardrails = {
  'data-residency': 'Data is kept and processed in approved regions',
  'network-isolation': 'AI services are reachable inside the network only',
  'encryption-at-rest': 'Data at rest is encrypted with customer keys',
  'least-privilege': 'Nobody and nothing holds more rights than needed',
} as const;
export type Guardrail = keyof typeof guardrails;

/** `unknown` is what a plan cannot say yet, for example a value known after apply; it is never a pass. */
export type CheckOutcome = 'pass' | 'fail' | 'unknown' | 'skipped';

/** What one rule says about one resource or place. */
export interface CheckResult {
  /** Who says so: `terraform-plan`, `checkov`, `opa`, or the name of the tool in a SARIF file. */
  readonly tool: string;
  /** `network-isolation/public-network-access` for ours, `CKV_AZURE_236` and the like for others'. */
  readonly rule: string;
  readonly title: string;
  readonly guardrail: Guardrail | undefined;
  /** The assertion that the result speaks to. */
  readonly assertion: string | undefined;
  readonly outcome: CheckOutcome;
  /** How bad it is, or would be if it failed. */
  readonly level: Level;
  /** Address of the resource in the plan, or what the other tool calls it. */
  readonly resource: string;
  readonly resourceType: string | undefined;
  /** File and line of the source, when the tool names them. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** What was seen. Never a value that the plan marks as sensitive. */
  readonly detail: string;
  readonly fix: string;
}

/** Everything one file says. */
export interface CheckReport {
  readonly tool: string;
  /** When the file says it was made, epoch ms. */
  readonly time: number | undefined;
  /** Resources of AI services and their data; undefined for other tools' results. */
  readonly aiResources: number | undefined;
  readonly results: readonly CheckResult[];
}
