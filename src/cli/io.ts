import type { Clock } from '../lib/clock.ts';

/** The outside world as a command sees it: everything of the process that it may touch. */
export interface Io {
  /** Results: what a script reads. */
  readonly out: (text: string) => void;
  /** Progress and problems: what a person reads. */
  readonly err: (text: string) => void;
  /** True when `err` is a terminal that can show a moving line. */
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  /** Where the shipped detections, mappings and boards are. */
  readonly productFolder: string;
  readonly productVersion: string;
  readonly nodeVersion: string;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  /** Has this thread step back behind those that answer people. (Default: all stay equal) */
  readonly stepBack?: () => void;
}

/** Exit codes, the same for every command. */
export const exitCodes = {
  ok: { code: 0, means: 'Done.' },
  gate: { code: 1, means: 'A gate failed (--fail-on), or tampering was found.' },
  usage: { code: 2, means: 'The command line or the configuration is wrong.' },
  runtime: { code: 3, means: 'Something failed while running.' },
  degraded: { code: 4, means: 'Done, but a source or a receiver failed, or there was nothing to work on.' },
  interrupted: { code: 130, means: 'Interrupted (Ctrl-C); what was read until then is sealed.' },
} as const;
