import type { EvidenceReader, PostureReader, UnsealedReader } from '../domain/ports.ts';
import type { Tap } from '../domain/tap.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';

/** How one part of the service is doing. `detail` is shown to anyone who can reach the port: no secrets. */
export interface ComponentHealth {
  readonly name: string;
  readonly state: 'ok' | 'degraded' | 'down';
  readonly detail: string;
}

/** Everything the service reads. It writes nothing. */
export interface ServeDeps {
  readonly evidence: EvidenceReader;
  readonly posture: PostureReader;
  /** What of the answers is not sealed yet. (Default: nothing is) */
  readonly unsealed?: UnsealedReader | undefined;
  /** Other words for other answers: what was answered is kept while it stays the same. (Default: nothing is kept) */
  readonly version?: (() => string) | undefined;
  /** What `/metrics` answers with. */
  readonly metrics: { readonly registry: Pick<Metrics['registry'], 'contentType' | 'metrics'> };
  readonly health: () => readonly ComponentHealth[] | Promise<readonly ComponentHealth[]>;
  /** What `/api` asks for, and `/metrics` and `/report` from anywhere but this machine. */
  readonly token: string;
  /** The self-contained report; left out when the command makes none. */
  readonly reportHtml?: (() => Promise<string>) | undefined;
  /** Events as they go by; left out when the command collects nothing. */
  readonly tap?: Tap | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly productVersion: string;
  /** How long one answer may take, ms (default: 20 s). */
  readonly timeoutMs?: number | undefined;
}
