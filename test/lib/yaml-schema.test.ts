import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { formatProblem } from '../../src/lib/errors.ts';
import { nearestOf, readYamlFile } from '../../src/lib/yaml-schema.ts';

const Shape = z.strictObject({
  name: z.string().describe('What it is called.'),
  port: z.int().max(65_535).optional(),
  list: z.array(z.strictObject({ kind: z.enum(['a', 'b']) })).default([]),
  named: z
    .record(
      z.string(),
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('x'), path: z.string() }),
        z.strictObject({ type: z.literal('y') }),
      ]),
    )
    .optional(),
});
const problemsOf = (text: string): string[] => readYamlFile(text, 'c.yml', Shape).problems.map(formatProblem);

test('a good file gives its value', () => {
  expect(readYamlFile('name: one\nport: 80\n', 'c.yml', Shape)).toEqual({
    value: { name: 'one', port: 80, list: [] },
    problems: [],
  });
});

test('every problem is listed at once, each with its place and a way to mend it', () => {
  const text =
    'nmae: one\nport: 99999\nlist:\n  - kind: c\n  - kind: a\n    extra: 1\nnamed:\n  s1: { type: x, pth: /tmp }\n';
  expect(problemsOf(text)).toEqual([
    'c.yml:1:1  "name" is missing  What it is called.',
    'c.yml:1:1  unknown key "nmae"  did you mean "name"?',
    expect.stringMatching(/^c\.yml:2:7 {2}"port": .*65535/),
    expect.stringMatching(/^c\.yml:4:11 {2}"list\.0\.kind": /),
    'c.yml:6:5  unknown key "extra"  known here: kind',
    'c.yml:8:3  "named.s1.path" is missing',
    'c.yml:8:18  unknown key "pth"  did you mean "path"?',
  ]);
});

test.each([
  ['name: [', /^c\.yml:\d+:\d+ {2}not YAML/],
  ['name: a\nname: b\n', /^c\.yml:2:1 {2}not YAML.*unique/],
  ['- a\n', /^c\.yml:1:1 {2}the file/],
  ['a: &x [*x]\n', /./],
])('%j is refused with its place', (text, expected) => {
  expect(problemsOf(text).join('\n')).toMatch(expected);
});

test('values are substituted, and what cannot be is reported where it stands', () => {
  const read = readYamlFile('name: "${A}"\nlist: []\n', 'c.yml', Shape, (text, report) => {
    if (text.includes('${A}')) report('A is not set', 'set it');
    return text.replace('${A}', 'secret-value');
  });
  expect(read.problems.map(formatProblem)).toEqual(['c.yml:1:7  A is not set  set it']);
  expect(read.value).toBeUndefined();
});

test('no message holds a value of the file', () => {
  const secret = 'hunter2-hunter2';
  const text = `name: 5\nport: ${secret}\nlist:\n  - kind: ${secret}\nnamed: { s: { type: ${secret} } }\n`;
  expect(problemsOf(text).length).toBeGreaterThan(2);
  expect(problemsOf(text).join('\n')).not.toContain(secret);
});

test('no text makes the reader throw', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab: \n-[]{}&*!?|>"\'#,$'.split('')) }),
      (text) => void readYamlFile(text, 'c.yml', Shape),
    ),
    { numRuns: 2000 },
  );
});

test('the nearest name is offered only when it is near', () => {
  expect(nearestOf('detectoins', ['detections', 'mappings'])).toBe('detections');
  expect(nearestOf('zzz', ['detections', 'mappings'])).toBeUndefined();
});
