import { describe, expect, test } from 'vitest';
import { modifiers } from '../../src/sigma/modifiers.ts';
import { problemsOf, problemsOfLine, ruleOf, selection, testsOf, verdict } from './support.ts';

test('every modifier of the specification is there, and no other', () => {
  const specified =
    'all startswith endswith contains exists cased neq windash re i m s base64 base64offset utf16le utf16be utf16 wide lt lte gt gte minute hour day week month year cidr expand fieldref';
  expect(Object.keys(modifiers).toSorted()).toEqual(specified.split(' ').toSorted());
  for (const { says } of Object.values(modifiers)) expect(says).not.toBe('');
});

const base64 = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  Buffer.from(text, encoding).toString('base64');

describe('what each modifier asks', () => {
  test.each<readonly [line: string, value: unknown, expected: boolean]>([
    ['field|contains: Mid', 'a MIDDLE b', true],
    ['field|contains: mid', 'm-i-d', false],
    ['field|contains: 42', 'code 0421', true],
    ['field|contains: a*c', 'xxabcxx', true],
    ['field|startswith: ab', 'ABc', true],
    ['field|startswith: ab', 'cab', false],
    ['field|endswith: ab', 'cAB', true],
    ['field|endswith: ab', 'abc', false],
    ['field|all|contains: [one, two]', 'two one', true],
    ['field|contains|all: [one, two]', 'one', false],
    ['field|contains|all: [one, two]', ['one', 'two'], true],

    ['field|exists: true', '', true],
    ['field|exists: true', null, true],
    ['field|exists: true', undefined, false],
    ['field|exists: false', undefined, true],
    ['field|exists: false', 0, false],
    ['field|exists: true', [], true],

    ['field|cased: Abc', 'Abc', true],
    ['field|cased: Abc', 'abc', false],
    ['field|contains|cased: Bc', 'aBcd', true],
    ['field|cased|contains: Bc', 'abcd', false],

    ['field|neq: a', 'b', true],
    ['field|neq: a', 'A', false],
    ['field|neq: a', undefined, true],
    ['field|neq: a', ['b', 'a'], false],
    ['field|neq: [a, b]', 'c', true],
    ['field|neq: [a, b]', 'b', false],
    ['field|neq: 5', '5', false],
    ['field|neq: 5', 6, true],
    ['field|neq|contains: a', 'bab', false],
    ['field|neq: null', 'x', true],
    ['field|neq: null', undefined, false],

    ['field|windash|contains: " -enc "', 'powershell /ENC x', true],
    ['field|windash|contains: " -enc "', 'powershell —enc x', true],
    ['field|contains|windash: " /enc "', 'powershell –enc x', true],
    ['field|contains|windash: " /enc "', 'powershell ―enc x', true],
    ['field|contains|windash: " -enc "', 'powershell +enc x', false],
    ['field|windash: "-a -b"', '/a —b', true],
    ['field|windash: well-known', 'well/known', false],
    ['field|contains|all|windash: ["-a", "-b"]', '/b /a', true],
    ['field|contains|all|windash: ["-a", "-b"]', '/b', false],

    ['field|re: "^ab+c$"', 'abbc', true],
    ['field|re: "^ab+c$"', 'ABBC', false],
    ['field|re: "b+"', 'abbc', true],
    ['field|re: "a{2,3}"', 'caab', true],
    ['field|re: 42', 'x421', true],
    ['field|re|i: "^ab+c$"', 'ABBC', true],
    ['field|re: "^b$"', 'a\nb', false],
    ['field|re|m: "^b$"', 'a\nb', true],
    ['field|re: "a.b"', 'a\nb', false],
    ['field|re|s: "a.b"', 'a\nb', true],
    ['field|re|i|m|s: "^B.c"', 'a\nb\nc', true],
    ['field|re: "*"', '', 'refused' as never],
    ['field|re: a*', null, false],
    ['field|re: "\\\\d+"', 'abc1', true],

    ['field|base64: "http://"', base64('http://'), true],
    ['field|base64|contains: "ping"', `x ${base64('ping')} y`, true],
    ['field|wide|base64: cmd', base64('cmd', 'utf16le'), true],
    ['field|utf16le|base64: cmd', base64('cmd', 'utf16le'), true],
    ['field|utf16be|base64: cmd', Buffer.from([0, 0x63, 0, 0x6d, 0, 0x64]).toString('base64'), true],
    [
      'field|utf16|base64: cmd',
      Buffer.from([0xff, 0xfe, 0x63, 0, 0x6d, 0, 0x64, 0]).toString('base64'),
      true,
    ],
    ['field|wide|contains: ab', 'xa\u0000b\u0000y', true],
    ['field|utf16: a', 'ÿþa\u0000', true],
    ['field|base64offset|contains: "/bin/sh"', base64('xx/bin/sh yy'), true],
    ['field|wide|base64offset|contains: foobar', base64('x foobar y', 'utf16le'), true],
    ['field|base64offset|contains: "/bin/sh"', base64('xx/bin/zsh'), false],

    ['field|gt: 5', 6, true],
    ['field|gt: 5', 5, false],
    ['field|gt: 5', '5.5', true],
    ['field|gte: 5', 5, true],
    ['field|lt: 5', -1, true],
    ['field|lt: 5', 5, false],
    ['field|lte: 5', '5', true],
    ['field|lte: 5', '', false],
    ['field|lte: 5', '4 %', false],
    ['field|lte: 5', null, false],
    ['field|lte: 5', undefined, false],
    ['field|lt: 1.5', '1e0', true],
    ['field|gt: 0', true, false],
    ['field|gt: 3', [1, 4], true],

    ['field|minute: 7', '2026-03-02T09:07:59Z', true],
    ['field|hour: 23', '2026-03-02T23:30:00+02:00', true],
    ['field|hour|gte: 22', '2026-03-02T23:30:00.1234567Z', true],
    ['field|gte|hour: 22', '2026-03-02 21:59', false],
    ['field|hour: 0', '2026-03-02', false],
    ['field|day: 2', '2026-03-02', true],
    ['field|week: 53', '2021-01-03', true],
    ['field|week: 1', '2026-01-01', true],
    ['field|week: 1', '2025-12-29', true],
    ['field|month: 3', '2026-03-02T00:00:00Z', true],
    ['field|year|lt: 2026', '2025-12-31T23:59:59Z', true],
    ['field|year: 2026', '3/2/2026 9:07:00 AM', true],
    ['field|month: 3', '3/2/2026 9:07:00 AM', true],
    ['field|day: 2', '3/2/2026', true],
    ['field|hour: 18', '8/22/2022 6:07:16 PM', true],
    ['field|hour: 0', '11/3/2020 12:06:42 AM +00:00', true],
    ['field|hour: 12', '11/3/2020 12:06:42 PM', true],
    ['field|minute: 7', '8/22/2022 6:07:16 PM', true],
    ['field|week: 34', '8/22/2022 6:07:16 PM', true],
    ['field|hour: 6', '22/8/2022 6:07', false],
    ['field|year: 2026', 2026, false],

    ['field|cidr: 10.0.0.0/8', '10.255.0.1', true],
    ['field|cidr: 10.0.0.0/8', '11.0.0.1', false],
    ['field|cidr: [192.0.2.0/24, "2001:db8::/32"]', '2001:DB8::1', true],
    ['field|cidr: 192.0.2.7', '192.0.2.7', true],
    ['field|cidr: 203.0.113.0/24', '203.0.113.***', false],
    ['field|cidr: 192.0.2.0/24', '192.0.2.7:50432', true],
    ['field|cidr: 192.0.2.0/24', '::ffff:192.0.2.7', true],
    ['field|cidr: "2001:db8::/32"', '[2001:db8::7]:443', true],
    ['field|cidr: 0.0.0.0/0', '::1', false],
    ['field|cidr: 0.0.0.0/0', 1, false],
    ['field|neq|cidr: 10.0.0.0/8', '192.0.2.7', true],

    ['field|fieldref: other', 'SAME', true],
    ['field|fieldref: other', 'not same', false],
    ['field|fieldref|cased: other', 'SAME', false],
    ['field|fieldref|startswith: other', 'same as before', true],
    ['field|fieldref|endswith: other', 'the same', true],
    ['field|contains|fieldref: other', 'x', 'refused' as never],
    ['field|fieldref|contains: other', 'the same one', true],
    ['field|fieldref|neq: other', 'different', true],
    ['field|fieldref|neq: other', 'same', false],
    ['field|fieldref: nested.number', '7', true],
    ['field|fieldref: absent', 'same', false],
    ['field|fieldref: other', undefined, false],
    ['field|fieldref: field', null, false],
  ])('%s on %j is %s', (line, value, expected) => {
    const refused = problemsOfLine(line).length > 0;
    const record = {
      ...(value === undefined ? {} : { field: value as never }),
      other: 'same',
      nested: { number: 7 },
    };
    expect(refused ? 'refused' : verdict(selection(line), record)).toBe(expected);
  });
});

