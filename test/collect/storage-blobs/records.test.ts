import { describe, expect, test } from 'vitest';
import {
  dayPrefix,
  parseBlobName,
  placeAt,
  sequenceAt,
} from '../../../src/collect/storage-blobs/blob-name.ts';
import { cutRecords, formOfHead, formOfRest } from '../../../src/collect/storage-blobs/records.ts';

const texts = (text: string, form: 'lines' | 'records', target = 1) => {
  const chunk = Buffer.from(text);
  const { spans, taken, isClosed } = cutRecords(chunk, form, target);
  return {
    records: spans.map(({ start, end }) => chunk.subarray(start, end).toString()),
    left: chunk.subarray(taken).toString(),
    isClosed,
  };
};

describe('the name of an hour’s blob', () => {
  const series = 'resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.X/Y/Z/';
  test('says whose it is, which day and which hour', () => {
    expect(parseBlobName(`${series}y=2026/m=03/d=02/h=09/m=00/PT1H.json`)).toEqual({
      series,
      lane: `${series}h=09/m=00/PT1H.json`,
      day: Date.UTC(2026, 2, 2) / 86_400_000,
      hour: Date.UTC(2026, 2, 2, 9),
    });
  });

  test('of a flow log also says the network interface; one of a tenant begins otherwise', () => {
    expect(
      parseBlobName(
        'flowLogResourceID=/S_NWRG/NW_F/y=2026/m=03/d=02/h=23/m=00/macAddress=000000000001/PT1H.json',
      ),
    ).toMatchObject({ lane: 'flowLogResourceID=/S_NWRG/NW_F/h=23/m=00/macAddress=000000000001/PT1H.json' });
    expect(parseBlobName('tenantId=t/y=2026/m=03/d=02/h=00/m=00/PT1H.json')?.series).toBe('tenantId=t/');
  });

  test.each([
    'readme.txt',
    'x/y=2026/m=13/d=02/h=09/m=00/PT1H.json',
    'x/y=2026/m=02/d=30/h=09/m=00/PT1H.json',
    'x/y=2026/m=03/d=02/h=24/m=00/PT1H.json',
    'x/y=2026/m=03/d=02/PT1H.json',
    'x/y=0000/m=00/d=00/h=00/m=00/PT1H.json',
  ])('is not %s', (name) => {
    expect(parseBlobName(name)).toBeUndefined();
  });

  test('of a day is found below its series', () => {
    expect(dayPrefix(Date.UTC(2026, 2, 2) / 86_400_000)).toBe('y=2026/m=03/d=02/');
  });

  test.each([
    [20_514, 0],
    [20_514, 2 ** 36 + 7],
    [65_535, 2 ** 37 - 1],
  ])('a place (day %i, byte %i) is a safe integer and is found again', (day, offset) => {
    const sequence = sequenceAt(day, offset);
    expect(Number.isSafeInteger(sequence)).toBe(true);
    expect(placeAt(sequence)).toEqual({ day, offset });
  });
});

describe('lines', () => {
  test('are whole up to the last line feed', () => {
    expect(texts('{"n":1}\n{"n":2}\n{"n":', 'lines')).toEqual({
      records: ['{"n":1}\n', '{"n":2}\n'],
      left: '{"n":',
      isClosed: false,
    });
  });

  test.each([
    ['a last record without its line feed', '{"n":1}\r\n{"n":2}', ['{"n":1}\r\n', '{"n":2}'], ''],
    ['a number that may go on', '1\n12', ['1\n'], '12'],
    ['a line that is no JSON', 'oops\n{"n":1}\n', ['oops\n', '{"n":1}\n'], ''],
    ['nothing', '', [], ''],
    ['a bracket in a text', '{"a":"}', [], '{"a":"}'],
  ])('%s', (_what, text, records, left) => {
    expect(texts(text, 'lines')).toEqual({ records, left, isClosed: false });
  });

  test('are put together up to the size asked for', () => {
    expect(texts('{"n":1}\n{"n":2}\n{"n":3}\n', 'lines', 9).records).toEqual([
      '{"n":1}\n{"n":2}\n',
      '{"n":3}\n',
    ]);
  });
});

describe('a list of records', () => {
  test.each([
    ['closed', '{"n":1},{"n":2}]}', ['{"n":1}', '{"n":2}'], ']}', true],
    ['that goes on', ',{"n":3}, {"n":[{"x":"]}"}]}]}', ['{"n":3}', '{"n":[{"x":"]}"}]}'], ']}', true],
    ['whose last block is half written', '{"n":1},{"n":"\\"}', ['{"n":1}'], ',{"n":"\\"}', false],
    ['that is empty', ']}', [], ']}', true],
    ['cut after a backslash', '{"n":"\\', [], '{"n":"\\', false],
  ])('%s', (_what, text, records, left, isClosed) => {
    expect(texts(text, 'records')).toEqual({ records, left, isClosed });
  });

  test('is put together up to the size asked for', () => {
    expect(texts('{"n":1},{"n":2},{"n":3}]}', 'records', 9).records).toEqual(['{"n":1},{"n":2}', '{"n":3}']);
  });
});

test.each([
  ['{"time":"2026"}\n', { form: 'lines', start: 0 }],
  ['{"records":[{"time":"2026"}', { form: 'records', start: 12 }],
  ['\uFEFF { "Records" : [', { form: 'records', start: 19 }],
  ['{"records":[{"n":1}]}\n{"records":[]}\n', { form: 'lines', start: 0 }],
  ['{"rec', undefined],
  ['{"a":1}', { form: 'lines', start: 0 }],
  [`{"a":"${'x'.repeat(80)}`, { form: 'lines', start: 0 }],
])('a blob that begins with %j has the form %j', (head, form) => {
  expect(formOfHead(Buffer.from(head))).toEqual(form);
});

test.each([
  ['\n', '{"n":2}\n', 'lines'],
  ['\n', '', 'lines'],
  ['\n', 'broken\n', 'lines'],
  ['}', '\n{"n":2}', 'lines'],
  ['}', ',{"n":2}', 'records'],
  ['}', ']}', 'records'],
  ['}', 'x', undefined],
  ['a', 'bc', undefined],
  ['\n', ',', undefined],
])('after %j, what goes on with %j is %s', (before, rest, form) => {
  expect(formOfRest(before.charCodeAt(0), Buffer.from(rest))).toBe(form);
});
