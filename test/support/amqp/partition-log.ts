/** One message of a partition, as the hub keeps it. */
export interface Kept {
  readonly sequence: number;
  /** Epoch ms. */
  readonly enqueuedAt: number;
  readonly body: Uint8Array;
}

/** A partition: messages numbered without a gap, the oldest of which retention may take away. */
export interface PartitionLog {
  readonly kept: readonly Kept[];
  readonly first: number;
  /** -1 while nothing was ever appended. */
  readonly last: number;
  append(body: Uint8Array, enqueuedAt: number): number;
  /** Takes away everything before `sequence`, as retention does. */
  expire(sequence: number): void;
  at(sequence: number): Kept | undefined;
  /** The first sequence that a receiver's filter lets through. */
  startOf(filter: string): number;
}

const CLAUSE = /^amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time) (>=?) '(-?\d+|@latest)'$/;

/** `firstSequence` above zero leaves a hole before the first message, as an old partition has. */
export function createPartitionLog(firstSequence = 0): PartitionLog {
  const kept: Kept[] = [];
  let first = firstSequence;
  return {
    kept,
    get first() {
      return first;
    },
    get last() {
      return first + kept.length - 1;
    },
    append(body, enqueuedAt) {
      const sequence = first + kept.length;
      kept.push({ sequence, enqueuedAt, body });
      return sequence;
    },
    expire(sequence) {
      const gone = Math.max(0, Math.min(kept.length, sequence - first));
      kept.splice(0, gone);
      first += gone;
    },
    at: (sequence) => kept[sequence - first],
    startOf(filter) {
      const [, key, comparison, value] = CLAUSE.exec(filter) ?? [];
      if (value === undefined) throw new RangeError(`not a filter of event hubs: ${filter}`);
      if (value === '@latest') return first + kept.length;
      const from = Number(value) + (comparison === '>' ? 1 : 0);
      if (key !== 'enqueued-time') return Math.max(first, from);
      const index = kept.findIndex(({ enqueuedAt }) => enqueuedAt >= from);
      return index < 0 ? first + kept.length : first + index;
    },
  };
}
