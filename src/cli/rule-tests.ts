import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { isRoutedTo } from '../detect/detector.ts';
import { explainDetection } from '../detect/explain.ts';
import { loadDetections } from '../detect/load.ts';
import type { LoadedDetection } from '../detect/load.ts';
import { readDetectionFolder } from '../detect/read-folder.ts';
import { mutationsOf } from '../detect/mutate/score.ts';
import type { MutationResult } from '../detect/mutate/score.ts';
import { readRuleCases } from '../detect/rule-test.ts';
import type { RuleCase } from '../detect/rule-test.ts';
import { PipelineError } from '../lib/errors.ts';
import type { Problem } from '../lib/errors.ts';
import type { JsonObject } from '../lib/json.ts';
import { createNormalise } from '../normalise/normalise.ts';
import type { NormalisedRecord } from '../normalise/normalise.ts';
import { eventClasses, normalisers } from '../normalise/registry.ts';
import { parseRule } from '../sigma/parse.ts';
import { createCorrelationTests, noTests } from './correlation-tests.ts';

/** One event of one rule, tried. */
export interface CaseResult {
  readonly name: string;
  readonly shouldMatch: boolean;
  /** Undefined when the rule did what it should; else what it did instead, a line each. */
  readonly fault: string | undefined;
}

export interface RuleResult {
  readonly rule: string;
  readonly title: string;
  /** Relative to the folder of rules. */
  readonly file: string;
  readonly cases: readonly CaseResult[];
  /** What is wrong with the file of tests. */
  readonly problems: readonly Problem[];
  readonly mutations: MutationResult | undefined;
}

/** Rules to test, and where their tests are. */
export interface RuleFolder {
  readonly rules: string;
  readonly tests: string;
}

/**
 * The tests of a folder of rules: where the user says, else in `tests` inside it, else in `test/<its name>` beside
 * it. Every rule has its tests in a file of the same path.
 */
export function testsOf(rules: string, given: string | undefined): string {
  if (given !== undefined) return given;
  const inside = join(rules, 'tests');
  return existsSync(inside) ? inside : join(dirname(rules), 'test', basename(rules));
}

/**
 * Tries every rule below `path`, a folder or one file, on its own events.
 *
 * @throws PipelineError INPUT_UNREADABLE when there is no rule.
 */
export function testRules(
  path: string,
  { rules: folder, tests }: RuleFolder,
  isMutated: boolean,
): { readonly results: readonly RuleResult[]; readonly problems: readonly Problem[] } {
  const texts = readDetectionFolder(folder).filter(
    ({ file }) => relative(tests, resolve(folder, file)).startsWith('..') || tests === folder,
  );
  const loaded = loadDetections(texts, { strict: false });
  const isWanted = ({ detection }: Pick<LoadedDetection, 'detection'>): boolean =>
    isBelow(path, resolve(folder, detection.file));
  const wanted = loaded.items.filter(isWanted);
  const correlations = loaded.correlations.filter(isWanted);
  const { problems } = loaded;
  if (wanted.length + correlations.length === 0 && problems.length === 0)
    throw new PipelineError('INPUT_UNREADABLE', path, 'there is no Sigma rule (*.yml) in it');
  const textOf = new Map(texts.map(({ file, text }) => [file, text]));
  const testFileOf = (file: string): string => join(tests, file);
  const testCorrelation = createCorrelationTests({
    loaded,
    testFileOf,
    eventOf: eventsOf(loaded.items, testFileOf),
    read: (record) => asRead(record).item,
    isMutated,
  });
  return {
    results: [
      ...wanted.map((item) =>
        testRule(item, textOf.get(item.detection.file) ?? '', testFileOf(item.detection.file), isMutated),
      ),
      ...correlations.map(testCorrelation),
    ],
    problems: problems.filter(({ file }) => isBelow(path, resolve(folder, file))),
  };
}