describe('which modifier may follow which', () => {
  const encodings = 'base64 base64offset utf16le utf16be utf16 wide';
  const numbers = 'lt lte gt gte minute hour day week month year';
  const parts = 'minute hour day week month year';
  const always = 'all neq';
  const after: Readonly<Record<string, string>> = {
    all: `neq expand startswith endswith contains exists cased windash re ${encodings} ${numbers} cidr fieldref`,
    neq: `all expand startswith endswith contains exists cased windash re ${encodings} ${numbers} cidr fieldref`,
    expand: `${always} startswith endswith contains cased windash re ${encodings} cidr fieldref`,
    // One of the three at most, and no encoding of the `*` that they add.
    startswith: `${always} expand cased windash`,
    endswith: `${always} expand cased windash`,
    contains: `${always} expand cased windash`,
    exists: always,
    cased: `${always} expand startswith endswith contains windash ${encodings}`,
    windash: `${always} expand startswith endswith contains cased ${encodings}`,
    // `i`, `m` and `s` belong to `re`, and are nothing without it.
    re: `${always} expand i m s`,
    i: '',
    m: '',
    s: '',
    base64: `${always} expand startswith endswith contains cased windash base64offset utf16le utf16be utf16 wide`,
    base64offset: `${always} expand startswith endswith contains cased windash base64 utf16le utf16be utf16 wide`,
    // Bytes are encoded once as text, then as Base64.
    utf16le: `${always} expand startswith endswith contains cased windash base64 base64offset`,
    utf16be: `${always} expand startswith endswith contains cased windash base64 base64offset`,
    utf16: `${always} expand startswith endswith contains cased windash base64 base64offset`,
    wide: `${always} expand startswith endswith contains cased windash base64 base64offset`,
    lt: `${always} ${parts}`,
    lte: `${always} ${parts}`,
    gt: `${always} ${parts}`,
    gte: `${always} ${parts}`,
    minute: `${always} lt lte gt gte`,
    hour: `${always} lt lte gt gte`,
    day: `${always} lt lte gt gte`,
    week: `${always} lt lte gt gte`,
    month: `${always} lt lte gt gte`,
    year: `${always} lt lte gt gte`,
    cidr: `${always} expand`,
    fieldref: `${always} expand startswith endswith contains cased`,
  };
  const names = Object.keys(modifiers);
  const lists = { words: ['one two'], more: ['three'], nets: ['192.0.2.0/24'], other: ['198.51.100.0/24'] };

  /** A value, or two for `all`, that suits both. */
  function valueFor(pair: readonly string[]): string {
    const [one, two] = pair.includes('expand')
      ? pair.includes('cidr')
        ? ["'%nets%'", "'%other%'"]
        : ["'%words%'", "'%more%'"]
      : pair.includes('cidr')
        ? ['192.0.2.0/24', '198.51.100.0/24']
        : pair.includes('exists')
          ? ['true', 'false']
          : pair.some((name) => numbers.split(' ').includes(name))
            ? ['5', '6']
            : ['one', 'two'];
    return pair.includes('all') ? `[${one}, ${two}]` : one;
  }

  test('the table names every modifier', () => {
    expect(Object.keys(after).toSorted()).toEqual(names.toSorted());
  });

  test.each(Object.entries(after))('after %s: %s', (name, followers) => {
    const legal = names.filter(
      (next) =>
        next !== name &&
        problemsOf(
          `selection:\n        field|${name}|${next}: ${valueFor([name, next])}\n    condition: selection`,
          lists,
        ).length === 0,
    );
    expect(legal.toSorted()).toEqual(followers.split(' ').filter(Boolean).toSorted());
  });

  test.each<readonly [line: string, value: unknown, expected: boolean]>([
    ['field|cased|base64: Ab', base64('Ab'), true],
    ['field|cased|base64: Ab', base64('Ab').toLowerCase(), false],
    ['field|base64|cased: Ab', base64('Ab').toLowerCase(), false],
    ['field|base64: Ab', base64('Ab').toLowerCase(), true],
    ['field|cased|wide|contains: Ab', 'xA\u0000b\u0000', true],
    ['field|cased|wide|contains: Ab', 'xa\u0000b\u0000', false],
    ['field|windash|base64: "-e"', base64('–e'), true],
    ['field|neq|all|contains: [a, b]', 'a', true],
    ['field|neq|all|contains: [a, b]', 'ab', false],
    ['field|all|neq|contains: [a, b]', 'ab', false],
    ['field|all|re: ["a.c", "^x"]', 'xabc', true],
    ['field|all|re: ["a.c", "^x"]', 'abc', false],
    ['field|re|neq: "^a"', 'b', true],
    ['field|all|gt: [1, 2]', 2, false],
    ['field|all|gt: [1, 2]', 3, true],
    ['field|all|cidr: [192.0.2.0/24, 192.0.2.0/25]', '192.0.2.200', false],
    ['field|all|cidr: [192.0.2.0/24, 192.0.2.0/25]', '192.0.2.1', true],
    ['field|hour|neq: 5', '2026-03-02T05:00:00Z', false],
    ['field|exists|neq: true', undefined, true],
    ['field|fieldref|all: [other, third]', 'same', false],
    ['field|fieldref|all|contains: [other, third]', 'same and more', true],
  ])('%s on %j is %s', (line, value, expected) => {
    const record = {
      ...(value === undefined ? {} : { field: value as never }),
      other: 'same',
      third: 'more',
    };
    expect(verdict(selection(line), record)).toBe(expected);
  });
});

