import type { Detection } from '../domain/detection.ts';
import type { Problem } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { Position, Rule } from '../sigma/ast.ts';
import { parseRule } from '../sigma/parse.ts';
import type { PlaceholderLists } from '../sigma/placeholders.ts';
import { readAdditions } from './additions.ts';
import type { Additions } from './additions.ts';
import { tacticsOf, techniquesOf } from './tags.ts';

/** A rule file as read: its path relative to the detections folder, with `/`. */
export interface RuleText {
  readonly file: string;
  readonly text: string;
}

export interface LoadedDetection {
  readonly detection: Detection;
  readonly rule: Rule;
  /** Where `logsource` stands, for problems found later. */
  readonly logSourceAt: Position;
}

export interface LoadedDetections {
  /** In the order of their files. */
  readonly items: readonly LoadedDetection[];
  readonly problems: readonly Problem[];
  /** SHA-256 over a line with file and version of every item, hex. */
  readonly packVersion: string;
}

export interface LoadOptions {
  /**
   * True (default): the file has to carry our own additions (assertion, runbook, level, id …). False: a plain Sigma
   * rule will do; what it lacks is empty, its level `informational`.
   */
  readonly strict?: boolean;
  /** What `%name%` stands for under the modifier `expand`. */
  readonly lists?: PlaceholderLists;
}

/** Loads detections from the texts of their files, reporting everything wrong in all of them. */
export function loadDetections(texts: readonly RuleText[], options: LoadOptions = {}): LoadedDetections {
  const sorted = texts.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const loaded = sorted.map((text) => loadOne(text, options));
  const items = loaded.flatMap(({ item }) => item ?? []);
  return {
    items,
    problems: [...loaded.flatMap(({ problems }) => problems), ...duplicates(loaded)],
    packVersion: packVersionOf(items.map(({ detection }) => detection)),
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

interface Loaded {
  readonly item: LoadedDetection | undefined;
  readonly problems: readonly Problem[];
  readonly idAt: Position;
}

const noAdditions: Additions = { assertion: '', runbook: '', observes: 'fail', resourceFields: [] };

function loadOne({ file, text }: RuleText, { strict = true, lists = {} }: LoadOptions): Loaded {
  const { rule, problems, at } = parseRule(text, file, { lists });
  const idAt = at('id');
  if (rule === undefined) return { item: undefined, problems, idAt };
  const added = strict ? readAdditions(rule, at) : { additions: noAdditions, problems: [] };
  if (added.problems.length > 0) return { item: undefined, problems: added.problems, idAt };
  const detection: Detection = {
    id: rule.id ?? '',
    name: nameOf(file),
    title: rule.title,
    description: rule.description,
    level: rule.level ?? 'informational',
    logSource: rule.logSource,
    ...added.additions,
    falsePositives: rule.falsePositives,
    references: rule.references,
    techniques: techniquesOf(rule.tags),
    tactics: tacticsOf(rule.tags),
    file,
    version: sha256Hex(text),
  };
  return { item: { detection, rule, logSourceAt: at('logsource') }, problems: [], idAt };
}

/** File name without folders and ending. */
const nameOf = (file: string): string => (file.split('/').at(-1) ?? file).replace(/\.ya?ml$/u, '');

/** Ids and names stand in findings and configuration alone, so two detections may not share one. */
function duplicates(loaded: readonly Loaded[]): readonly Problem[] {
  const firstWith = { id: new Map<string, string>(), name: new Map<string, string>() };
  const problems: Problem[] = [];
  for (const { item, idAt } of loaded) {
    if (item === undefined) continue;
    const { file, id, name } = item.detection;
    for (const [kind, value, at] of [
      ['id', id.toLowerCase(), idAt],
      ['name', name, { line: 1, column: 1 }],
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
