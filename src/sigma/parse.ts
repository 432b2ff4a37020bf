import type { Problem } from '../lib/errors.ts';
import { withMeanings } from './aliases/words.ts';
import type { Position, Rule } from './ast.ts';
import { readMetadata, required } from './metadata.ts';
import { parseDetection } from './parse-detection.ts';
import type { PlaceholderLists } from './placeholders.ts';
import { entryOf, readYaml } from './source.ts';
import type { Entry, Read, Report } from './source.ts';

export interface ParseOptions {
  /** What `%name%` stands for under `expand`. A rule with a name that is not here is refused. */
  readonly lists?: PlaceholderLists;
}

export interface ParsedRule {
  /** Undefined when there is a problem. */
  readonly rule: Rule | undefined;
  /** Every problem, in the order of the file. */
  readonly problems: readonly Problem[];
  /** Where a top-level key, or a key below it, stands; the start of the nearest one that is there. */
  readonly at: (...path: readonly string[]) => Position;
}

/** Parses one Sigma detection rule (specification 2.1.0). Never throws: everything wrong is a problem. */
export function parseRule(text: string, file: string, { lists = {} }: ParseOptions = {}): ParsedRule {
  const { root, problems: unread } = readYaml(text, file);
  const problems: Problem[] = [...unread];
  const report: Report = ({ line, column }, what, fix) => {
    problems.push({ file, line, column, what, fix });
  };
  const rule = root && parseRuleDocument(root, file, lists, report);
  return { rule, problems: inOrder(problems), at: (...path) => positionOf(root, path) };
}

/** The same for a document that was read; undefined when there is a problem. */
export function parseRuleDocument(
  root: Read,
  file: string,
  lists: PlaceholderLists,
  report: Report,
): Rule | undefined {
  let problems = 0;
  const counting: Report = (...problem) => {
    problems++;
    report(...problem);
  };
  const rule = readRule(root, file, lists, counting);
  return rule !== undefined && problems === 0 ? frozen(rule) : undefined;
}

/** As a person reads a file: from the top. */
export const inOrder = (problems: readonly Problem[]): readonly Problem[] =>
  problems.toSorted((a, b) => a.line - b.line || a.column - b.column);

/** Where a key, or a key below it, stands; the start of the nearest one that is there. */
export function positionOf(root: Read | undefined, path: readonly string[]): Position {
  let at: Position = { line: 1, column: 1 };
  let node = root;
  for (const key of path) {
    const entry: Entry | undefined = node && entryOf(node, key);
    if (entry === undefined) break;
    at = entry.keyAt;
    node = entry.value;
  }
  return at;
}

function frozen<T>(node: T): T {
  if (typeof node === 'object' && node !== null && !Object.isFrozen(node)) {
    Object.freeze(node);
    for (const part of Object.values(node)) frozen(part);
  }
  return node;
}

/** Top-level keys that the specification names for detection rules. */
export const specifiedKeys: ReadonlySet<string> = new Set(
  'title id name related taxonomy status description license author references date modified logsource detection fields falsepositives level tags scope'.split(
    ' ',
  ),
);

function readRule(root: Read, file: string, lists: PlaceholderLists, report: Report): Rule | undefined {
  if (root.kind !== 'map') {
    report(root.at, 'file is not a map of keys', 'a rule has `title`, `logsource`, `detection`');
    return undefined;
  }
  const foreign = ['correlation', 'filter', 'action']
    .map((key) => entryOf(root, key))
    .find((entry) => entry !== undefined);
  if (foreign !== undefined) {
    report(
      foreign.keyAt,
      `a detection rule has no \`${foreign.key}\``,
      foreign.key === 'action' ? 'write one whole rule a file' : 'put it into a document of its own',
    );
    return undefined;
  }
  const detection = required(root, 'detection', report);
  const parsed = detection && parseDetection(detection, { lists, report });
  const metadata = readMetadata(root, report);
  const extra = Object.fromEntries(
    root.entries.filter(({ key }) => !specifiedKeys.has(key)).map(({ key, value }) => [key, value.json]),
  );
  return (
    parsed && {
      file,
      ...metadata,
      ...parsed,
      searches: withMeanings(parsed.searches, metadata.logSource),
      extra,
    }
  );
}
