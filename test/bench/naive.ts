import { answers } from '../../src/detect/detector.ts';
import type { LoadedDetection } from '../../src/detect/load.ts';
import type { Detector, Match } from '../../src/domain/detection.ts';
import type { EventClass } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { resolveField } from '../../src/sigma/aliases/resolve.ts';
import type { Rule } from '../../src/sigma/ast.ts';
import { compileRule, holds } from '../../src/sigma/evaluate.ts';
import { readPaths } from '../../src/sigma/fields.ts';
import { compileSearch } from '../../src/sigma/search-tests.ts';
import { compileTest } from '../../src/sigma/value-tests.ts';

/**
 * What an engine is measured against: each rule a closure that is prepared once and stops at the first test that
 * decides, asked one after another. Routed by event class like the engine.
 */
export function naiveDetector(
  rules: readonly LoadedDetection[],
  eventClasses: readonly EventClass[],
): Pick<Detector, 'detect'> {
  const compiled = rules.map(({ rule, detection }) => ({
    detection,
    matches: closureOf(rule),
    plain: compileRule(rule),
  }));
  const byClass = new Map(
    eventClasses.map(({ id, logSources }) => [
      id,
      compiled.filter(({ detection }) =>
        logSources.some((answered) => answers(answered, detection.logSource)),
      ),
    ]),
  );
  return {
    detect(event) {
      const matches: Match[] = [];
      for (const { detection, matches: isMatch, plain } of byClass.get(event.class) ?? [])
        if (isMatch(event.record))
          matches.push({ detection, event, why: () => plain.evaluate(event.record).why });
      return matches;
    },
  };
}

function closureOf({ logSource, searches, condition }: Rule): (record: JsonObject) => boolean {
  const pathsOf = (field: string): readonly string[] => resolveField(logSource, field);
  const passes = new Map(
    searches.map((search) => {
      if (search.kind === 'keywords') {
        const keywords = compileSearch(search);
        return [search.name, (record: JsonObject) => keywords.passes(record)] as const;
      }
      const maps = search.maps.map((lines) =>
        lines.map(({ field, values, link, isNegated }) => {
          const paths = pathsOf(field);
          const tests = values.map(({ anyOf }) => anyOf.map((test) => compileTest(test, pathsOf)));
          return (record: JsonObject): boolean => {
            const found = readPaths(record, paths);
            const isPassed = (anyOf: (typeof tests)[number]): boolean =>
              anyOf.some((test) => test(found, record) !== undefined);
            return (link === 'all' ? tests.every(isPassed) : tests.some(isPassed)) !== isNegated;
          };
        }),
      );
      return [
        search.name,
        (record: JsonObject) => maps.some((lines) => lines.every((line) => line(record))),
      ] as const;
    }),
  );
  return (record) => holds(condition, (name) => passes.get(name)?.(record) ?? false);
}
