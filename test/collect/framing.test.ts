import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FramingError, frame } from '../../src/collect/files/framing.ts';
import type { Block, FramingLimits } from '../../src/collect/files/framing.ts';

const limits: FramingLimits = { targetBytes: 40, maxValueBytes: 64 << 20 };

async function blocks(
  text: string,
  chunkBytes: readonly number[] = [1 << 16],
  over = limits,
): Promise<Block[]> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (let turn = 0; at < bytes.length; turn++) {
      const size = chunkBytes[turn % chunkBytes.length] ?? 1;
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }
  const found: Block[] = [];
  for await (const block of frame(chunks(), over)) found.push(block);
  return found;
}

const texts = (found: readonly Block[]): string[] => found.map(({ body }) => Buffer.from(body).toString());

test('lines are captured in blocks that end at a line end', async () => {
  const line = (n: number): string => `{"n":${n},"pad":"xxxxxxxxxxxx"}\n`;
  const found = await blocks(line(1) + line(2) + line(3));
  expect(texts(found)).toEqual([line(1) + line(2), line(3)]);
  expect(found.map(({ end }) => end)).toEqual([58, 87]);
});

test('one message stays one block, exactly as it is', async () => {
  const text = '{"records":[{"a":1},\n {"a":2}]}';
  expect(texts(await blocks(text, [7], { ...limits, targetBytes: 4096 }))).toEqual([text]);
});

test('a last line without a line feed, and one that is cut short, still come through', async () => {
  expect(texts(await blocks('{"a":1}\n{"a":2}\n{"a":', [3]))).toEqual(['{"a":1}\n{"a":2}\n{"a":']);
});

test('an empty stream and white space give no records', async () => {
  expect(await blocks('')).toEqual([]);
  expect(
    texts(await blocks(' \n \n'))
      .join('')
      .trim(),
  ).toBe('');
});

test.each([
  ['a bare array', '[', ']', ''],
  ['records with members around them', '{"records":[', '],"nextLink":"https://example.com/[{"}', ''],
  ['value, as Microsoft Graph says it', ' {\n "value" : [', ']}', ''],
  ['two containers one after the other', '{"records":[', ']}', '\n[{"n":-1}]'],
])(
  'a container longer than the head is taken apart into its records: %s',
  async (_name, open, close, more) => {
    const records = Array.from({ length: 30_000 }, (_, n) => `{"n":${n},"s":"]}\\"[{ ${'x'.repeat(40)}"}`);
    const text = open + records.join(',\n ') + close + more;
    const over = { ...limits, targetBytes: 10_000 };
    const found = await blocks(text, [1 << 20], over);
    expect(found.length).toBeGreaterThan(100);
    const numbers = texts(found).flatMap((body) =>
      [...body.matchAll(/"n":(-?\d+)/g)].map((m) => Number(m[1])),
    );
    expect(numbers).toEqual([...Array.from({ length: 30_000 }, (_, n) => n), ...(more === '' ? [] : [-1])]);
    for (const body of texts(found))
      expect(() => JSON.parse(body.startsWith('[') ? body : `[${body}]`) as unknown).not.toThrow();
    expect(await blocks(text, [70_001], over)).toEqual(found);
  },
);

test('a value longer than the limit ends the stream with its place', async () => {
  await expect(
    blocks(`{"a":"${'x'.repeat(3 << 20)}"}`, [1 << 16], { targetBytes: 10, maxValueBytes: 2 << 20 }),
  ).rejects.toThrow(FramingError);
});

test('blocks do not depend on how the bytes arrive, and lose none of them', async () => {
  const value = fc.record({ a: fc.jsonValue({ maxDepth: 3 }), b: fc.string() });
  const separator = fc.constantFrom('\n', '', ' ', '\r\n');
  await fc.assert(
    fc.asyncProperty(
      fc.array(value, { maxLength: 30 }),
      separator,
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
      async (values, between, sizes) => {
        const text = values.map((item) => JSON.stringify(item)).join(between);
        const whole = await blocks(text);
        expect(await blocks(text, sizes)).toEqual(whole);
        expect(texts(whole).join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
        const ends = whole.map(({ end }) => end);
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
      },
    ),
    { numRuns: 300 },
  );
});

test('a stream that breaks off anywhere gives the records that came whole, and the rest when it comes whole', async () => {
  const forms: readonly ((records: readonly string[]) => string)[] = [
    (records) => records.map((record) => `${record}\n`).join(''),
    (records) => records.join('\n  '),
    (records) => `[${records.join(', ')}]`,
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 2, maxLength: 12 }),
      fc.constantFrom(...forms),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 64 }),
      async (sizes, form, share, chunkBytes) => {
        const records = sizes.map((size, index) => JSON.stringify({ n: index, pad: 'x'.repeat(size) }));
        const bytes = Buffer.from(form(records));
        const cut = Math.floor(share * bytes.length);
        async function* torn(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < cut; at += chunkBytes)
            yield bytes.subarray(at, Math.min(cut, at + chunkBytes));
          throw new Error('torn');
        }
        const first: Block[] = [];
        const reading = async (): Promise<void> => {
          for await (const block of frame(torn(), limits)) first.push(block);
        };
        await expect(reading()).rejects.toThrow('torn');
        const known = first.at(-1)?.end ?? 0;
        expect(known).toBeLessThanOrEqual(cut);
        const rest = (await blocks(bytes.toString()))
          .filter(({ end }) => end > known)
          .map(({ body, end }) =>
            Buffer.from(body.subarray(Math.max(0, known - (end - body.length)))).toString(),
          );
        const seen = [...texts(first), ...rest].join('\n').matchAll(/"n":(\d+)/g);
        expect([...seen].map(([, index]) => Number(index))).toEqual(records.map((_, index) => index));
        for (const text of texts(first)) expect(text.match(/\{/g)?.length).toBe(text.match(/\}/g)?.length);
      },
    ),
  );
});
