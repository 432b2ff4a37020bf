import type { Detector, Match } from '../domain/detection.ts';
import type { EventClass, LogSource } from '../domain/event.ts';
import type { Problem } from '../lib/errors.ts';
import type { MatchedField } from '../domain/finding.ts';
import type { JsonObject } from '../lib/json.ts';
import { compileRule } from '../sigma/evaluate.ts';
import type { Evaluator } from '../sigma/evaluate.ts';
import { createEngine } from './engine/engine.ts';
import type { LoadedDetection } from './load.ts';
import { packVersionOf } from './load.ts';

export interface RoutedDetector extends Detector {
  /** Detections that no event class answers to: they can never match. */
  readonly problems: readonly Problem[];
}

/** Compiles the detections into an engine for each event class, and lays them beside the event classes that answer to their log sources. */
export function createDetector(
  loaded: readonly LoadedDetection[],
  eventClasses: readonly EventClass[],
): RoutedDetector {
  const compiled = loaded.map((item) => ({ ...item, why: reasonsOf(item) }));
  const byClass = new Map(
    eventClasses.map(({ id, logSources }) => {
      const items = compiled.filter(({ detection }) =>
        logSources.some((answered) => answers(answered, detection.logSource)),
      );
      return [id, { items, engine: createEngine(items.map(({ rule }) => rule)) }];
    }),
  );
  const routed = new Set([...byClass.values()].flatMap(({ items }) => items));
  const detections = loaded.map(({ detection }) => detection);
  return {
    detections,
    packVersion: packVersionOf(detections),
    problems: compiled.filter((item) => !routed.has(item)).map(unanswered),
    detect(event, message) {
      const routes = byClass.get(event.class);
      if (routes === undefined) return none;
      const places = routes.engine(event.record, message);
      if (places.length === 0) return none;
      const matches: Match[] = [];
      for (const place of places) {
        const item = routes.items[place];
        if (item === undefined) continue;
        const { detection, why } = item;
        matches.push({ detection, event, why: () => why(event.record) });
      }
      return matches;
    },
  };
}

/** A class answers when it has every part that the rule names; parts that the rule leaves out may be anything. */
export const answers = (answered: LogSource, wanted: LogSource): boolean =>
  (['product', 'service', 'category'] as const).every(
    (part) => wanted[part] === undefined || wanted[part] === answered[part],
  );

/** Whether a rule for this log source is asked about events of a class at all. */
export const isRoutedTo = (
  logSource: LogSource,
  eventClass: string,
  eventClasses: readonly EventClass[],
): boolean =>
  eventClasses.some(
    ({ id, logSources }) => id === eventClass && logSources.some((answered) => answers(answered, logSource)),
  );

const none: readonly Match[] = [];

type Why = (record: JsonObject) => readonly MatchedField[];

/** Why a rule matches a record: the plain evaluator says it, of matches alone, and is prepared for the first. */
function reasonsOf({ rule }: LoadedDetection): Why {
  let evaluator: Evaluator | undefined;
  return (record) => {
    evaluator ??= compileRule(rule);
    return evaluator.evaluate(record).why;
  };
}

function unanswered({ detection, logSourceAt }: LoadedDetection): Problem {
  const { product, service, category } = detection.logSource;
  const named = Object.entries({ product, service, category }).flatMap(([part, value]) =>
    value === undefined ? [] : `${part} ${value}`,
  );
  return {
    file: detection.file,
    ...logSourceAt,
    what: `no event class answers to this log source (${named.join(', ')})`,
    fix: 'name a log source that a normaliser makes; `plumbline components` lists them',
  };
}
