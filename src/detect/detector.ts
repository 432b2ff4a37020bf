import type { Detector, Match } from '../domain/detection.ts';
import type { EventClass, LogSource } from '../domain/event.ts';
import type { Problem } from '../lib/errors.ts';
import { compileRule } from '../sigma/evaluate.ts';
import type { Evaluator } from '../sigma/evaluate.ts';
import type { LoadedDetection } from './load.ts';
import { packVersionOf } from './load.ts';
import { createPrefilter } from './prefilter.ts';

export interface RoutedDetector extends Detector {
  /** Detections that no event class answers to: they can never match. */
  readonly problems: readonly Problem[];
}

/** Compiles the detections and lays them beside the event classes that answer to their log sources. */
export function createDetector(
  loaded: readonly LoadedDetection[],
  eventClasses: readonly EventClass[],
): RoutedDetector {
  const compiled = loaded.map((item) => ({ ...item, evaluator: compileRule(item.rule) }));
  const byClass = new Map(
    eventClasses.map(({ id, logSources }) => {
      const items = compiled.filter(({ detection }) =>
        logSources.some((answered) => answers(answered, detection.logSource)),
      );
      return [id, { items, candidates: createPrefilter(items.map(({ rule }) => rule)) }];
    }),
  );
  const routed = new Set([...byClass.values()].flatMap(({ items }) => items));
  const detections = loaded.map(({ detection }) => detection);
  return {
    detections,
    packVersion: packVersionOf(detections),
    problems: compiled.filter((item) => !routed.has(item)).map(unanswered),
    detect(event) {
      const routes = byClass.get(event.class);
      if (routes === undefined) return [];
      const matches: Match[] = [];
      for (const index of routes.candidates(event.record)) {
        const item = routes.items[index];
        if (item === undefined) continue;
        const { matched, why } = item.evaluator.evaluate(event.record);
        if (matched) matches.push({ detection: item.detection, event, matched: why });
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

function unanswered({
  detection,
  logSourceAt,
}: LoadedDetection & { readonly evaluator: Evaluator }): Problem {
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
