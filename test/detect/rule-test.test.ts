import { describe, expect, test } from 'vitest';
import { mutationsOf } from '../../src/detect/mutate/score.ts';
import { readRuleCases } from '../../src/detect/rule-test.ts';
import { formatProblem } from '../../src/lib/errors.ts';
import { parseRule } from '../../src/sigma/parse.ts';

const file = 'tests/a.yml';
const two = `match:
    - name: purged
      record: { operationName: KeyPurge, properties: { id: k1, tags: [a, b] } }
    - name: purged by another
      like: purged
      set: { /properties/id: k2, /properties/tags/0: c }
miss:
    - name: backed up
      like: purged
      set: { /operationName: KeyBackup }
      remove: [/properties/tags]
    - name: nothing
      record: {}
`;

test('events are written out, or as what is different from one above', () => {
  const { cases, problems } = readRuleCases(two, file);
  expect(problems).toEqual([]);
  expect(cases).toEqual([
    {
      name: 'purged',
      shouldMatch: true,
      record: { operationName: 'KeyPurge', properties: { id: 'k1', tags: ['a', 'b'] } },
    },
    {
      name: 'purged by another',
      shouldMatch: true,
      record: { operationName: 'KeyPurge', properties: { id: 'k2', tags: ['c', 'b'] } },
    },
    {
      name: 'backed up',
      shouldMatch: false,
      record: { operationName: 'KeyBackup', properties: { id: 'k1' } },
    },
    { name: 'nothing', shouldMatch: false, record: {} },
  ]);
});

test('keys with a slash, a tilde or a dot in them are reached by their pointer', () => {
  const text = two
    .replace('properties: { id: k1', "'http://x/y~z.q': 1, properties: { id: k1")
    .replace('/operationName: KeyBackup', '/http:~1~1x~1y~0z.q: 2');
  const { cases, problems } = readRuleCases(text, file);
  expect(problems).toEqual([]);
  expect(cases[2]?.record['http://x/y~z.q']).toBe(2);
});

describe('what is wrong is said, with the place', () => {
  test.each([
    ['a key nobody knows', two.replace('remove:', 'removed:'), /tests\/a\.yml:11:\d+/],
    ['no name', two.replace('name: backed up', 'name: ""'), /a\.yml:\d+:\d+/],
    [
      'an event that is not above',
      two.replace('like: purged\n      set: { /op', 'like: nobody\n      set: { /op'),
      /no event that it could start from is called "nobody"/,
    ],
    [
      'a pointer that leads nowhere',
      two.replace('/properties/id: k2', '/props/id: k2'),
      /\/props\/id leads nowhere/,
    ],
    [
      'what is not there cannot be removed',
      two.replace('[/properties/tags]', '[/tags]'),
      /\/tags is not there/,
    ],
    ['two of one name', two.replace('name: nothing', 'name: purged'), /two events are called "purged"/],
    [
      'too few matches',
      two.replace(/ {4}- name: purged by another\n.*\n.*\n/u, ''),
      /1 of at least 2 events under `match`/,
    ],
    ['no YAML', 'match: [', /not YAML/],
  ])('%s', (_, text, wanted) => {
    expect(readRuleCases(text, file).problems.map(formatProblem).join('\n')).toMatch(wanted);
  });
});

const ruleText = (detection: string): string => `title: T
logsource: { product: azure, service: keyvault }
detection:
${detection.replaceAll(/^/gm, '    ')}
`;

function survivorsOf(detection: string, events: { match: readonly object[]; miss: readonly object[] }) {
  const { rule, at } = parseRule(ruleText(detection), 'r.yml');
  if (rule === undefined) throw new Error('no rule');
  const cases = (['match', 'miss'] as const).flatMap((kind) =>
    events[kind].map((record, index) => ({
      name: `${kind} ${index}`,
      record: record as Record<string, string>,
      shouldMatch: kind === 'match',
    })),
  );
  const { killed, survivors, equivalent } = mutationsOf(rule, at('detection', 'condition'), cases);
  return {
    killed,
    survivors: survivors.map(
      ({ operator, at: { line, column }, before, after }) =>
        `${line}:${column} ${operator}: ${before} -> ${after}`,
    ),
    equivalent: equivalent.map(
      ({ operator, before, equivalence }) => `${operator}: ${before}: ${equivalence ?? ''}`,
    ),
  };
}

test('a fault that no event notices is named with its place; with the event that notices it, it is gone', () => {
  const rule = 'selection:\n    operationName: [KeyPurge, SecretPurge]\ncondition: selection';
  const events = {
    match: [{ operationName: 'KeyPurge' }],
    miss: [{ operationName: 'KeyPurgeAll' }, { operationName: 'x KeyPurge' }],
  };
  expect(survivorsOf(rule, events).survivors).toEqual([
    '5:35 drop-value: equals SecretPurge -> (left out)',
    '5:35 loosen-affix: equals SecretPurge -> contains SecretPurge',
    '5:35 loosen-text: equals SecretPurge -> startswith Secret',
  ]);
  const better = {
    match: [...events.match, { operationName: 'SecretPurge' }],
    miss: [...events.miss, { operationName: 'SecretPurge of x' }],
  };
  expect(survivorsOf(rule, better).survivors).toEqual([]);
});

test('a filter that could be lost without notice is noticed by an event it leaves out', () => {
  const rule = 'a: { x: "1" }\nfilter: { y: "2" }\ncondition: a and not filter';
  const loose = survivorsOf(rule, { match: [{ x: '1' }], miss: [{ y: '2' }] }).survivors;
  expect(loose.some((text) => text.includes('drop-part: a and not filter -> a'))).toBe(true);
  const sharp = survivorsOf(rule, { match: [{ x: '1' }], miss: [{ x: '1', y: '2' }, { y: '3' }] }).survivors;
  expect(sharp.filter((text) => text.includes('drop-part') || text.includes('drop-not'))).toEqual([]);
});

test('a value that another value covers makes no difference, and does not count', () => {
  const rule = 'selection:\n    operationName|contains: [Purge, KeyPurge]\ncondition: selection';
  const { equivalent } = survivorsOf(rule, {
    match: [{ operationName: 'KeyPurge' }],
    miss: [{ operationName: 'x' }],
  });
  expect(equivalent).toEqual(['drop-value: contains KeyPurge: what it fits, contains Purge decides']);
});

test('an entry with `each` is an event for every value, from any event that is written out in full', () => {
  const text = two.replace(
    'miss:',
    `    - name: purged, whatever the key
      like: nothing
      each: { /operationName: [KeyPurge, SecretPurge], /count: [3] }
miss:`,
  );
  const { cases, problems } = readRuleCases(text, file);
  expect(problems).toEqual([]);
  expect(cases.slice(2, 5)).toEqual([
    {
      name: 'purged, whatever the key: KeyPurge',
      shouldMatch: true,
      record: { operationName: 'KeyPurge' },
    },
    {
      name: 'purged, whatever the key: SecretPurge',
      shouldMatch: true,
      record: { operationName: 'SecretPurge' },
    },
    { name: 'purged, whatever the key: 3', shouldMatch: true, record: { count: 3 } },
  ]);
});

test('an entry with `each` whose pointer leads nowhere is a problem with its name', () => {
  const text = two.replace('set: { /operationName: KeyBackup }', 'each: { /a/b: [1] }');
  expect(readRuleCases(text, file).problems.map(formatProblem)).toEqual([
    expect.stringContaining('miss.0 ("backed up"): /a/b leads nowhere'),
  ]);
});
