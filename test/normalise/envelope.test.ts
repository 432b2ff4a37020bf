import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/lib/json.ts';
import { elementBytes, readEnvelope } from '../../src/normalise/envelope.ts';
import { splitMessage } from '../../src/normalise/split.ts';

const a = { time: '2026-03-02T09:00:00Z', n: 1 };
const b = { time: '2026-03-02T09:00:01Z', n: 2, inner: [{ x: 'a},{b' }, { y: '\\"' }] };
const c = { time: '2026-03-02T09:00:02Z', n: 3 };
const [A, B, C] = [a, b, c].map((record) => JSON.stringify(record));
const read = (text: string | Uint8Array) => readEnvelope(typeof text === 'string' ? Buffer.from(text) : text);
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('reads the records of a diagnostic settings message', () => {
  expect(read(JSON.stringify({ records: [a, b, c] }))).toEqual({ records: [a, b, c], failures: [] });
});

describe('reads every wrapping that was met', () => {
  test.each([
    ['an envelope with keys beside', `{"version":1,"records":[${A},${B}],"more":{"records":[1]}}`, [a, b]],
    ['a bare array', `[${A},${B}]`, [a, b]],
    ['a bare object', B, [b]],
    ['one object a line', `${A}\n${B}\r\n\n${C}\n`, [a, b, c]],
    ['values run together', `${A}${B}`, [a, b]],
    ['values with blanks and commas between', `${A} , ${B},\n${C},`, [a, b, c]],
    ['a slice of an array', `,${A},${B},`, [a, b]],
    ['the end of an array', `${A},${B}]}`, [a, b]],
    ['the beginning of an array', `[${A},${B}`, [a, b]],
    ['an envelope a line', `{"records":[${A}]}\n{"records":[${B},${C}]}`, [a, b, c]],
    ['an array of envelopes', `[{"records":[${A}]},{"records":[${B}]}]`, [a, b]],
    ['an array in an array', `[[${A}],${B}]`, [a, b]],
    [
      'pretty-printed values run together',
      `${JSON.stringify(b, null, 2)}\n${JSON.stringify(c, null, 2)}`,
      [b, c],
    ],
    ['padding with NUL', `${A}\0\0\0`, [a]],
    ['a byte order mark', `\uFEFF{"records":[${A}]}`, [a]],
    ['record separators', `\u001e${A}\n\u001e${B}\n`, [a, b]],
    ['a page of an API', `{"value":[${A},${B}],"nextLink":"https://management.azure.com/x?page=2"}`, [a, b]],
    ['a page of OData', `{"@odata.context":"x","value":[${A}]}`, [a]],
    ['pages, one a line', `{"value":[${A}]}\n{"value":[${B}]}`, [a, b]],
    ['an envelope of nothing', '{"records":[]}', []],
    ['an array of nothing', ' [ ] ', []],
  ] as const)('%s', (_, text, records) => {
    expect(read(text ?? '')).toEqual({ records, failures: [] });
  });

  test('UTF-16 in either byte order', () => {
    const little = Buffer.from(`\uFEFF[${A},{"ö":"→"}]`, 'utf16le');
    expect(read(little).records).toEqual([a, { ö: '→' }]);
    expect(read(Buffer.from(little).swap16()).records).toEqual([a, { ö: '→' }]);
    expect(read(Buffer.concat([little, Buffer.from([0])])).records).toHaveLength(2);
  });
});

