import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadDetections } from '../../src/detect/load.ts';
import { formatProblem } from '../../src/lib/errors.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { evaluate } from '../../src/sigma/evaluate.ts';
import { detectionText } from './support.ts';

const purged = { file: 'azure/vault_key_purged.yml', text: detectionText() };

const list = (values: string, changes = ''): string =>
  `version: '1.0.0'\nowner: Security operations\nreviewed: '2026-03-02'\nvalues: ${values}\n${changes}`;

const filter = (rules = '[00000000-0000-4000-8000-00000000d001]', service = 'keyvault'): string =>
  `title: Planned clean-up
id: 00000000-0000-4000-8000-00000000f001
logsource: {product: azure, service: ${service}}
filter:
    rules: ${rules}
    selection: {properties.id: planned}
    condition: selection
`;

const correlation = `title: Keys purged in bulk
id: 00000000-0000-4000-8000-00000000e001
description: Many keys were purged.
level: critical
correlation:
    type: event_count
    rules: [vault_key_purged]
    group-by: [identity]
    timespan: 10m
    condition: {gte: 5}
assertion: keys.protected
runbook: Ask the caller.
`;

test('rules, correlations, filters and lists of one folder are told apart by what they hold', () => {
  const { items, correlations, filters, lists, problems } = loadDetections([
    purged,
    { file: 'lists/approved.yml', text: list('[ada@example.com]') },
    { file: 'azure/keys_purged_in_bulk.yml', text: correlation },
    { file: 'filters/planned_clean_up.yml', text: filter() },
  ]);
  expect(problems.map(formatProblem)).toEqual([]);
  expect(items.map(({ detection }) => detection.name)).toEqual(['vault_key_purged']);
  expect(correlations).toMatchObject([
    {
      detection: {
        name: 'keys_purged_in_bulk',
        level: 'critical',
        assertion: 'keys.protected',
        logSource: {},
      },
      correlation: { type: 'event_count', name: 'keys_purged_in_bulk' },
    },
  ]);
  expect(filters.map(({ filter: { title } }) => title)).toEqual(['Planned clean-up']);
  expect(lists).toMatchObject([{ name: 'approved', version: '1.0.0', reviewed: '2026-03-02' }]);
});

describe('lists', () => {
  const rule = {
    file: 'a.yml',
    text: detectionText({ 'operationName: KeyPurge': "identity|expand: '%approved%'" }),
  };
  const load = (values: string) => loadDetections([rule, { file: 'lists/approved.yml', text: list(values) }]);

  test('fill the placeholders of rules, and are part of their version and of the pack', () => {
    const one = load('[ada@example.com]');
    const two = load('[ada@example.com, grace@example.com]');
    expect(one.problems).toEqual([]);
    const matches = ({ items }: typeof one): boolean =>
      items.some((item) => evaluate(item.rule, { identity: 'grace@example.com' }).matched);
    expect([matches(one), matches(two)]).toEqual([false, true]);
    expect(one.items[0]?.detection.version).not.toBe(two.items[0]?.detection.version);
    expect(one.packVersion).not.toBe(two.packVersion);
    expect(load('[ada@example.com]').packVersion).toBe(one.packVersion);
  });

  test('that no rule uses change nothing', () => {
    const alone = loadDetections([purged]);
    const beside = loadDetections([purged, { file: 'lists/approved.yml', text: list('[a]') }]);
    expect(beside.packVersion).toBe(alone.packVersion);
    expect(alone.items[0]?.detection.version).toBe(sha256Hex(purged.text));
  });

  test('that are missing refuse the rule, and are named', () => {
    expect(loadDetections([rule]).problems.map(formatProblem)).toEqual([
      'a.yml:18:26  no list `approved` for the placeholder `%approved%`  give a list `approved` with a value or more',
    ]);
  });

  test.each([
    ['lists/a.yml', list('[]'), 'lists/a.yml:4:9  `values` is not a list of texts'],
    ['lists/a.yml', list('[1]'), 'lists/a.yml:4:9  `values` is not a list of texts'],
    ['lists/a.yml', list('[a]', 'more: 1'), 'lists/a.yml:5:1  unknown key `more`'],
    ['lists/a b.yml', list('[a]'), 'lists/a b.yml:1:1  file name cannot be a placeholder'],
    ['lists/a.yml', '- a', 'lists/a.yml:1:1  file is not a map of keys'],
    ['lists/a.yml', list('[a]').replace("'1.0.0'", '1'), 'lists/a.yml:1:10  `version` does not fit'],
    ['lists/a.yml', list('[a]').replace('owner', 'owned'), 'lists/a.yml:1:1  `owner` is missing'],
    ['lists/a.yml', list('[a]').replace("'2026-03-02'", 'soon'), 'lists/a.yml:3:11  `reviewed` does not fit'],
  ])('that are wrong are told: %s %j', (file, text, problem) => {
    expect(loadDetections([{ file, text }]).problems.map(formatProblem)).toContainEqual(
      expect.stringContaining(problem),
    );
  });
});

