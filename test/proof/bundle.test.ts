import { expect, test } from 'vitest';
import { z } from 'zod';
import { BUNDLE_FORMAT, bundleText, parseBundle } from '../../src/proof/bundle.ts';
import type { Bundle } from '../../src/proof/bundle.ts';

const digest = 'a'.repeat(64);
const bundle: Bundle = {
  format: BUNDLE_FORMAT,
  origin: 'plumbline.example/lake',
  files: { 'entries/0.bin': digest, 'README.md': digest },
  items: [
    {
      origin: 'plumbline.example/lake/main',
      leaf: 7,
      entry: 'entries/0.bin',
      proof: '0.tlog-proof',
      content: 'c',
    },
    { origin: 'plumbline.example/lake/main', leaf: 8, entry: 'entries/1.bin', proof: '1.tlog-proof' },
  ],
  rows: [{ file: 'segments/findings/a.parquet', row: 0, values: { id: 'fnd-1', level: null } }],
};

test('a list reads back as it was written', () => {
  expect(parseBundle(Buffer.from(bundleText(bundle)))).toEqual(bundle);
});

test('with any bit of it flipped it is refused, or is still a list', () => {
  const index = z.int().min(0);
  const shape = z.object({
    format: z.literal(BUNDLE_FORMAT),
    origin: z.string(),
    files: z.record(z.string(), z.string()),
    items: z.array(
      z.object({
        origin: z.string(),
        leaf: index,
        entry: z.string(),
        proof: z.string(),
        content: z.string().optional(),
      }),
    ),
    rows: z.array(z.object({ file: z.string(), row: index, values: z.record(z.string(), z.unknown()) })),
  });
  const list = Buffer.from(bundleText(bundle));
  let refused = 0;
  const misread: string[] = [];
  for (let bit = 0; bit < list.length * 8; bit++) {
    const bent = Buffer.from(list);
    bent.writeUInt8(bent.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const read = parseBundle(bent);
    if (read === undefined) refused++;
    else if (!shape.safeParse(read).success) misread.push(bent.toString());
  }
  expect(misread).toEqual([]);
  expect(refused).toBeGreaterThan(list.length);
});
