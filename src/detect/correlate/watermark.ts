export interface WatermarkSettings {
  /** How much older than the newest event of its stream an event may be and still count, ms. */
  readonly latenessMs: number;
  /** A stream that gave nothing for this long no longer holds the others back, ms; Infinity: always does. */
  readonly idleAfterMs: number;
}

/** One message of a stream, as far as time goes. */
export interface Arrival {
  readonly stream: string;
  /** Epoch ms, by the clock that the idle rule goes by. */
  readonly receivedAt: number;
  /** Time of its newest event, epoch ms; undefined when it holds none that may move time on. */
  readonly newest: number | undefined;
}

/** How far event time has come, over all streams. Never goes back. */
export interface Watermark {
  /** Events before this moment are late from now on, epoch ms; -Infinity before the first arrival. */
  readonly value: number;
  /** Takes note of a message. What it moves shows from the next arrival on, so that a message is never late by itself. */
  arrive(arrival: Arrival): void;
  /** Moves on to what the streams say at `now`, epoch ms; answers the new value. */
  advance(now: number): number;
  /** Lifts it, when memory forces events out before their time. */
  raise(to: number): void;
}

interface Stream {
  newest: number;
  receivedAt: number;
}

/**
 * The least, over the streams that are not idle, of newest event time less lateness. When every stream is idle
 * nothing is waited for: all that came is complete. After such a silence (and at the start) it stands still for as long
 * as a stream takes to become idle: streams wake up one after another, and the first must not make the others late.
 * A pure function of the arrivals and of the last `now`, so that the
 * same arrivals give the same judgement of what is late after a restart.
 */
export function createWatermark({ latenessMs, idleAfterMs }: WatermarkSettings): Watermark {
  const streams = new Map<string, Stream>();
  let value = -Infinity;
  let newest = -Infinity;
  let clock = -Infinity;
  let lastReceipt = -Infinity;
  /** When the first stream gave something after every one was idle. */
  let awakeSince = Infinity;

  const isIdle = (stream: Stream): boolean => clock - stream.receivedAt > idleAfterMs;

  return {
    get value() {
      return value;
    },
    arrive({ stream, receivedAt, newest: seen = -Infinity }) {
      clock = Math.max(clock, receivedAt);
      if (clock - lastReceipt > idleAfterMs) awakeSince = clock;
      lastReceipt = Math.max(lastReceipt, receivedAt);
      const known = streams.get(stream);
      if (known === undefined) {
        if (seen > -Infinity) streams.set(stream, { newest: seen, receivedAt });
      } else {
        known.newest = Math.max(known.newest, seen);
        known.receivedAt = Math.max(known.receivedAt, receivedAt);
      }
      newest = Math.max(newest, seen);
    },
    advance(now) {
      clock = Math.max(clock, now);
      // While it stands still there is nothing to compute: bounded sources of many files never get past this.
      if (clock - lastReceipt <= idleAfterMs && clock - awakeSince <= idleAfterMs) return value;
      let least = Infinity;
      for (const [name, stream] of streams) {
        const bound = stream.newest - latenessMs;
        if (!isIdle(stream)) least = Math.min(least, bound);
        // An idle stream behind the watermark could not move it on coming back either: min and max forget it.
        else if (bound < value) streams.delete(name);
      }
      if (least === Infinity) {
        if (newest > -Infinity) value = Math.max(value, newest + 1);
      } else value = Math.max(value, least);
      return value;
    },
    raise(to) {
      value = Math.max(value, to);
    },
  };
}
