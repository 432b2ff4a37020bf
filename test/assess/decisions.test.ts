import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadDecisions } from '../../src/assess/decisions.ts';

const known = {
  assertions: new Set(['logging.diagnostic-settings.kept', 'ai.access.keyless']),
  controls: new Set(['soc2:CC1.1']),
};

const fields = {
  id: 'EXC-2026-004',
  kind: 'exception',
  subject: 'logging.diagnostic-settings.kept',
  reason: 'The setting moves to the new hub until Friday.',
  requestedBy: 'ada@example.com',
  approvedBy: 'grace@example.com',
  from: '2026-03-02',
  expires: '2026-03-06T17:00:00Z',
};
type Fields = Partial<Record<keyof typeof fields | 'resource' | 'ticket', string>>;

const yamlOf = (...decisions: readonly Fields[]): string =>
  ['decisions:', ...decisions.map((decision) => `  - ${JSON.stringify(decision)}`)].join('\n');
const load = (...decisions: readonly Fields[]) => loadDecisions(yamlOf(...decisions), 'decisions.yml', known);
const whatIsWrong = (...decisions: readonly Fields[]): string[] =>
  load(...decisions).problems.map(({ what }) => what);

test('a decision says who asked, who approved, for how long and about what', () => {
  const { items, problems } = load(
    { ...fields, resource: '/Subscriptions/S1/ResourceGroups/RG' },
    { ...fields, id: 'ATT-1', kind: 'attestation', subject: 'soc2:CC1.1' },
  );
  expect(problems).toEqual([]);
  expect(items[0]).toEqual({
    ...fields,
    resource: '/subscriptions/s1/resourcegroups/rg',
    from: Date.UTC(2026, 2, 2),
    expires: Date.UTC(2026, 2, 6, 17),
  });
  expect(items[1]?.resource).toBe('*');
});

describe('nobody approves for himself', () => {
  for (const approvedBy of ['ada@example.com', 'Ada@Example.COM', ' ada@example.com ']) {
    test(`"${approvedBy}" is the one who asked`, () => {
      const { items, problems } = load({ ...fields, approvedBy });
      expect(items).toEqual([]);
      expect(problems).toMatchObject([
        { file: 'decisions.yml', line: 2, what: expect.stringContaining('cannot approve it') as string },
      ]);
    });
  }
});

describe('what a decision may not be', () => {
  const refused: readonly [string, Fields, string][] = [
    ['without an end', { ...fields, expires: undefined as unknown as string }, 'expires'],
    ['over before it begins', { ...fields, expires: '2026-03-01' }, 'it ends before it begins'],
    ['over the moment it begins', { ...fields, expires: '2026-03-02' }, 'it ends before it begins'],
    ['without a reason', { ...fields, reason: '  ' }, 'reason'],
    ['approved by nobody', { ...fields, approvedBy: ' ' }, 'approvedBy'],
    [
      'about an assertion that does not exist',
      { ...fields, subject: 'ai.acess.keyless' },
      'no assertion has this id',
    ],
    ['an exception to a control', { ...fields, subject: 'soc2:CC1.1' }, 'no assertion has this id'],
    ['an attestation of an assertion', { ...fields, kind: 'attestation' }, 'no control has this id'],
    ['a waiver', { ...fields, kind: 'waiver' }, 'kind'],
    ['more than the form asks', { ...fields, ticket: 'X-1' }, 'unknown key "ticket"'],
  ];
  for (const [name, decision, words] of refused) {
    test(`is ${name}`, () => {
      const { items, problems } = load(decision);
      expect(items).toEqual([]);
      expect(problems.map(({ what }) => what).join('\n')).toContain(words);
    });
  }

  const noTimes = ['soon', 'March 2', '2026-03-02T09:00', '2026-02-30T00:00:00', '1', '2026-13-01', ''];
  for (const from of noTimes) {
    test(`valid from "${from}", which means another moment on another machine, or none`, () => {
      expect(whatIsWrong({ ...fields, from }).join('\n')).toMatch(/from/);
    });
  }
});

test('two decisions with one id are told apart by place: the second one is reported', () => {
  const { problems } = load(
    { ...fields, id: 'EXC-10' },
    { ...fields, id: 'EXC-1' },
    { ...fields, id: 'EXC-10' },
  );
  expect(problems).toMatchObject([
    { line: 4, what: expect.stringContaining('another decision has this id') as string },
  ]);
});

test('everything wrong in the file is reported at once, each at its own place', () => {
  const { problems } = load(
    { ...fields, subject: 'nobody.knows' },
    { ...fields, id: 'EXC-2', approvedBy: fields.requestedBy, expires: '2026-03-01' },
    { ...fields, id: 'EXC-3', from: 'yesterday' },
  );
  expect(problems.map(({ line }) => line)).toEqual([2, 3, 3, 4]);
  for (const { column, what } of problems) {
    expect(column).toBeGreaterThan(5);
    expect(what).not.toBe('');
  }
});

test('when nobody can say what there is to decide about, the subject is not held against it', () => {
  expect(loadDecisions(yamlOf({ ...fields, subject: 'any.thing' }), 'd.yml', undefined).problems).toEqual([]);
});

describe('whatever the bytes are', () => {
  const texts = [
    '',
    'decisions:',
    'decisions: {}',
    '- 1',
    'decisions: [1, null, "x"]',
    '{',
    '\u0000',
    'a: *b',
  ];
  for (const text of texts) {
    test(`${JSON.stringify(text)} gives problems with a place, and no decision`, () => {
      const { items, problems } = loadDecisions(text, 'd.yml', known);
      expect(items).toEqual([]);
      expect(problems.length).toBeGreaterThan(0);
      for (const { line, column } of problems) expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
    });
  }

  test('no text makes it throw, and nothing is accepted unless all of it is right', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.record({ decisions: fc.array(fc.object()) }).map((value) => JSON.stringify(value)),
        ),
        (text) => {
          const { items, problems } = loadDecisions(text, 'd.yml', known);
          expect(items.length === 0 || problems.length === 0).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
