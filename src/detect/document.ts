import type { Problem } from '../lib/errors.ts';
import type { Position, Rule } from '../sigma/ast.ts';
import { isCorrelation, parseCorrelation } from '../sigma/correlation.ts';
import type { Correlation } from '../sigma/correlation-ast.ts';
import { isFilter, parseFilter } from '../sigma/filter.ts';
import type { Filter } from '../sigma/filter.ts';
import { inOrder, parseRuleDocument, positionOf } from '../sigma/parse.ts';
import type { PlaceholderLists } from '../sigma/placeholders.ts';
import { readYaml } from '../sigma/source.ts';
import type { Read, Report } from '../sigma/source.ts';
import { readAdditions } from './additions.ts';
import type { Additions } from './additions.ts';

/** A file as read: its path relative to the detections folder, with `/`. */
export interface RuleText {
  readonly file: string;
  readonly text: string;
}

interface Common {
  readonly file: string;
  readonly text: string;
  readonly problems: readonly Problem[];
}

interface Sound extends Common {
  readonly id: string;
  readonly idAt: Position;
}

/** What a file holds, told by its top-level keys. One with a problem is `unread`. */
export type LoadedDocument =
  | (Sound & {
      readonly kind: 'rule';
      readonly rule: Rule;
      readonly additions: Additions;
      readonly logSourceAt: Position;
    })
  | (Sound & {
      readonly kind: 'correlation';
      readonly correlation: Correlation;
      readonly additions: Additions;
    })
  | (Sound & { readonly kind: 'filter'; readonly filter: Filter })
  | (Common & { readonly kind: 'unread' });

const noAdditions: Additions = { assertion: '', runbook: '', observes: 'fail', resourceFields: [] };

/**
 * Reads one file, reporting everything wrong in it. `strict`: our own additions have to be there; else they count when
 * they are whole.
 */
export function readDocument(
  { file, text }: RuleText,
  lists: PlaceholderLists,
  strict: boolean,
): LoadedDocument {
  const { root, problems: unread } = readYaml(text, file);
  const problems: Problem[] = [...unread];
  const report: Report = ({ line, column }, what, fix) => {
    problems.push({ file, line, column, what, fix });
  };
  const document = root === undefined ? undefined : readRoot(root, file, lists, strict, report);
  if (root === undefined || document === undefined || problems.length > 0)
    return { kind: 'unread', file, text, problems: inOrder(problems) };
  return { ...document, file, text, problems: [], idAt: positionOf(root, ['id']) };
}

type Omitted<T> = T extends Sound ? Omit<T, 'file' | 'text' | 'problems' | 'idAt'> : never;

function readRoot(
  root: Read,
  file: string,
  lists: PlaceholderLists,
  strict: boolean,
  report: Report,
): Omitted<LoadedDocument> | undefined {
  const added = (rule: Rule | undefined): Additions => {
    if (root.kind !== 'map') return noAdditions;
    const { additions, problems } = readAdditions(root, file, rule);
    if (!strict) return problems.length === 0 ? additions : noAdditions;
    for (const { line, column, what, fix } of problems) report({ line, column }, what, fix);
    return additions;
  };
  if (isFilter(root)) {
    const filter = parseFilter(root, file, lists, report);
    if (strict && filter !== undefined)
      for (const key of filter.extra)
        if (key !== 'custom')
          report(positionOf(root, [key]), `unknown key \`${key}\``, 'mend the spelling, or remove it');
    return filter && { kind: 'filter', filter, id: filter.id ?? '' };
  }
  if (isCorrelation(root)) {
    const correlation = parseCorrelation(root, file, report);
    const additions = added(undefined);
    return correlation && { kind: 'correlation', correlation, additions, id: correlation.id ?? '' };
  }
  const rule = parseRuleDocument(root, file, lists, report);
  const additions = added(rule);
  const logSourceAt = positionOf(root, ['logsource']);
  return rule && { kind: 'rule', rule, additions, logSourceAt, id: rule.id ?? '' };
}
