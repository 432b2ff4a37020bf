import type { Detection } from '../domain/detection.ts';
import type { LogSource } from '../domain/event.ts';
import type { Problem } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { Position, Rule } from '../sigma/ast.ts';
import type { Correlation } from '../sigma/correlation-ast.ts';
import { applyFilters } from '../sigma/filter.ts';
import type { Filter } from '../sigma/filter.ts';
import type { PlaceholderLists } from '../sigma/placeholders.ts';
import { listsOf } from '../sigma/placeholders.ts';
import type { Additions } from './additions.ts';
import { readDocument } from './document.ts';
import type { LoadedDocument, RuleText } from './document.ts';
import { attachFilters } from './filters.ts';
import type { LoadedFilter } from './filters.ts';
import { isListFile, parseList } from './lists.ts';
import type { ValueList } from './lists.ts';
import { tacticsOf, techniquesOf } from './tags.ts';

export type { RuleText } from './document.ts';

export interface LoadedDetection {
  readonly detection: Detection;
  /** With its filters applied. */
  readonly rule: Rule;
  /** Where `logsource` stands, for problems found later. */
  readonly logSourceAt: Position;
  /** Its filters, in the order in which the rule has them. */
  readonly filters?: readonly Filter[];
}

/** A correlation as the rest of the product knows it: a detection without a log source. */
export interface LoadedCorrelation {
  readonly detection: Detection;
  readonly correlation: Correlation;
}

export interface LoadedDetections {
  /** Rules, in the order of their files. */
  readonly items: readonly LoadedDetection[];
  /** In the order of their files; `tieCorrelations` ties them to the rules they name. */
  readonly correlations: readonly LoadedCorrelation[];
  readonly filters: readonly LoadedFilter[];
  readonly lists: readonly ValueList[];
  /** Of all files, each in the order of its lines. */
  readonly problems: readonly Problem[];
  /** SHA-256 over a line with file and version of every rule and correlation, hex. */
  readonly packVersion: string;
}

export interface LoadOptions {
  /**
   * True (default): the file has to carry our own additions (assertion, runbook, level, id …). False: a plain Sigma
   * rule will do; what it lacks is empty, its level `informational`.
   */
  readonly strict?: boolean;
  /** What `%name%` stands for under the modifier `expand`, besides the lists among the texts, which win. */
  readonly lists?: PlaceholderLists;
}

/**
 * Loads detections from the texts of their files: rules, correlations and filters by what stands in them, lists by
 * their folder. Reports everything wrong in all of them.
 */
export function loadDetections(texts: readonly RuleText[], options: LoadOptions = {}): LoadedDetections {
  const { strict = true, lists: given = {} } = options;
  const sorted = texts.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const readLists = sorted
    .filter(({ file }) => isListFile(file))
    .map(({ text, file }) => parseList(text, file));
  const lists = readLists.flatMap(({ list }) => list ?? []);
  const placeholders: PlaceholderLists = {
    ...given,
    ...Object.fromEntries(lists.map(({ name, values }) => [name, values])),
  };
  const documents = sorted
    .filter(({ file }) => !isListFile(file))
    .map((text) => readDocument(text, placeholders, strict));
  const ruleDocuments = documents.filter((document) => document.kind === 'rule');
  const { filters, filtersOf, problems: misfits } = attachFilters(documents);
  const digests = new Map(lists.map(({ name, digest }) => [name, digest]));
  const items = ruleDocuments.map((document): LoadedDetection => {
    const attached = filtersOf(document.rule);
    const own = attached.map(({ filter }) => filter);
    const rule = applyFilters(document.rule, own);
    const version = versionOf(document.text, [
      ...attached.map((filter) => filter.digest),
      ...listsOf(rule.searches).flatMap((name) => digests.get(name) ?? []),
    ]);
    return {
      detection: detectionOf(rule, document.additions, version),
      rule,
      logSourceAt: document.logSourceAt,
      ...(own.length > 0 ? { filters: own } : {}),
    };
  });
  const correlations = documents
    .filter((document) => document.kind === 'correlation')
    .map(({ correlation, additions, text, file }) => ({
      // As for rules: a file that gives itself no `name` is called as the file is.
      correlation: { ...correlation, name: correlation.name ?? nameOf(file) },
      detection: detectionOf({ ...correlation, logSource: {} }, additions, sha256Hex(text)),
    }));
  return {
    items,
    correlations,
    filters,
    lists,
    problems: [
      ...readLists.flatMap(({ problems }) => problems),
      ...documents.flatMap(({ problems }) => problems),
      ...misfits,
      ...duplicates(documents),
    ],
    packVersion: packVersionOf([...items, ...correlations].map(({ detection }) => detection)),
  };
}

/** Which rule pack this is: the same for the same files with the same bytes, in whatever order they were read. */
export const packVersionOf = (detections: readonly Pick<Detection, 'file' | 'version'>[]): string =>
  sha256Hex(
    detections
      .map(({ file, version }) => `${file}\n${version}\n`)
      .toSorted()
      .join(''),
  );

/** A rule that filters or lists have a say in is another one when they change. */
const versionOf = (text: string, digests: readonly string[]): string =>
  digests.length === 0 ? sha256Hex(text) : sha256Hex([sha256Hex(text), ...digests].join('\n'));

/** What rules and correlations are described by. */
type Described = Pick<
  Rule | Correlation,
  'file' | 'id' | 'title' | 'description' | 'level' | 'falsePositives' | 'references' | 'tags'
> & { readonly logSource: LogSource };

const detectionOf = (rule: Described, additions: Additions, version: string): Detection => ({
  id: rule.id ?? '',
  name: nameOf(rule.file),
  title: rule.title,
  description: rule.description,
  level: rule.level ?? 'informational',
  logSource: rule.logSource,
  ...additions,
  falsePositives: rule.falsePositives,
  references: rule.references,
  techniques: techniquesOf(rule.tags),
  tactics: tacticsOf(rule.tags),
  file: rule.file,
  version,
});

/** File name without folders and ending. */
const nameOf = (file: string): string => (file.split('/').at(-1) ?? file).replace(/\.ya?ml$/u, '');

/** Ids and names stand in findings and configuration alone, so no two files may share one. */
function duplicates(documents: readonly LoadedDocument[]): readonly Problem[] {
  const firstWith = { id: new Map<string, string>(), name: new Map<string, string>() };
  const problems: Problem[] = [];
  for (const document of documents) {
    if (document.kind === 'unread') continue;
    const { file, id, idAt } = document;
    for (const [kind, value, at] of [
      ['id', id.toLowerCase(), idAt],
      ['name', nameOf(file), { line: 1, column: 1 }],
    ] as const) {
      const other = firstWith[kind].get(value);
      if (other === undefined) firstWith[kind].set(value, file);
      else if (value !== '')
        problems.push({
          file,
          ...at,
          what: `${kind === 'id' ? 'id' : 'file name'} \`${value}\` is taken by ${other}`,
          fix: kind === 'id' ? 'give it a new UUID' : 'give it another file name',
        });
    }
  }
  return problems;
}
