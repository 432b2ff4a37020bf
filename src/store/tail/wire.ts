import type { EventMinute } from '../rollups/event-totals.ts';
import type { TailMessage, TailPart, TailRows } from './messages.ts';

/**
 * Minutes as they go from thread to thread: written as objects, the names of their members were most of a message, and reading
 * them most of its cost.
 */
interface PackedMinutes {
  /** Each source and class once. */
  readonly names: readonly (readonly [source: string, eventClass: string])[];
  /** Eight of each minute, the first the place of its names; what it has not is no number. */
  readonly numbers: Float64Array;
}

type Packed<T extends { readonly events: unknown }> = Omit<T, 'events'> & { readonly events: PackedMinutes };
type PackedRows = Packed<TailRows>;

/** A message that survives being copied between threads, and is cheap to copy. */
export type WireMessage =
  | (Omit<Extract<TailMessage, { kind: 'whole' }>, 'parts'> & {
      readonly parts: readonly (Omit<TailPart, 'rows'> & { readonly rows: PackedRows })[];
    })
  | (Omit<Extract<TailMessage, { kind: 'more' }>, 'rows'> & { readonly rows: PackedRows })
  | Extract<TailMessage, { kind: 'frozen' }>;

const WIDTH = 8;

function packMinutes(minutes: readonly EventMinute[]): PackedMinutes {
  const places = new Map<string, Map<string, number>>();
  const names: (readonly [string, string])[] = [];
  const placeOf = ({ source, eventClass }: EventMinute): number => {
    const classes = places.get(source) ?? new Map<string, number>();
    places.set(source, classes);
    const known = classes.get(eventClass);
    if (known !== undefined) return known;
    classes.set(eventClass, names.length);
    return names.push([source, eventClass]) - 1;
  };
  const numbers = new Float64Array(minutes.length * WIDTH);
  for (const [i, minute] of minutes.entries()) {
    const { events, first, last, missing, coerced, ownFirst = Number.NaN, ownLast = Number.NaN } = minute;
    numbers.set([placeOf(minute), events, first, last, missing, coerced, ownFirst, ownLast], i * WIDTH);
  }
  return { names, numbers };
}

function unpackMinutes({ names, numbers }: PackedMinutes): readonly EventMinute[] {
  const at = (place: number): number => numbers[place] ?? 0;
  const maybe = (place: number): number | undefined =>
    Number.isNaN(numbers[place]) ? undefined : numbers[place];
  return Array.from({ length: numbers.length / WIDTH }, (_, i) => {
    const from = i * WIDTH;
    const [source, eventClass] = names[at(from)] ?? ['', ''];
    return {
      source,
      eventClass,
      events: at(from + 1),
      first: at(from + 2),
      last: at(from + 3),
      missing: at(from + 4),
      coerced: at(from + 5),
      ownFirst: maybe(from + 6),
      ownLast: maybe(from + 7),
    };
  });
}

const pack = (rows: TailRows): PackedRows => ({ ...rows, events: packMinutes(rows.events) });
const unpack = (rows: PackedRows): TailRows => ({ ...rows, events: unpackMinutes(rows.events) });

export function toWire(message: TailMessage): WireMessage {
  switch (message.kind) {
    case 'whole':
      return { ...message, parts: message.parts.map(({ seal, rows }) => ({ seal, rows: pack(rows) })) };
    case 'more':
      return { ...message, rows: pack(message.rows) };
    case 'frozen':
      return message;
  }
}

export function fromWire(message: WireMessage): TailMessage {
  switch (message.kind) {
    case 'whole':
      return { ...message, parts: message.parts.map(({ seal, rows }) => ({ seal, rows: unpack(rows) })) };
    case 'more':
      return { ...message, rows: unpack(message.rows) };
    case 'frozen':
      return message;
  }
}
