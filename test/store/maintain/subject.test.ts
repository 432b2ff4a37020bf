import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bodyWithout } from '../../../src/store/erase/erase.ts';
import { recordSpans } from '../../../src/store/erase/record-spans.ts';
import { createSubject } from '../../../src/store/erase/subject.ts';
import {
  joinRewrites,
  parseRewrite,
  rewriteEntries,
  spansOf,
  countSpans,
} from '../../../src/proof/maintenance.ts';
import type { RewriteFacts } from '../../../src/proof/maintenance.ts';
import { endOf, longestFor, parsePeriod, periodText } from '../../../src/domain/retention.ts';
import { MAX_ENTRY_BYTES } from '../../../src/proof/tiles.ts';
import { loadRetention } from '../../../src/map/retention.ts';

const ada = createSubject(['ada@example.com', '192.0.2.1', '00000000-0000-0000-0000-00000000a001']);

describe('how texts name a person', () => {
  test.each([
    ['as it is', 'by ada@example.com.'],
    ['in other case', 'ADA@Example.COM'],
    ['in quotes', '{"upn":"ada@example.com"}'],
    ['escaped as JSON', String.raw`{"upn":"\u0061da@example.com"}`],
    ['in JSON in a string', String.raw`"{\"upn\":\"ada@example.com\"}"`],
    ['behind an escaped line end', String.raw`"x\nada@example.com"`],
    ['in JSON in a string in a string', JSON.stringify(JSON.stringify('\nada@example.com'))],
    ['in a URL', 'https://example.com/?u=ada%40example.com&x=1'],
    ['as an address with a port', '192.0.2.1:443'],
    ['as an id in a path', '/users/00000000-0000-0000-0000-00000000A001/x'],
  ])('%s', (_, text) => {
    expect(ada.isIn(text)).toBe(true);
    expect(ada.isIn(ada.replaceIn(text, 'erased:X', 'erased:X'))).toBe(false);
  });

  test.each([
    ['another person', 'nada@example.com'],
    ['another domain', 'ada@example.com.example.org'],
    ['a longer name', 'x.ada@example.com'],
    ['another address', '192.0.2.10'],
    ['an address within another', '1192.0.2.1'],
    ['nobody', '100% of \\u00zz'],
  ])('but not %s', (_, text) => {
    expect(ada.isIn(text)).toBe(false);
    expect(ada.replaceIn(text, 'x', 'y')).toBe(text);
  });

  test('nobody, and a name too short to mean one person, are refused', () => {
    expect(() => createSubject([' '])).toThrow('nobody is named');
    expect(() => createSubject(['ada'])).toThrow('too short');
  });
});

describe('records of a message', () => {
  const record = fc.oneof(fc.jsonValue(), fc.constant('],}"'), fc.constant({ records: [1, ','] }));
  const space = fc.constantFrom('', ' ', '\n\t');
  test('are found exactly where they stand, whatever is in them', () => {
    fc.assert(
      fc.property(
        fc.array(record),
        space,
        fc.dictionary(fc.string(), fc.jsonValue()),
        (records, gap, around) => {
          const texts = records.map((one) => JSON.stringify(one));
          const list = `[${gap}${texts.join(`${gap},${gap}`)}${gap}]`;
          const { records: _, ...others } = around;
          const members = Object.entries(others).map(
            ([key, value]) => `${JSON.stringify(key)}:${gap}${JSON.stringify(value)},`,
          );
          for (const text of [list, `${gap}{${members.join(gap)}"records"${gap}:${list}}`])
            expect(recordSpans(text)?.map(({ from, to }) => text.slice(from, to))).toEqual(texts);
        },
      ),
    );
  });

  test('stand one a line, and cannot be told apart in anything else', () => {
    const lines = '{"a":1}\n\n  {"b":"\\n"}\r\n';
    expect(recordSpans(lines)?.map(({ from, to }) => lines.slice(from, to))).toEqual([
      '{"a":1}',
      '{"b":"\\n"}',
    ]);
    for (const text of ['', '{"a":1}', 'text', '{"a":1}\ntext', '{"records":{}}', '[1'])
      expect(recordSpans(text)).toBeUndefined();
  });

  test('of others stay byte for byte; a body that cannot be taken apart, or names the person elsewhere, goes', () => {
    const cut = bodyWithout(
      Buffer.from('{ "records" : [ {"u":"ada@example.com"}, {"n":1.0} ] }'),
      ada,
      '{"erased":"E"}',
    );
    expect(cut).toEqual({ left: Buffer.from('{ "records" : [ {"erased":"E"}, {"n":1.0} ] }') });
    for (const body of [
      Buffer.from('mail of ada@example.com'),
      Buffer.from('{"sender":"ada@example.com","records":[{"n":1}]}'),
      Buffer.from('[{"u":"ada@example.com"}]'),
      Buffer.concat([Buffer.from('[{"u":"ada@example.com"},1]'), Buffer.from([0xff])]),
    ])
      expect(bodyWithout(body, ada, '{"erased":"E"}')).toBe('removed');
    expect(bodyWithout(Buffer.from('[1]'), ada, '')).toBe('kept');
  });
});

