import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/lib/errors.ts';
import { parseRule } from '../../src/sigma/parse.ts';
import { problemsOf, ruleText } from './support.ts';

const whole = `title: Vault key purged
id: 00000000-0000-4000-8000-00000000d001
related:
    - id: 00000000-0000-4000-8000-00000000d002
      type: similar
name: vault_key_purged
status: test
description: A key was purged.
references:
    - https://example.com/keys
author: Plumbline
date: 2026-03-02
modified: 2026-03-03
tags:
    - attack.impact
    - attack.t1485
logsource:
    product: azure
    service: keyvault
    definition: AuditEvent is sent to the hub
detection:
    selection:
        operationName: KeyPurge
    condition: selection
fields:
    - identity
falsepositives:
    - A clean-up
level: high
scope:
    - server
license: MIT
taxonomy: sigma
assertion: keys.protected
custom:
    observes: pass
`;

const problems = (text: string): readonly string[] => parseRule(text, 'r.yml').problems.map(formatProblem);

test('a whole rule is read, with the keys that are ours kept as they stand', () => {
  const { rule, problems: found, at } = parseRule(whole, 'vault_key_purged.yml');
  expect(found).toEqual([]);
  expect(rule).toMatchObject({
    file: 'vault_key_purged.yml',
    title: 'Vault key purged',
    status: 'test',
    level: 'high',
    date: '2026-03-02',
    tags: ['attack.impact', 'attack.t1485'],
    fields: ['identity'],
    falsePositives: ['A clean-up'],
    related: [{ id: '00000000-0000-4000-8000-00000000d002', type: 'similar' }],
    logSource: { product: 'azure', service: 'keyvault' },
    condition: { kind: 'search', name: 'selection' },
    extra: { assertion: 'keys.protected', custom: { observes: 'pass' } },
    taxonomy: 'sigma',
    license: 'MIT',
    scope: ['server'],
  });
  expect(rule?.logSource).not.toHaveProperty('definition');
  expect(at('custom', 'observes')).toEqual({ line: 36, column: 5 });
  expect(at('custom', 'absent')).toEqual({ line: 35, column: 1 });
  expect(at('absent')).toEqual({ line: 1, column: 1 });
});

test('the tree is frozen to its leaves', () => {
  const { rule } = parseRule(whole, 'r.yml');
  const [search] = rule?.searches ?? [];
  expect(Object.isFrozen(rule)).toBe(true);
  expect(Object.isFrozen(search)).toBe(true);
  expect(Object.isFrozen(search?.kind === 'maps' ? search.maps[0]?.[0]?.values[0]?.anyOf : undefined)).toBe(
    true,
  );
});

test('everything wrong in a file is said at once, in the order of the file, with its place', () => {
  const text = `title: ''
id: 17
status: stabel
tags:
    - attack.T1485
logsource:
    product: Azure
detection:
    selection:
        field|contians: x
        other: [null]
    condition: selection and filter
level: severe
`;
  expect(problems(text).map((line) => line.split('  ', 2).join('  '))).toEqual([
    'r.yml:1:8  `title` is not a text',
    'r.yml:2:5  `id` is not a text',
    'r.yml:3:9  `status` is none that Sigma knows',
    'r.yml:5:7  `attack.T1485` is not of the form of `tags`',
    'r.yml:7:14  `logsource.product` is not a text in lower case',
    'r.yml:10:9  unknown modifier `contians`',
    'r.yml:11:17  `null` inside a list',
    'r.yml:12:30  condition names the search `filter`, which is not defined',
    'r.yml:13:8  `level` is none that Sigma knows',
  ]);
});

describe('documents that are no detection', () => {
  test.each([
    ['', 'r.yml:1:1  file is empty'],
    ['# only a comment', 'r.yml:1:1  file is empty'],
    ['- a', 'r.yml:1:1  file is not a map of keys'],
    ['text', 'r.yml:1:1  file is not a map of keys'],
    ['title: a\ncorrelation:\n    type: event_count', 'r.yml:2:1  a detection rule has no `correlation`'],
    ['filter:\n    rules: any', 'r.yml:1:1  a detection rule has no `filter`'],
    ['action: global\ntitle: a', 'r.yml:1:1  a detection rule has no `action`'],
    ['title: a\n---\ntitle: b', 'file holds more than one document'],
    ['title: [a', 'r.yml:1:10  not readable as YAML'],
    ['title: a\ntitle: b', 'r.yml:2:1  not readable as YAML: Map keys must be unique'],
    ['title: &a x\nlevel: *a', 'r.yml:2:8  `*a` is an alias'],
    ['? [a]\n: b', 'key is not a text'],
    ['title: 0x1FFFFFFFFFFFFFF', '`0x1FFFFFFFFFFFFFF` cannot be kept exactly'],
  ])('%j: %s', (text, problem) => {
    const found = problems(text);
    expect(found[0]).toContain(problem);
    expect(parseRule(text, 'r.yml').rule).toBeUndefined();
  });
});

