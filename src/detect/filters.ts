import type { Problem } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { Rule } from '../sigma/ast.ts';
import { filterFits } from '../sigma/filter.ts';
import type { Filter } from '../sigma/filter.ts';
import type { LoadedDocument } from './document.ts';

export interface LoadedFilter {
  readonly filter: Filter;
  /** SHA-256 of the file, hex: part of the version of every rule it is for. */
  readonly digest: string;
}

export interface AttachedFilters {
  readonly filters: readonly LoadedFilter[];
  readonly filtersOf: (rule: Rule) => readonly LoadedFilter[];
  readonly problems: readonly Problem[];
}

/** Ties filters to the rules they name. A filter that names nothing, or a rule of another log source, is a problem. */
export function attachFilters(documents: readonly LoadedDocument[]): AttachedFilters {
  const rules = documents.flatMap((document) => (document.kind === 'rule' ? document.rule : []));
  // A rule that could not be read is named as well; its own problems are told already.
  const unread = documents.some(({ kind }) => kind === 'unread');
  const filters = documents.flatMap((document) =>
    document.kind === 'filter' ? { filter: document.filter, digest: sha256Hex(document.text) } : [],
  );
  const attached = new Map<Rule, LoadedFilter[]>();
  const problems: Problem[] = [];
  for (const loaded of filters) {
    const { filter } = loaded;
    const attach = (rule: Rule): void => {
      attached.set(rule, [...(attached.get(rule) ?? []), loaded]);
    };
    if (filter.rules === 'any') {
      rules.filter((rule) => filterFits(filter, rule)).forEach(attach);
      continue;
    }
    for (const { text, at } of filter.rules) {
      const rule = rules.find(({ id, name }) => id?.toLowerCase() === text.toLowerCase() || name === text);
      if (rule !== undefined && filterFits(filter, rule)) attach(rule);
      else if (rule !== undefined)
        problems.push({
          file: filter.file,
          ...at,
          what: `the rule \`${text}\` (${rule.file}) reads another log source than this filter`,
          fix: 'name the same `logsource` in both',
        });
      else if (!unread)
        problems.push({
          file: filter.file,
          ...at,
          what: `no rule has the id or name \`${text}\``,
          fix: 'mend it, or remove it: a filter for nothing hides nothing',
        });
    }
  }
  return { filters, filtersOf: (rule) => attached.get(rule) ?? [], problems };
}
