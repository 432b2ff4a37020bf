import type { z } from 'zod';
import type { Assertion, Framework } from '../domain/control.ts';
import { parseDuration } from '../lib/clock.ts';
import type { Problem } from '../lib/errors.ts';
import { readYamlFile } from '../lib/yaml-schema.ts';
import { locateIn } from './places.ts';
import type { Locate, MappingText } from './places.ts';
import { assertionsFile, frameworkFile } from './schema.ts';

/** The texts of `mappings/`: the hub, and one file a framework. */
export interface MappingTexts {
  readonly assertions: MappingText;
  readonly frameworks: readonly MappingText[];
}

export interface LoadedMappings {
  readonly assertions: readonly Assertion[];
  /** In the order of their files; a file that cannot be read is left out. */
  readonly frameworks: readonly Framework[];
  /** Everything wrong with the form of the files; `lintMappings` says what is wrong with the content. */
  readonly problems: readonly Problem[];
  /** Where things stand in the files, for problems found later; frameworks by id. */
  readonly places: { readonly assertions: Locate; readonly frameworks: ReadonlyMap<string, Locate> };
}

/** Loads the assertions and every framework, reporting everything wrong in all files at once. */
export function loadMappings(texts: MappingTexts): LoadedMappings {
  const hub = readYamlFile(texts.assertions.text, texts.assertions.file, assertionsFile);
  const read = texts.frameworks.map((text) => ({
    text,
    ...readYamlFile(text.text, text.file, frameworkFile),
  }));
  const frameworks: Framework[] = [];
  const places = new Map<string, Locate>();
  const problems = [...hub.problems];
  for (const { text, value, problems: found } of read) {
    problems.push(...found);
    if (value === undefined) continue;
    const locate = locateIn(text);
    if (places.has(value.id)) {
      problems.push({
        ...locate('id'),
        what: `framework "${value.id}" is in another file already`,
        fix: 'give it an id of its own',
      });
      continue;
    }
    places.set(value.id, locate);
    frameworks.push(frameworkOf(value));
  }
  return {
    assertions: (hub.value?.assertions ?? []).map(assertionOf),
    frameworks,
    problems,
    places: { assertions: locateIn(texts.assertions), frameworks: places },
  };
}

type AssertionItem = z.infer<typeof assertionsFile>['assertions'][number];

const assertionOf = ({
  freshness,
  postureFreshness,
  holds,
  grace,
  postures,
  ...item
}: AssertionItem): Assertion => ({
  ...item,
  freshnessMs: durationOf(freshness),
  ...(postureFreshness === undefined ? {} : { postureFreshnessMs: durationOf(postureFreshness) }),
  holdsMs: durationOf(holds),
  graceMs: durationOf(grace),
  postures: postures.map((posture) => posture.toLowerCase()),
});

/** @throws RangeError never in practice: the schema lets only durations through. */
function durationOf(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw new RangeError(`"${text}" is no duration`);
  return durationMs;
}

const frameworkOf = ({ controls, ...head }: z.infer<typeof frameworkFile>): Framework => ({
  ...head,
  controls: controls.map(({ ref, title, mappings }) => ({ id: `${head.id}:${ref}`, ref, title, mappings })),
});