describe('filters', () => {
  const load = (text: string) => loadDetections([purged, { file: 'filters/planned.yml', text }]);

  test.each(['[00000000-0000-4000-8000-00000000D001]', 'any'])(
    'of %s take matches away, and are part of the version',
    (rules) => {
      const { items, problems } = load(filter(rules));
      expect(problems).toEqual([]);
      const [item] = items;
      const matches = (id: string) =>
        item !== undefined && evaluate(item.rule, { operationName: 'KeyPurge', properties: { id } }).matched;
      expect([matches('planned'), matches('other')]).toEqual([false, true]);
      expect(item?.detection.version).not.toBe(sha256Hex(purged.text));
    },
  );

  test('for every rule leave those of other log sources alone', () => {
    const { items, problems } = load(filter('any', 'storage'));
    expect(problems).toEqual([]);
    expect(items[0]?.detection.version).toBe(sha256Hex(purged.text));
  });

  test('that name no rule, or one of another log source, are told', () => {
    expect(load(filter('[nobody]')).problems.map(formatProblem)).toEqual([
      expect.stringContaining('filters/planned.yml:5:13  no rule has the id or name `nobody`'),
    ]);
    expect(load(filter(undefined, 'storage')).problems.map(formatProblem)).toEqual([
      expect.stringContaining('filters/planned.yml:5:13  the rule `00000000-0000-4000-8000-00000000d001`'),
    ]);
    expect(load(`${filter()}reason: none\n`).problems.map(formatProblem)).toEqual([
      expect.stringContaining('filters/planned.yml:8:1  unknown key `reason`'),
    ]);
  });
});

test('every problem of every file is told, each with its line and column', () => {
  const broken = detectionText({
    'level: high': 'level: hihg',
    'assertion: keys.protected': '',
    'operationName: KeyPurge': 'operationName|startwith: KeyPurge',
    'condition: selection and not filter': 'condition: selection and not filtr',
  });
  const { items, problems } = loadDetections([
    { file: 'a.yml', text: broken },
    { file: 'b.yml', text: correlation.replace('10m', 'soon').replace('runbook', 'runbok') },
    { file: 'c.yml', text: filter('[]').replace('condition: selection', 'condition: [') },
    { file: 'lists/d.yml', text: list('none') },
  ]);
  expect(items).toEqual([]);
  expect(problems.map((problem) => formatProblem(problem).split('  ', 2).join('  '))).toEqual([
    'lists/d.yml:4:9  `values` is not a list of texts',
    'a.yml:1:1  `assertion` is missing',
    'a.yml:18:9  unknown modifier `startwith`',
    'a.yml:21:34  condition names the search `filtr`, which is not defined',
    'a.yml:24:8  `level` is none that Sigma knows',
    'b.yml:1:1  `runbook` is missing',
    expect.stringMatching(/^b\.yml:9:15 {2}/u),
    'b.yml:12:1  unknown key `runbok`',
    expect.stringMatching(/^c\.yml:8:\d+ {2}not readable as YAML/u),
  ]);
});

describe('whatever the files hold', () => {
  const scalar = fc.oneof(
    fc.constantFrom(
      'selection',
      '*',
      '%a%',
      'KeyPurge',
      '',
      '~',
      'not selection',
      'azure',
      '1 of them',
      'any',
    ),
    fc.string({ maxLength: 12 }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const key = fc.constantFrom(
    ...'title id name logsource product service detection selection condition filter rules correlation type timespan group-by aliases level tags custom observes resource values version field|re field|cidr field|all field|expand |contains field|fieldref'.split(
      ' ',
    ),
  );
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { maxDepth: 5 },
      scalar,
      fc.array(tie('document'), { maxLength: 3 }),
      fc.dictionary(key, tie('document'), { maxKeys: 6 }),
    ),
  }));
  const file = fc.constantFrom('a.yml', 'b/c.yml', 'lists/a.yml', 'lists/%.yml', 'Strange Name');

  test('loading says what is wrong and never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(file, document), { maxLength: 3 }), fc.boolean(), (texts, strict) => {
        const loaded = loadDetections(
          texts.map(([name, value]) => ({ file: name, text: JSON.stringify(value) })),
          { strict },
        );
        for (const problem of loaded.problems) {
          expect(problem.line).toBeGreaterThan(0);
          expect(problem.column).toBeGreaterThan(0);
          expect(problem.what).not.toBe('');
        }
        const sound =
          loaded.items.length + loaded.correlations.length + loaded.filters.length + loaded.lists.length;
        expect(sound + new Set(loaded.problems.map((problem) => problem.file)).size > 0).toBe(
          texts.length > 0,
        );
      }),
      { numRuns: 300 },
    );
  });

  test('neither does it for text that is no YAML', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc
            .array(
              fc.constantFrom(
                'filter:',
                'correlation:',
                ' ',
                '\n',
                '- ',
                '&a',
                '*a',
                '!!x',
                '"',
                '{',
                '|',
                '%',
                '\t',
                'rules: ',
              ),
            )
            .map((parts) => parts.join('')),
        ),
        (text) => {
          const { items, problems } = loadDetections([{ file: 'a.yml', text }]);
          expect(items).toEqual([]);
          expect(problems.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