describe('a bad element costs its neighbours nothing', () => {
  const bad = `{'time': 'single quotes'}`;
  test.each([
    ['in an envelope', `{"records":[${A},${bad},${C}]}`, [a, c], [[1, 'json_invalid', bad]]],
    ['in a page of an API', `{"value":[${A},7,${C}]}`, [a, c], [[1, 'not_an_object', '7']]],
    [
      'in an envelope with keys before',
      `{"k":"v","records":[${bad},${C}],"after":1}`,
      [c],
      [[0, 'json_invalid', bad]],
    ],
    ['in an array', `[${A},{"n":tru},${C}]`, [a, c], [[1, 'json_invalid', '{"n":tru}']]],
    ['on a line', `${A}\n${bad}\n${C}`, [a, c], [[1, 'json_invalid', bad]]],
    [
      'on two lines',
      `${bad}\n${bad}\n${C}`,
      [c],
      [
        [0, 'json_invalid', bad],
        [1, 'json_invalid', bad],
      ],
    ],
    ['text between', `${A}\nlog line: {x}\n${C}`, [a, c], [[1, 'json_invalid', 'log line: {x}']]],
    ['text before on the same line', `<134>Mar 2 ${A}`, [a], [[0, 'json_invalid', '<134>Mar 2 ']]],
    ['a string cut off by a line', `{"n":"open\n${C}`, [c], [[0, 'json_invalid', '{"n":"open']]],
    [
      'a string never closed in an array',
      `[{"n":"open},${A},${C}]`,
      [a, c],
      [[0, 'json_invalid', '{"n":"open}']],
    ],
    ['a message cut short', `{"records":[${A},{"n":"cut`, [a], [[1, 'json_invalid', '{"n":"cut']]],
    ['an envelope never closed', `{"records":[${A}]\n{"records":[${B}]}`, [a, b], []],
    [
      'a number, a text, a null',
      `[1,"two",null,${A}]`,
      [a],
      [
        [0, 'not_an_object', '1'],
        [1, 'not_an_object', '"two"'],
        [2, 'not_an_object', 'null'],
      ],
    ],
    ['garbage behind', `${A} trailing`, [a], [[1, 'json_invalid', 'trailing']]],
  ] as const)('%s', (_, text, records, failures) => {
    const envelope = read(text);
    expect(envelope.records).toEqual(records);
    expect(envelope.failures.map(({ index, reason, bytes }) => [index, reason, textOf(bytes)])).toEqual(
      failures,
    );
  });

  test('a line that is no UTF-8', () => {
    const line = Buffer.concat([Buffer.from('{"n":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    const envelope = read(Buffer.concat([Buffer.from(`${A}\n`), line, Buffer.from(`\n${C}`)]));
    expect(envelope.records).toEqual([a, c]);
    expect(envelope.failures).toMatchObject([{ index: 1, reason: 'encoding_invalid' }]);
    expect(Buffer.compare(envelope.failures[0]?.bytes ?? new Uint8Array(), line)).toBe(0);
  });

  test('a record broken over several lines is one failure', () => {
    const broken = '{\n  "time": "x",\n  "properties": {\n    "a": 1\n';
    const envelope = read(`${broken}${A}\n${C}`);
    expect(envelope.records).toEqual([a, c]);
    expect(envelope.failures).toHaveLength(1);
    expect(textOf(envelope.failures[0]?.bytes ?? new Uint8Array())).toContain('"properties"');
  });

  test('an object nested too deep', () => {
    const deep = `{"n":${'['.repeat(5000)}${']'.repeat(5000)}}`;
    const envelope = read(`[${A},${deep}]`);
    expect(envelope.records).toEqual([a]);
    expect(envelope.failures).toMatchObject([{ index: 1, reason: 'too_deep' }]);
    expect(textOf(envelope.failures[0]?.bytes ?? new Uint8Array())).toBe(deep);
  });
});

test('a failure never quotes the data in its detail', () => {
  const envelope = read(`{"password":"hunter2" "x"}\n"hunter2"\nhunter2\n${A}`);
  expect(envelope.failures).toHaveLength(3);
  for (const failure of envelope.failures) expect(failure.detail).not.toContain('hunter2');
});

test.each([
  ['no bytes at all', '', 'empty'],
  ['blanks', ' \n\t ', 'empty'],
  ['NULs', '\0\0', 'empty'],
  ['brackets alone', '[[[', 'json_invalid'],
  ['a lone text', 'hello', 'json_invalid'],
  ['a lone string', '"hello"', 'not_an_object'],
])('%s is one failure', (_, text, reason) => {
  const envelope = read(text);
  expect(envelope.records).toEqual([]);
  expect(envelope.failures).toMatchObject([{ index: 0, reason }]);
});

test('a key named __proto__ is data and nothing else', () => {
  const envelope = read('[{"__proto__":{"polluted":true},"n":1}]');
  const [record] = envelope.records;
  expect(Object.keys(record ?? {})).toEqual(['__proto__', 'n']);
  expect(({} as JsonObject)['polluted']).toBeUndefined();
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
});

describe('hostile sizes end', () => {
  test.each([
    ['a string of 10 MB', `{"n":"${'x'.repeat(10_000_000)}"}`, 1, 0],
    ['a million opening brackets', '['.repeat(1_000_000), 0, 1],
    ['a million opening braces', '{'.repeat(1_000_000), 0, 1],
    ['nested arrays that close', `${'['.repeat(500_000)}${']'.repeat(500_000)}`, 0, 0],
  ])('%s', (_, text, records, failures) => {
    const envelope = read(text);
    expect([envelope.records.length, envelope.failures.length]).toEqual([records, failures]);
  });

  test('a line that opens and never closes, again and again, becomes a bounded number of failures', () => {
    for (const line of ['{\n', '{"a\n', '{"records":[\n', 'x\n', '},{\n', '{"a":{\n']) {
      const envelope = read(line.repeat(200_000));
      expect(envelope.failures.length).toBeLessThanOrEqual(10_001);
    }
  });
});

test('what an envelope holds is not added to the object that broke off before it', () => {
  const texts = (body: string) => elementBytes(Buffer.from(body)).map((bytes) => textOf(bytes));
  expect(texts('{\n{"records":[x')).toEqual(['{', 'x']);
  expect(texts('{"a\n{"records":[1]}')).toEqual(['{"a', '1']);
});

const anyRecord = fc
  .dictionary(fc.string(), fc.jsonValue())
  .filter((each) => !Array.isArray(each['records']) && !Array.isArray(each['value']));

test('a record that has a list called value besides its own members stays one record', () => {
  const record = { name: 'approvedRegions', value: [{ n: 1 }] };
  expect(read(JSON.stringify(record)).records).toEqual([record]);
});

test('however records are wrapped, the same records come out (property)', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 6 }), fc.nat(4), (records, form) => {
      const each = records.map((record) => JSON.stringify(record));
      const forms = [
        JSON.stringify({ records }),
        `[${each.join(' , ')}]`,
        each.join('\n'),
        each.join(''),
        `,${each.join(',')},`,
      ];
      const expected = each.map((text) => JSON.parse(text) as JsonObject);
      const text = forms[form] ?? '';
      if (records.length === 0) return;
      expect(read(text)).toEqual({ records: expected, failures: [] });
      const spans = elementBytes(Buffer.from(text)).map((bytes) => JSON.parse(textOf(bytes)) as JsonObject);
      expect(spans).toEqual(expected);
    }),
  );
});