test.each([
  ['title: x', '`logsource` is missing'],
  ['title: x', '`detection` is missing'],
  ['logsource: {product: a}', '`title` is missing'],
  ['logsource: {}', '`logsource` names no log'],
  ['logsource: {definition: x}', '`logsource` names no log'],
  ['logsource: {product: 5}', '`logsource.product` is not a text in lower case'],
  ['detection: []', '`detection` is not a map'],
  ['detection: {condition: a}', '`detection` has no search'],
  ['detection: {a: {b: c}}', '`detection` has no `condition`  add `condition: a`'],
  ['detection: {a: x, condition: a}', 'search `a` is a single value'],
  ['detection: {a: {}, condition: a}', 'search `a` has an empty map'],
  ['detection: {a: [], condition: a}', 'list of values is empty'],
  ['detection: {a: [{}], condition: a}', 'search `a` has an empty map'],
  ["detection: {a: {'': x}, condition: a}", 'field name is empty'],
  ['detection: {a b: {c: d}, condition: a}', 'search name `a b` cannot be used in a condition'],
  ['detection: {a: {c: d}, timeframe: 5m, condition: a}', '`timeframe` is not part of Sigma 2'],
  ['id: not-a-uuid', '`id` is not a UUID'],
  ['date: 2026-13-01', '`date` is not a date like 2026-03-02'],
  ['references: https://example.com', '`references` is not a list of texts'],
  ['falsepositives: [1]', '`falsepositives` is not a list of texts'],
  ['related: x', '`related` is not a list'],
  ['related: [{id: a}]', '`related` entry needs `id` and `type`'],
  ['related: [{id: a, type: cousin}]', '`related` entry needs `id` and `type`'],
])('%s: %s', (text, problem) => {
  expect(problems(text)).toContainEqual(expect.stringContaining(problem));
});

test('what is too long or nested too deep is refused', () => {
  expect(problems(`title: ${'x'.repeat(257)}`)).toContainEqual(
    expect.stringContaining('`title` is longer than 256 characters'),
  );
  expect(problems(`a: ${'['.repeat(60)}${']'.repeat(60)}`)).toEqual([
    expect.stringContaining('nested more than 50 deep'),
  ]);
  const brackets = `a: ${'['.repeat(5000)}${']'.repeat(5000)}`;
  for (const text of [brackets, '- '.repeat(5000), '[{a: '.repeat(5000), '? '.repeat(5000)])
    expect(problems(text)).toContainEqual(expect.stringContaining('nested more than 50 deep'));
});

test('values that look alike are kept apart', () => {
  const { rule } = parseRule(
    ruleText(
      `s:\n        a: ''\n        b:\n        c: '5'\n        d: 5\n        e: 'null'\n    condition: s`,
    ),
    'r.yml',
  );
  const [search] = rule?.searches ?? [];
  const kinds = search?.kind === 'maps' ? search.maps[0]?.map(({ values }) => values[0]?.anyOf[0]?.kind) : [];
  expect(kinds).toEqual(['text', 'null', 'text', 'number', 'text']);
});

test('text that resembles YAML is read or refused, never thrown over', () => {
  const piece = fc.constantFrom(
    'title: ',
    'logsource:',
    'detection:',
    'condition: ',
    'selection',
    'a|re: ',
    'b|cidr: ',
    'c|expand: ',
    '|all: ',
    '- ',
    ': ',
    '\n',
    '    ',
    '\t',
    "'",
    '"',
    '[',
    ']',
    '{',
    '}',
    '*',
    '&x ',
    '!!binary ',
    '!<',
    '%',
    '%x%',
    '\\',
    '---',
    '...',
    '|',
    '>',
    '?',
    '#',
    '\u0000',
    '\uFEFF',
    '😀',
    '~',
    'null',
    '1e999',
    '<<: ',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
      ),
      fc.boolean(),
      (text, isInside) => {
        const { rule, problems: found } = parseRule(isInside ? ruleText(text) : text, 'r.yml');
        expect(rule === undefined).toBe(found.length > 0);
        for (const { line, column, what } of found) {
          expect(Math.min(line, column)).toBeGreaterThan(0);
          expect(what).not.toBe('');
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('a rule cannot reach beyond its own keys', () => {
  expect(problemsOf('__proto__:\n        a: b\n    condition: __proto__')).toEqual([]);
  const { rule } = parseRule(`${whole}__proto__:\n    polluted: true\n`, 'r.yml');
  expect(Object.keys(rule?.extra ?? {})).toEqual(['assertion', 'custom', '__proto__']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
