import type { Detection } from '../domain/detection.ts';
import type { Problem } from '../lib/errors.ts';
import { isJsonObject } from '../lib/json.ts';
import type { JsonValue } from '../lib/json.ts';
import type { Condition, Position, Rule } from '../sigma/ast.ts';
import { positionOf, specifiedKeys } from '../sigma/parse.ts';
import { entryOf, isTextList } from '../sigma/source.ts';
import type { Read } from '../sigma/source.ts';
import { badAttackTags } from './tags.ts';

/** What our own detections say beyond Sigma. */
export type Additions = Pick<Detection, 'assertion' | 'runbook' | 'observes' | 'resourceFields'>;

export interface ReadAdditions {
  readonly additions: Additions;
  readonly problems: readonly Problem[];
}

const ownKeys = new Set(['assertion', 'runbook', 'custom']);
/** Of the section itself `parseCorrelation` takes care. */
const correlationKeys = new Set(['correlation', 'generate']);
const customKeys = new Set(['observes', 'resource']);

/**
 * Reads and checks our own additions in a document, a rule or a correlation, even when something else is wrong in it.
 * The additions hold only when there is no problem.
 */
export function readAdditions(root: Read, file: string, rule: Rule | undefined): ReadAdditions {
  const problems: Problem[] = [];
  const report = ({ line, column }: Position, what: string, fix: string): void => {
    problems.push({ file, line, column, what, fix });
  };
  const at = (...path: readonly string[]): Position => positionOf(root, path);
  const value = (key: string): JsonValue | undefined => entryOf(root, key)?.value.json;
  const required = (key: 'assertion' | 'runbook', fix: string): string => {
    const found = value(key);
    if (typeof found === 'string' && found.trim() !== '') return found;
    report(at(key), found === undefined ? `\`${key}\` is missing` : `\`${key}\` is not a text`, fix);
    return '';
  };

  if (!/^(?:[^/]+\/)*[a-z0-9]+(?:_[a-z0-9]+)*\.yml$/u.test(file))
    report(
      at(),
      'file name is not snake_case with the ending .yml',
      'rename it like azure_vault_key_purged.yml',
    );
  if (value('id') === undefined) report(at(), '`id` is missing', 'give it a new UUID');
  if (value('level') === undefined)
    report(at(), '`level` is missing', 'write one of informational, low, medium, high, critical');
  if (value('description') === undefined || value('description') === '')
    report(at(), '`description` is missing', 'say what the rule sees and why it matters');
  const tags = value('tags') ?? [];
  for (const tag of isTextList(tags) ? badAttackTags(tags) : [])
    report(
      at('tags'),
      `tag \`${tag}\` is no ATT&CK or ATLAS id`,
      'write it like attack.t1685.002, attack.defense-impairment, atlas.aml.t0054',
    );
  for (const { key, keyAt } of root.kind === 'map' ? root.entries : [])
    if (!ownKeys.has(key) && !specifiedKeys.has(key) && !correlationKeys.has(key))
      report(keyAt, `unknown key \`${key}\``, 'mend the spelling, or remove it');
  for (const name of rule === undefined ? [] : unusedSearches(rule))
    report(at('detection', name), `search \`${name}\` is not used by the condition`, 'use it, or remove it');

  const additions: Additions = {
    assertion: required('assertion', 'name the assertion its matches speak to'),
    runbook: required('runbook', 'write the steps, the first doable from the alert alone'),
    ...readCustom(value('custom'), at, report),
  };
  return { additions, problems };
}

function readCustom(
  custom: JsonValue | undefined,
  at: (...path: readonly string[]) => Position,
  report: (at: Position, what: string, fix: string) => void,
): Pick<Additions, 'observes' | 'resourceFields'> {
  const plain = { observes: 'fail', resourceFields: [] } as const;
  if (custom === undefined) return plain;
  if (!isJsonObject(custom)) {
    report(at('custom'), '`custom` is not a map', 'give it `observes` or `resource`');
    return plain;
  }
  for (const key of Object.keys(custom))
    if (!customKeys.has(key))
      report(at('custom', key), `unknown key \`custom.${key}\``, 'known are `observes` and `resource`');
  const { observes = 'fail', resource = [] } = custom;
  const isVerdict = observes === 'fail' || observes === 'pass';
  if (!isVerdict) report(at('custom', 'observes'), '`custom.observes` is neither', 'write `pass` or `fail`');
  const fields: readonly JsonValue[] = Array.isArray(resource) ? (resource as readonly JsonValue[]) : [null];
  const resourceFields = fields.filter(
    (field) => typeof field === 'string' && field !== '',
  ) as readonly string[];
  if (resourceFields.length < fields.length)
    report(
      at('custom', 'resource'),
      '`custom.resource` is not a list of field names',
      'write a list, `- ` before each field',
    );
  return { observes: isVerdict ? observes : 'fail', resourceFields };
}

/** A filter that the condition forgot is a detection that fires on what it was meant to leave out. */
function unusedSearches({ searches, condition }: Rule): readonly string[] {
  const used = new Set(namesIn(condition));
  return searches.map(({ name }) => name).filter((name) => !used.has(name));
}

function namesIn(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'search':
      return [condition.name];
    case 'quantified':
      return condition.names;
    case 'not':
      return namesIn(condition.of);
    case 'and':
    case 'or':
      return condition.of.flatMap(namesIn);
  }
}
