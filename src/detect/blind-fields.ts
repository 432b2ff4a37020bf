import type { EventClass, LogSource } from '../domain/event.ts';
import type { JsonObject } from '../lib/json.ts';
import { resolveField } from '../sigma/aliases/resolve.ts';
import { readField } from '../sigma/fields.ts';
import { answers } from './detector.ts';

/** A field as rules of a log source spell it. */
export interface AskedField {
  readonly logSource: LogSource;
  readonly field: string;
}

/** What has been seen of one event class. */
export interface SeenClass {
  readonly events: number;
  /** Time of the first and the last of them, epoch ms. */
  readonly first: number;
  readonly last: number;
}

/** Notes which fields and log sources records really have. */
export interface FieldSight {
  see(eventClass: string, time: number, record: JsonObject): void;
  /** What arrived that rules of this log source are asked about; undefined when nothing did. */
  arrived(logSource: LogSource): SeenClass | undefined;
  /** True when a record that rules of this log source are asked about had the field, at any of its paths. */
  hasSeen(asked: AskedField): boolean;
}

/** A path is looked for in the records of a class until it was found once, so looking gets cheaper as records come. */
export function createFieldSight(
  asked: readonly AskedField[],
  eventClasses: readonly EventClass[],
): FieldSight {
  const classesOf = (logSource: LogSource): readonly string[] =>
    eventClasses
      .filter(({ logSources }) => logSources.some((answered) => answers(answered, logSource)))
      .map(({ id }) => id);
  const wanted = new Map(eventClasses.map(({ id }) => [id, new Set<string>()]));
  for (const { logSource, field } of asked)
    for (const id of classesOf(logSource))
      for (const path of resolveField(logSource, field)) wanted.get(id)?.add(path);
  const found = new Map(eventClasses.map(({ id }) => [id, new Set<string>()]));
  const classes = new Map<string, SeenClass>();
  return {
    see(eventClass, time, record) {
      const seen = classes.get(eventClass) ?? { events: 0, first: time, last: time };
      classes.set(eventClass, {
        events: seen.events + 1,
        first: Math.min(seen.first, time),
        last: Math.max(seen.last, time),
      });
      const open = wanted.get(eventClass);
      for (const path of open ?? [])
        if (readField(record, path).length > 0) {
          open?.delete(path);
          found.get(eventClass)?.add(path);
        }
    },
    arrived: (logSource) => together(classesOf(logSource).flatMap((id) => classes.get(id) ?? [])),
    hasSeen: ({ logSource, field }) => {
      const paths = resolveField(logSource, field);
      return classesOf(logSource).some((id) => paths.some((path) => found.get(id)?.has(path) === true));
    },
  };
}

const together = (seen: readonly SeenClass[]): SeenClass | undefined =>
  seen.length === 0
    ? undefined
    : {
        events: seen.reduce((sum, { events }) => sum + events, 0),
        first: Math.min(...seen.map(({ first }) => first)),
        last: Math.max(...seen.map(({ last }) => last)),
      };
