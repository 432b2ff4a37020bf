/**
 * Every error the product raises on purpose has a code from this table. `transient` errors may be retried;
 * `permanent` ones are final for the same input. `exit` is what the command line answers with.
 */
export const errorCodes = {
  USAGE: { kind: 'permanent', exit: 2, means: 'The command line has a word or a value it does not know.' },
  CONFIG_INVALID: {
    kind: 'permanent',
    exit: 2,
    means: 'The configuration, a detection or a mapping is wrong.',
  },
  SECRET_MISSING: {
    kind: 'permanent',
    exit: 2,
    means: 'A ${ENV} or ${file:…} reference has nothing behind it.',
  },
  INPUT_UNREADABLE: {
    kind: 'permanent',
    exit: 3,
    means: 'A file named as input is missing or cannot be read.',
  },
  SOURCE_UNAVAILABLE: {
    kind: 'transient',
    exit: 3,
    means: 'A source did not answer or refused the connection.',
  },
  DELIVERY_FAILED: {
    kind: 'transient',
    exit: 4,
    means: 'A notification could not be delivered after every retry.',
  },
  DELIVERY_REFUSED: { kind: 'permanent', exit: 4, means: 'The receiver refused a notification for good.' },
  LAKE_CONFLICT: {
    kind: 'permanent',
    exit: 3,
    means: 'Another process writes to this lake under the same name, or it has another origin or key.',
  },
  STREAM_TAKEN: {
    kind: 'transient',
    exit: 3,
    means: 'Another writer sealed part of a stream first; it is taken up again from what is durable.',
  },
  LAKE_CORRUPT: {
    kind: 'permanent',
    exit: 3,
    means: 'The lake on disk contradicts itself; nothing was written.',
  },
  LAKE_NEWER: {
    kind: 'permanent',
    exit: 3,
    means: 'The tables of the lake need more than this version knows; nothing was written.',
  },
  STORE_FAILED: {
    kind: 'transient',
    exit: 3,
    means: 'Writing to the lake failed; nothing was acknowledged.',
  },
  KEY_UNAVAILABLE: {
    kind: 'transient',
    exit: 3,
    means: 'A key of encrypted evidence does not answer, or is not the one that is needed.',
  },
  QUERY_TIMEOUT: {
    kind: 'transient',
    exit: 3,
    means: 'A question to the lake took longer than it may, and was cancelled.',
  },
  TAMPERING: {
    kind: 'permanent',
    exit: 1,
    means: 'Verification found a difference between evidence and proof.',
  },
  GATE_FAILED: { kind: 'permanent', exit: 1, means: 'Findings at or above the level given with --fail-on.' },
} as const satisfies Record<string, { kind: 'transient' | 'permanent'; exit: number; means: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** An error that says where (`where`), what and what to do (`message`), and keeps its cause. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  readonly code: ErrorCode;
  readonly where: string;

  constructor(code: ErrorCode, where: string, message: string, options?: ErrorOptions) {
    super(`${where}: ${message}`, options);
    this.code = code;
    this.where = where;
  }

  get isTransient(): boolean {
    return errorCodes[this.code].kind === 'transient';
  }
}

/** One thing wrong in a file that a person wrote. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly what: string;
  readonly fix: string;
}

/** `file:line:col  what  fix`, one line. */
export const formatProblem = ({ file, line, column, what, fix }: Problem): string =>
  `${file}:${line}:${column}  ${what}${fix === '' ? '' : `  ${fix}`}`;

/** Text of anything that was thrown, with the messages of its causes. */
export function describeError(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.cause === undefined) return thrown.message;
  const cause = describeError(thrown.cause);
  return thrown.message.includes(cause) ? thrown.message : `${thrown.message}; cause: ${cause}`;
}
