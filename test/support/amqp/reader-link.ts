import rhea from 'rhea';
import type { Message, Sender } from 'rhea';
import type { Kept, PartitionLog } from './partition-log.ts';

/** A receiver's link on a partition, seen from the hub. */
export interface ReaderLink {
  readonly partition: number;
  readonly sender: Sender;
  readonly epoch: number | undefined;
  readonly audience: string;
  /** Sends what credit and the session's window allow. */
  pump(): void;
  /** Ends the link with an error, as the service does. */
  detach(condition: string, description: string): void;
  /** Scripted misbehaviour, taken back one message at a time. */
  readonly mood: Mood;
}

export interface Mood {
  isStalled: boolean;
  /** How many of the next messages come slowly. */
  slow: number;
  /** How many of the messages sent last are sent again. */
  again: number;
  /** The next two messages change places. */
  swap: boolean;
  /** The next message is left out. */
  skip: boolean;
}

const SLOW_MS = 4;

const encode = ({ sequence, enqueuedAt, body }: Kept): Message => ({
  body: rhea.message.data_section(Buffer.from(body.buffer, body.byteOffset, body.byteLength)),
  message_annotations: {
    'x-opt-sequence-number': rhea.types.wrap_long(sequence),
    'x-opt-offset': String(sequence),
    'x-opt-enqueued-time': rhea.types.wrap_timestamp(enqueuedAt),
  },
});

/** Messages the receiver has asked for since it attached. rhea itself counts them down only as they leave. */
function granted(sender: Sender): number {
  const { delivery_count, credit } = sender as unknown as Record<'delivery_count' | 'credit', number>;
  return delivery_count + credit;
}

export interface ReaderLinkParts {
  readonly partition: number;
  readonly log: PartitionLog;
  readonly sender: Sender;
  readonly epoch: number | undefined;
  readonly audience: string;
  readonly start: number;
  /** Called for each message after it went out; may detach this very link. */
  readonly onSent: () => void;
}

/** Serves a partition to one receiver, from `start` on. */
export function createReaderLink(parts: ReaderLinkParts): ReaderLink {
  const { log, sender, onSent } = parts;
  const mood: Mood = { isStalled: false, slow: 0, again: 0, swap: false, skip: false };
  let next = parts.start;
  let sent = 0;
  const state = { isWaiting: false, isOver: false };

  const send = (sequence: number): boolean => {
    const kept = log.at(sequence);
    if (kept === undefined || state.isOver || !sender.sendable() || sent >= granted(sender)) return false;
    sent++;
    sender.send(encode(kept));
    onSent();
    return true;
  };

  const step = (): boolean => {
    if (mood.again > 0 && next > log.first) {
      const from = Math.max(log.first, next - mood.again);
      mood.again = 0;
      next = from;
    }
    if (mood.skip) {
      if (log.at(next + 1) === undefined) return false;
      mood.skip = false;
      next++;
    }
    if (mood.swap && log.at(next + 1) !== undefined) {
      mood.swap = false;
      if (!send(next + 1)) return false;
      send(next);
      next += 2;
      return true;
    }
    next = Math.max(next, log.first);
    if (!send(next)) return false;
    next++;
    return true;
  };

  const pump = (): void => {
    while (!mood.isStalled && !state.isWaiting && !state.isOver) {
      if (!step()) return;
      if (mood.slow <= 0) continue;
      mood.slow--;
      state.isWaiting = true;
      setTimeout(() => {
        state.isWaiting = false;
        pump();
      }, SLOW_MS);
    }
  };

  return {
    ...parts,
    mood,
    pump,
    detach(condition, description) {
      state.isOver = true;
      sender.close({ condition, description });
    },
  };
}
