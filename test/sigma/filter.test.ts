import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/lib/errors.ts';
import type { Rule } from '../../src/sigma/ast.ts';
import { explain } from '../../src/sigma/evaluate.ts';
import { applyFilters, filterFits, parseFilter } from '../../src/sigma/filter.ts';
import type { Filter } from '../../src/sigma/filter.ts';
import { readYaml } from '../../src/sigma/source.ts';
import { ruleOf, verdict } from './support.ts';

const lists = { admins: ['ada@example.com', 'grace@example.com'] };

function read(text: string): { readonly filter: Filter | undefined; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const { root } = readYaml(text, 'f.yml');
  const filter =
    root &&
    parseFilter(root, 'f.yml', lists, ({ line, column }, what, fix) =>
      problems.push(formatProblem({ file: 'f.yml', line, column, what, fix })),
    );
  return { filter, problems };
}

const text = (condition: string, more = ''): string => `title: Known administrators
logsource:
    product: azure
filter:
    rules: [deletion]
    selection:
        user: ada@example.com
    other:
        user: grace@example.com
    condition: ${condition}
${more}`;

/** @throws Error with every problem when there is one. */
function filterOf(condition: string): Filter {
  const { filter, problems } = read(text(condition));
  if (filter === undefined) throw new Error(problems.join('\n'));
  return filter;
}

const rule: Rule = ruleOf('selection:\n        operation: delete\n    condition: 1 of them');
const leftOut = (condition: string, user: string): boolean =>
  !verdict(applyFilters(rule, [filterOf(condition)]), { operation: 'delete', user });

test('a filter leaves out matches of the rules it names, and nothing else', () => {
  const filtered = applyFilters(rule, [filterOf('selection')]);
  expect(verdict(filtered, { operation: 'delete', user: 'ada@example.com' })).toBe(false);
  expect(verdict(filtered, { operation: 'delete', user: 'eve@example.com' })).toBe(true);
  expect(verdict(filtered, { operation: 'delete' })).toBe(true);
  expect(verdict(filtered, { operation: 'read', user: 'eve@example.com' })).toBe(false);
});

describe('filter polarity: what a condition names is left out, with or without `not` around all of it', () => {
  test.each([
    ['selection', true, false],
    ['not selection', true, false],
    ['not 1 of selection', true, false],
    ['selection or other', true, true],
    ['not (selection or other)', true, true],
    ['not selection and not other', true, true],
    ['selection and other', false, false],
    ['not selection or not other', false, false],
    ['not (selection and not other)', true, false],
  ])('%s', (condition, ada, grace) => {
    expect(leftOut(condition, 'ada@example.com')).toBe(ada);
    expect(leftOut(condition, 'grace@example.com')).toBe(grace);
    expect(leftOut(condition, 'eve@example.com')).toBe(false);
  });

  test.each(['selection and not other', 'not selection and other', 'selection or not other'])(
    '%s could be read either way, and is refused',
    (condition) => {
      expect(read(text(condition)).problems).toEqual([
        expect.stringMatching(/^f\.yml:10:5 {2}condition mixes what is left out with what is not/u),
      ]);
    },
  );
});

test('several filters each leave out their own; their searches keep out of the way of the rule', () => {
  const [one, other] = [filterOf('selection'), filterOf('other')];
  const filtered = applyFilters(rule, [one, other]);
  for (const user of ['ada@example.com', 'grace@example.com'])
    expect(verdict(filtered, { operation: 'delete', user })).toBe(false);
  expect(verdict(filtered, { operation: 'delete', user: 'eve@example.com' })).toBe(true);
  const names = explain(filtered, { operation: 'delete' }).searches.map(({ name }) => name);
  expect(names).toEqual([
    'selection',
    'filter 1: selection',
    'filter 1: other',
    'filter 2: selection',
    'filter 2: other',
  ]);
  expect(applyFilters(rule, [])).toBe(rule);
});

test('a filter may name lists, and read a field in any spelling', () => {
  const { filter, problems } = read(`title: Known administrators
logsource:
    product: azure
filter:
    rules: any
    selection:
        Initiatedby|contains|expand: '%admins%'
    condition: selection
`);
  expect(problems).toEqual([]);
  const audit = { ...rule, logSource: { product: 'azure', service: 'auditlogs' } };
  const by = (userPrincipalName: string) => ({
    operation: 'delete',
    properties: { initiatedBy: { user: { userPrincipalName } } },
  });
  const filtered = applyFilters(audit, filter === undefined ? [] : [filter]);
  expect(verdict(filtered, by('Grace@example.com'))).toBe(false);
  expect(verdict(filtered, by('eve@example.com'))).toBe(true);
});

test.each([
  [{ product: 'azure' }, { product: 'azure', service: 'auditlogs' }, true],
  [{ product: 'azure', service: 'auditlogs' }, { product: 'azure', service: 'auditlogs' }, true],
  [{ product: 'azure', service: 'signinlogs' }, { product: 'azure', service: 'auditlogs' }, false],
  [{ product: 'azure', service: 'auditlogs' }, { product: 'azure' }, false],
])('a filter for %j is for a rule of %j: %s', (filter, logSource, fits) => {
  expect(filterFits({ logSource: filter }, { logSource })).toBe(fits);
});

test('everything wrong in a filter is told with its place', () => {
  const { filter, problems } = read(`id: no-uuid
detection: {}
filter:
    selection:
        user|startwith: a
        name|expand: '%missing%'
    condition: selections
`);
  expect(filter).toBeUndefined();
  expect(problems.map((problem) => problem.split('  ', 2).join('  '))).toEqual([
    'f.yml:2:1  a filter has no `detection`',
    'f.yml:1:1  `title` is missing',
    'f.yml:1:5  `id` is not a UUID',
    'f.yml:1:1  `logsource` is missing',
    'f.yml:3:1  `filter` has no `rules`',
    'f.yml:5:9  unknown modifier `startwith`',
    'f.yml:6:22  no list `missing` for the placeholder `%missing%`',
    'f.yml:7:16  condition names the search `selections`, which is not defined',
  ]);
});

test.each([
  '- a\n- b',
  'title: a\nlogsource:\n    product: azure\nfilter: text',
  'filter:\n    rules: text',
  'filter:\n    rules: []',
])('a filter of another form is refused: %j', (strange) => {
  const { filter, problems } = read(strange);
  expect(filter).toBeUndefined();
  expect(problems.length).toBeGreaterThan(0);
});