/** Events of rules' own tests by rule and name; each file is read when it is first asked for. */
function eventsOf(
  items: readonly LoadedDetection[],
  testFileOf: (file: string) => string,
): (rule: string, name: string) => JsonObject | undefined {
  const read = new Map<string, readonly RuleCase[]>();
  return (rule, name) => {
    const file = items.find(({ detection }) => detection.name === rule)?.detection.file;
    const testFile = file === undefined ? '' : testFileOf(file);
    if (!existsSync(testFile)) return undefined;
    const cases = read.get(rule) ?? readRuleCases(readFileSync(testFile, 'utf8'), testFile).cases;
    read.set(rule, cases);
    return cases.find((other) => other.name === name)?.record;
  };
}

const isBelow = (path: string, file: string): boolean =>
  file === path || !relative(path, file).startsWith('..');

/** A file stands for itself, in the folder that holds it and its neighbours (filters, lists). */
export const folderOf = (path: string): string => (statSync(path).isDirectory() ? path : dirname(path));

function testRule(loaded: LoadedDetection, text: string, testFile: string, isMutated: boolean): RuleResult {
  const { name, title, file } = loaded.detection;
  const about = { rule: name, title, file };
  if (!existsSync(testFile)) {
    return { ...about, cases: [], problems: [noTests(testFile)], mutations: undefined };
  }
  const { cases, problems } = readRuleCases(readFileSync(testFile, 'utf8'), testFile);
  const read = cases.map((asked) => ({ asked, seen: asRead(asked.record) }));
  const results = read.map(({ asked, seen }): CaseResult => ({
    name: asked.name,
    shouldMatch: asked.shouldMatch,
    fault: faultOf(loaded, asked, seen),
  }));
  const readable = read.flatMap(({ asked, seen }) =>
    seen.record === undefined || !isRouted(loaded, seen.class) ? [] : { ...asked, record: seen.record },
  );
  const canMutate = isMutated && results.every(({ fault }) => fault === undefined) && cases.length > 0;
  const conditionAt = parseRule(text, file).at('detection', 'condition');
  return {
    ...about,
    cases: results,
    problems,
    mutations: canMutate ? mutationsOf(loaded.rule, conditionAt, readable) : undefined,
  };
}

interface Seen {
  readonly class: string;
  /** The record as detections read it; undefined when no normaliser reads it. */
  readonly record: JsonObject | undefined;
  readonly item: NormalisedRecord | undefined;
  readonly problem: string;
}

const normalise = createNormalise(normalisers);

/** A test's record takes the way of a real one: through the normalisers. */
function asRead(record: JsonObject): Seen {
  const { items, failures } = normalise({ body: Buffer.from(JSON.stringify(record)), receivedAt: 0 });
  const [item] = items;
  return item === undefined
    ? { class: '', record: undefined, item, problem: failures[0]?.detail ?? 'there is nothing in it' }
    : { class: item.fields.class, record: item.record, item, problem: '' };
}

const isRouted = ({ detection }: LoadedDetection, eventClass: string): boolean =>
  isRoutedTo(detection.logSource, eventClass, eventClasses);

function faultOf(loaded: LoadedDetection, { shouldMatch }: RuleCase, seen: Seen): string | undefined {
  if (seen.record === undefined) return `no normaliser reads the record: ${seen.problem}`;
  const { matched, leaves } = explainDetection(loaded, { id: 'test', record: seen.record });
  if (matched && !isRouted(loaded, seen.class))
    return `the record is one of ${seen.class}, which the rule is never asked about`;
  if (matched === shouldMatch) return undefined;
  const decisive = leaves.filter(({ passed }) => passed === matched);
  return [
    matched ? 'it matched, and must not' : 'it did not match, and has to',
    ...decisive.map(({ search, field, test, actual }) => {
      const has =
        actual.length === 0 ? 'it is not there' : actual.map((value) => JSON.stringify(value)).join(', ');
      return `  ${search}: ${field} ${test}; ${has}`;
    }),
  ].join('\n');
}