describe('what the log says of a rewrite', () => {
  const facts = (over: Partial<RewriteFacts>): RewriteFacts => ({
    act: 'erase',
    table: 'captures',
    from: [{ path: 'day=2026-03-02/x', rows: 5, sha256: 'f'.repeat(64) }],
    into: 'a'.repeat(64),
    order: 'b'.repeat(64),
    removed: [],
    changed: [],
    emptied: [],
    cut: [],
    ...over,
  });

  test('comes back whole however many entries it takes, each small enough', () => {
    const cut = Array.from({ length: 700 }, (_, i) => [i * 3, 'c'.repeat(64)] as const);
    const path = `day=2026-03-02/part-${'w'.repeat(63)}-00000001-0-0123456789abcdef.zstd.parquet`;
    const from = Array.from({ length: 150 }, () => ({ path, rows: 500_000, sha256: 'f'.repeat(64) }));
    const rewrite = facts({ cut, from, emptied: spansOf([1, 2, 3, 7]) });
    const entries = rewriteEntries(rewrite);
    expect(entries).toHaveLength(3);
    for (const entry of entries) expect(Buffer.byteLength(entry)).toBeLessThan(MAX_ENTRY_BYTES);
    const parts = entries.map((entry) => {
      const { kind: _, ...rest } = JSON.parse(entry) as Record<string, never>;
      const part = parseRewrite(rest);
      if (part === undefined) throw new Error('no rewrite');
      return part;
    });
    expect(joinRewrites(parts)).toEqual([rewrite]);
    expect(joinRewrites(parts.slice(0, 2))).toBeUndefined();
    expect(joinRewrites(parts.toReversed())).toBeUndefined();
  });

  test('spans count what they hold, and none that overlap or go too far', () => {
    expect(spansOf([1, 2, 3, 7])).toEqual([
      [1, 3],
      [7, 7],
    ]);
    expect(
      countSpans(
        [
          [1, 3],
          [7, 7],
        ],
        8,
      ),
    ).toBe(4);
    expect(
      countSpans(
        [
          [1, 3],
          [3, 4],
        ],
        8,
      ),
    ).toBeUndefined();
    expect(countSpans([[1, 8]], 8)).toBeUndefined();
  });
});

describe('periods', () => {
  test('fall as the calendar has them', () => {
    const day = (text: string | undefined): number => Date.parse(text ?? '');
    for (const [from, period, to] of [
      ['2024-02-29', '6y', '2030-02-28'],
      ['2026-08-31', '6mo', '2027-02-28'],
      ['2026-03-02', '90d', '2026-05-31'],
    ])
      expect(endOf(day(from), parsePeriod(period ?? '') ?? { years: 0, months: 0, days: 0 })).toBe(day(to));
    expect(parsePeriod('6 years')).toBeUndefined();
    expect(periodText({ years: 1, months: 6, days: 0 })).toBe('1 year 6 months');
  });

  test('the longest that covers a thing wins; one that only limits never does', () => {
    const { rules, problems } = loadRetention(
      "rules:\n  - { id: a, framework: x, covers: [events], atLeast: 12mo, source: s }\n  - { id: b, framework: y, covers: ['*'], atLeast: 366d, source: s }\n  - { id: c, framework: z, covers: ['*'], source: s }\n",
      'retention.yml',
    );
    expect(problems).toEqual([]);
    expect(longestFor(rules, 'events')?.rules).toEqual(['b', 'a']);
    expect(longestFor(rules.slice(2), 'events')).toBeUndefined();
    expect(
      loadRetention('rules:\n  - { id: a, framework: x, covers: [], atLeast: long, source: s }\n', 'r.yml')
        .problems.length,
    ).toBe(2);
  });
});