test('expand fills in a list, and refuses the rule by the name of a list that is not there', () => {
  const lists = { approved_ips: ['192.0.2.0/24', '198.51.100.7'], admins: ['adm_*', 'root'], empty: [] };
  expect(verdict(selection("field|cidr|expand: '%approved_ips%'", lists), { field: '198.51.100.7' })).toBe(
    true,
  );
  expect(verdict(selection("field|expand: '%admins%'", lists), { field: 'ADM_eve' })).toBe(true);
  expect(
    verdict(selection("field|expand|contains: 'user=%admins%;'", lists), { field: 'x user=root; y' }),
  ).toBe(true);
  expect(verdict(selection("field|expand: ['%admins%', other]", lists), { field: 'other' })).toBe(true);
  expect(
    verdict(selection(String.raw`field|expand: '\%plain%admins%'`, lists), { field: '%plainroot' }),
  ).toBe(true);
  expect(verdict(selection("field: '%admins%'", lists), { field: '%admins%' })).toBe(true);
  expect(testsOf("field|expand: '%admins%-%admins%'", lists)).toHaveLength(4);
  expect(testsOf("field|expand: [5, true, '%admins%']", lists)).toHaveLength(4);

  const refusal = (line: string) =>
    problemsOf(`selection:\n        ${line}\n    condition: selection`, lists);
  expect(refusal("field|expand: '%Servers%'")).toEqual([
    'test.yml:6:23  no list `Servers` for the placeholder `%Servers%`  give a list `Servers` with a value or more',
  ]);
  expect(refusal("field|expand: '%empty%'")).toHaveLength(1);
  expect(refusal("field|expand: '%constructor%'")).toHaveLength(1);
  expect(refusal("field|expand: 'plain'")[0]).toContain('`expand` without a placeholder');
  const wide = { many: Array.from({ length: 101 }, (_, index) => `v${index}`) };
  expect(problemsOf("s:\n        field|expand: '%many%%many%%many%'\n    condition: s", wide)[0]).toContain(
    'placeholders give 1030301 values',
  );
});

