import type { Ledger } from './conservation.ts';
import { HOUR_MS } from './lib/clock.ts';
import type { Clock } from './lib/clock.ts';
import { PipelineError } from './lib/errors.ts';
import type { Metrics } from './lib/metrics.ts';
import type { Lake } from './store/lake.ts';

/** Evidence is sealed when the first of these is reached, and at once on a critical finding. */
export interface SealPolicy {
  readonly records: number;
  readonly bytes: number;
  readonly afterMs: number;
}

/** What one thread leaves for another. */
export interface Outbox {
  /** Closes what was put in so far; the answer sends it. */
  cut(): () => void;
}

export interface SealingParts {
  readonly lake: Lake;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly sealWhen: SealPolicy;
  /**
   * Asked when a seal failed: waits, and answers true when it is worth another try. Nothing more is pulled from the
   * source meanwhile. (Default: the failure ends the run)
   */
  readonly isWorthWaiting?: (failure: unknown, attempt: number) => Promise<boolean>;
  /** Things to pass on once what they rest on is durable. (Default: there are none) */
  readonly outbox?: Outbox;
  /** The figures of each stream become a note in the evidence log this often, ms. (Default: an hour) */
  readonly accountEveryMs?: number;
}

/** Makes what was taken durable, one seal at a time. */
export interface Sealing {
  isDue(): boolean;
  /** Something is critical: the next look finds a seal due. */
  hurry(): void;
  /** A second caller waits for the first, and tries again where that one failed. */
  seal(): Promise<void>;
  /** While the lake takes nothing, nothing more is pulled: memory stays where it is. */
  sealOrWait(): Promise<void>;
  /** Adds the figures so far to what the next seal makes evidence. */
  account(): void;
}

/** @param sealed called after each seal, which is durable by then. */
export function createSealing(parts: SealingParts, ledger: Ledger, sealed: () => Promise<void>): Sealing {
  const { lake, metrics, clock, sealWhen, accountEveryMs = HOUR_MS } = parts;
  let isUrgent = false;
  let sealing: Promise<void> = Promise.resolve();
  let send: (() => void) | undefined;
  let accountedAt = clock();
  let isAccountDue = false;

  async function sealNow(): Promise<void> {
    const startedAt = performance.now();
    const wasUrgent = isUrgent;
    isUrgent = false;
    if (clock() - accountedAt >= accountEveryMs) account();
    ledger.cut();
    send ??= parts.outbox?.cut();
    const result = await lake.seal().catch((thrown: unknown) => {
      isUrgent ||= wasUrgent;
      const code = thrown instanceof PipelineError ? thrown.code : 'UNEXPECTED';
      metrics.sealFailures.inc({ code });
      if (code === 'STREAM_TAKEN') {
        ledger.drop();
        send = undefined;
      }
      throw thrown;
    });
    ledger.settle();
    send?.();
    send = undefined;
    if (result === undefined) return;
    isAccountDue = true;
    metrics.sealSeconds.observe((performance.now() - startedAt) / 1000);
    metrics.logSize.set(lake.size);
    await sealed();
  }

  /** The figures are those of before the next seal, and so are true whatever becomes of it. */
  function account(): void {
    if (!isAccountDue) return;
    accountedAt = clock();
    isAccountDue = false;
    lake.addNote('conservation', ledger.note(accountedAt));
  }

  function seal(): Promise<void> {
    sealing = sealing.catch(() => undefined).then(sealNow);
    return sealing;
  }

  return {
    isDue() {
      const { rows, bytes, oldestAt } = lake.pending;
      if (oldestAt === undefined) return false;
      const isOld = clock() - oldestAt >= sealWhen.afterMs;
      return isUrgent || isOld || rows >= sealWhen.records || bytes >= sealWhen.bytes;
    },
    hurry: () => {
      isUrgent = true;
    },
    seal,
    async sealOrWait() {
      for (let attempt = 1; ; attempt++) {
        try {
          await seal();
          return;
        } catch (thrown) {
          if ((await parts.isWorthWaiting?.(thrown, attempt)) !== true) throw thrown;
        }
      }
    },
    account,
  };
}
