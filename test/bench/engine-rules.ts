import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { answers } from '../../src/detect/detector.ts';
import { loadDetections } from '../../src/detect/load.ts';
import type { LoadedDetection } from '../../src/detect/load.ts';
import { readDetectionFolder } from '../../src/detect/read-folder.ts';
import { eventClasses } from '../../src/normalise/registry.ts';
import type { FieldTest, KeywordTest, Rule, Search, ValueTest } from '../../src/sigma/ast.ts';
import { corpusFolder } from '../support/corpus.ts';

/** The product's own detections and the rules of SigmaHQ that an event class of ours answers to. */
export function realRules(productFolder: string): readonly LoadedDetection[] {
  const own = loadDetections(readDetectionFolder(join(productFolder, 'detections'))).items;
  const corpus = corpusFolder('sigmahq-rules');
  const theirs =
    corpus === undefined
      ? []
      : loadDetections(
          readdirSync(corpus, { recursive: true, encoding: 'utf8' })
            .filter((file) => file.endsWith('.yml'))
            .map((file) => ({ file, text: readFileSync(join(corpus, file), 'utf8') })),
          { strict: false },
        ).items;
  const isRouted = ({ rule }: LoadedDetection): boolean =>
    eventClasses.some(({ logSources }) => logSources.some((answered) => answers(answered, rule.logSource)));
  return [...theirs, ...own].filter(isRouted);
}

/**
 * So many rules: evenly picked out of the real ones, or all of them and then copies whose every value is changed,
 * so that each copy asks for something else in the same fields and the same way.
 */
export function rulesOf(real: readonly LoadedDetection[], count: number): readonly LoadedDetection[] {
  return Array.from({ length: count }, (_, place) => {
    const copy = Math.floor(place / real.length);
    const from = count < real.length ? Math.floor((place * real.length) / count) : place % real.length;
    const item = real[from];
    if (item === undefined) throw new RangeError('there are no rules to measure with');
    return copy === 0 ? item : { ...item, ...changed(item, copy) };
  });
}

function changed(
  { detection, rule }: LoadedDetection,
  copy: number,
): Pick<LoadedDetection, 'detection' | 'rule'> {
  const search = (of: Search): Search =>
    of.kind === 'keywords'
      ? { ...of, test: changedLine(of.test, copy) }
      : { ...of, maps: of.maps.map((lines) => lines.map((line) => changedLine(line, copy))) };
  const changedRule: Rule = { ...rule, searches: rule.searches.map(search) };
  return {
    rule: changedRule,
    detection: { ...detection, id: `${detection.id}-${copy}`, name: `${detection.name}_${copy}` },
  };
}

const changedLine = <T extends FieldTest | KeywordTest>(line: T, copy: number): T => ({
  ...line,
  values: line.values.map((value) => ({
    ...value,
    anyOf: value.anyOf.map((test) => changedTest(test, copy)),
  })),
});

function changedTest(test: ValueTest, copy: number): ValueTest {
  switch (test.kind) {
    case 'text': {
      const last = test.pattern.findLastIndex(({ kind }) => kind === 'literal');
      return {
        ...test,
        pattern: test.pattern.map((part, at) =>
          at === last && part.kind === 'literal' ? { ...part, text: `${part.text} ${copy}` } : part,
        ),
      };
    }
    case 'number':
      return { ...test, value: test.value + copy * 1000 };
    case 'cidr': {
      const [first = 0, ...rest] = test.bytes;
      return { ...test, bytes: [(first + copy) % 256, ...rest] };
    }
    case 'regex':
      return { ...test, source: `(?:${test.source})${copy}` };
    case 'boolean':
    case 'null':
    case 'exists':
    case 'fieldref':
      return test;
  }
}