test('bytes of any kind never throw, and what was taken apart lies in order inside the message (property)', () => {
  const soup = fc.array(
    fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', '\n', ' ', '{"a":1}', 'x', '"records":['),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        soup.map((parts) => Buffer.from(parts.join(''))),
      ),
      (bytes) => {
        const envelope = readEnvelope(bytes);
        const indices = envelope.failures.map((failure) => failure.index);
        expect(indices).toEqual(indices.toSorted((x, y) => x - y));
        let from = 0;
        for (const piece of splitMessage(Buffer.from(bytes))) {
          expect(piece.start).toBeGreaterThanOrEqual(from);
          expect(piece.end).toBeGreaterThan(piece.start);
          from = piece.end;
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('a bad element put anywhere among good ones is the only one lost (property)', () => {
  const bad = fc.constantFrom(`{'a':1}`, '{"a":tru}', '{"a":1,}', '{"a" 1}', 'nonsense', '{"a":"\u0001"}');
  fc.assert(
    fc.property(
      fc.array(anyRecord, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      bad,
      fc.constantFrom(',', '\n'),
      (records, at, text, glue) => {
        const each = records.map((record) => JSON.stringify(record));
        each.splice(at % (each.length + 1), 0, text);
        const body = glue === ',' ? `{"records":[${each.join(glue)}]}` : each.join(glue);
        const envelope = read(body);
        expect(envelope.records).toEqual(
          records.map((record) => JSON.parse(JSON.stringify(record)) as JsonObject),
        );
        expect(envelope.failures.map((failure) => textOf(failure.bytes))).toEqual([text]);
      },
    ),
  );
});