test('a hostile regular expression takes linear time', () => {
  const rule = selection("field|re: '^(([a-z])+.)+[A-Z]([a-z])+$'");
  expect(verdict(rule, { field: 'a'.repeat(20_000) })).toBe(false);
  expect(problemsOfLine(`field|re: '${'('.repeat(20_000)}a${')'.repeat(20_000)}'`)).toEqual([
    expect.stringContaining('nests too deeply'),
  ]);
  expect(problemsOfLine("field|re: '((a{100}){100}){100}'")).toHaveLength(1);
});

describe('what does not fit is a problem that teaches', () => {
  test.each([
    ['field|contians: a', 'unknown modifier `contians`  known are: '],
    ['field|Contains: a', 'unknown modifier `Contains`  write `contains`'],
    ['field|not: a', 'unknown modifier `not`  write `not` in the condition'],
    ['field|: a', 'unknown modifier ``'],
    ['field|constructor: a', 'unknown modifier `constructor`'],
    ['field|contains|startswith: a', '`contains` and `startswith` together'],
    ['field|all: a', '`all` on a single value'],
    ['field|all: [a]', '`all` on a single value'],
    ['field|contains: true', '`contains` wants a text'],
    ['field|contains: null', '`contains` wants a text'],
    ['field|re|contains: a', '`contains` wants a text'],
    ['field|contains|re: a', '`re` wants a regular expression, untouched by other modifiers  put `re` first'],
    ['field|re: "a(?=b)"', 'regular expression not supported'],
    ['field|re: "(a)\\\\1"', 'regular expression not supported'],
    ['field|re: "a{2000}"', 'regular expression not supported'],
    ['field|re: "["', 'regular expression not supported'],
    ['field|i: a', '`i` belongs to `re`'],
    ['field|exists: yes', '`exists` wants `true` or `false`'],
    ['field|exists: 1', '`exists` wants `true` or `false`'],
    ['field|gt: "5"', '`gt` wants a number  write it without quotes'],
    ['field|gt|lt: 5', '`lt` wants a number'],
    ['field|hour: 24', 'no hour is 24  write 0 to 23'],
    ['field|month: 0', 'no month is 0'],
    ['field|day: 1.5', 'no day is 1.5'],
    ['field|hour: "5"', '`hour` wants a number'],
    ['field|hour|day: 5', '`day` wants a number'],
    ['field|cidr: 10.0.0.1/8', '`10.0.0.1/8` has bits set behind its prefix'],
    ['field|cidr: 10.0.0.0/33', '`/33` is longer than an address of 32 bits'],
    ['field|cidr: 10.0.0.0/x', '`/x` is not a prefix length'],
    ['field|cidr: 10.0.0.0/8/8', 'is not an IP network'],
    ['field|cidr: here', '`here` is not an IP network'],
    ['field|cidr: 10', '`cidr` wants a network'],
    ['field|base64: "a*"', '`base64` cannot encode wildcards'],
    ['field|contains|base64: a', '`base64` cannot encode wildcards'],
    ['field|wide: "a?"', '`wide` cannot encode wildcards'],
    ['field|utf16|wide: a', '`wide` wants a text'],
    ['field|base64: null', '`base64` wants a text'],
    ['field|base64offset: a', '`base64offset` needs two bytes or more'],
    ['field|windash: "-a -b -c -d -e -f"', '`windash` on more than 5 flags'],
    ['field|windash: true', '`windash` wants a text'],
    ['field|cased: true', '`cased` wants a text'],
    ['field|cased: null', '`cased` wants a text'],
    ['field|fieldref: 5', '`fieldref` wants the name of a field'],
    ['field|fieldref: ""', '`fieldref` wants the name of a field'],
    ['field: []', 'list of values is empty'],
    ['field: [null]', '`null` inside a list'],
    ["field: ['', null]", '`null` inside a list  give it a search of its own'],
    ['field: {a: 1}', 'value is a map'],
    ['field: [[1]]', 'value is a list'],
    ['field: 12345678901234567890', '`12345678901234567890` cannot be kept exactly  put it in quotes'],
    ['field: .inf', '`.inf` cannot be kept exactly'],
  ])('%s', (line, problem) => {
    expect(problemsOfLine(line)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('keywords', () => {
  const keywords = (body: string): string => `k:\n        ${body}\n    condition: k`;

  test.each([
    ["'|re': 'a+b'", { x: { y: 'caab' } }, true],
    ["'|re|i': ['A+B']", { x: 'aab' }, true],
    ["'|cased': [Abc]", { x: 'abc' }, false],
    ["'|contains|all': [a1, b2]", { x: 'a1', y: ['b2'] }, true],
    ["'|windash': [' -enc']", { x: 'p /enc' }, true],
    ["'|all': [12, true]", { x: 12, y: true }, true],
  ])('%s on %j is %s', (body, record, expected) => {
    expect(verdict(ruleOf(keywords(body)), record)).toBe(expected);
  });

  test.each([
    ["'|gt': 5", 'a test of kind `number` means nothing for keywords'],
    ["'|cidr': 10.0.0.0/8", 'a test of kind `cidr` means nothing for keywords'],
    ["'|startswith': a", '`startswith` means nothing for keywords'],
    ["'|neq': a", '`neq` means nothing for keywords'],
    ["'|all': [a]", '`all` on a single value'],
    ["'|nonsense': [a]", 'unknown modifier `nonsense`'],
    ['- null', '`null` is no keyword'],
    ['- a\n        - b: c', 'search `k` mixes keywords and maps'],
    ["'|all': [a, b]\n        c: d", 'search `k` mixes keywords and fields'],
  ])('%s is refused', (body, problem) => {
    expect(problemsOf(keywords(body))).toEqual([expect.stringContaining(problem)]);
  });
});
