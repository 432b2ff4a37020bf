import { expect, test } from 'vitest';
import { compileToKql } from '../../../src/sigma/kql.ts';
import type { ModifierName } from '../../../src/sigma/modifiers.ts';
import { modifiers } from '../../../src/sigma/modifiers.ts';
import { parseRule } from '../../../src/sigma/parse.ts';
import { kustoAnalyser } from '../../support/kusto.ts';
import { ownTables } from '../../support/workspace-tables.ts';

/** A line for each modifier and the KQL it has to become: one that is missing here does not compile. */
const samples: Readonly<Record<ModifierName, readonly [line: string, kql: string]>> = {
  all: ['uri|contains|all: [a, b]', '| where Uri contains "a"\n| where Uri contains "b"'],
  neq: ['uri|neq: a', 'not(Uri =~ "a")'],
  expand: ["uri|expand: '%list%'", 'Uri =~ "listed"'],
  startswith: ['uri|startswith: a', 'Uri startswith "a"'],
  endswith: ['uri|endswith: a', 'Uri endswith "a"'],
  contains: ['uri|contains: a', 'Uri contains "a"'],
  exists: ['uri|exists: true', 'isnotempty(Uri)'],
  cased: ['uri|cased: a', 'Uri == "a"'],
  windash: ["uri|windash|contains: ' -x'", 'Uri contains " /x"'],
  re: ['uri|re: a.c', 'Uri matches regex "a.c"'],
  i: ['uri|re|i: a', 'Uri matches regex "(?i)a"'],
  m: ['uri|re|m: ^a', 'Uri matches regex "(?m)^a"'],
  s: ['uri|re|s: a.c', 'Uri matches regex "(?s)a.c"'],
  base64: ['uri|base64: foo', 'Uri =~ "Zm9v"'],
  base64offset: ['uri|base64offset|contains: foobar', 'Uri contains "Zm9vYmFy"'],
  utf16le: ['uri|utf16le|base64: ab', 'Uri =~ "YQBiAA=="'],
  utf16be: ['uri|utf16be|base64: ab', 'Uri =~ "AGEAYg=="'],
  utf16: ['uri|utf16|base64: ab', 'Uri =~ "//5hAGIA"'],
  wide: ['uri|wide|base64: ab', 'Uri =~ "YQBiAA=="'],
  lt: ['durationMs|lt: 5', 'DurationMs < 5'],
  lte: ['durationMs|lte: 5', 'DurationMs <= 5'],
  gt: ['durationMs|gt: 5', 'DurationMs > 5'],
  gte: ['durationMs|gte: 5', 'DurationMs >= 5'],
  minute: ['time|minute: 5', 'datetime_part("minute", TimeGenerated) == 5'],
  hour: ['time|hour: 5', 'hourofday(TimeGenerated) == 5'],
  day: ['time|day: 5', 'dayofmonth(TimeGenerated) == 5'],
  week: ['time|week: 5', 'week_of_year(TimeGenerated) == 5'],
  month: ['time|month: 5', 'monthofyear(TimeGenerated) == 5'],
  year: ['time|year: 2026', 'getyear(TimeGenerated) == 2026'],
  cidr: ['callerIpAddress|cidr: 10.0.0.0/8', 'ipv4_is_in_range('],
  fieldref: ['uri|fieldref: protocol', 'Uri =~ Protocol'],
};
const analyse = kustoAnalyser(ownTables);

test.each(Object.entries(samples))('%s has its words in KQL', (name, [line, kql]) => {
  expect(line).toMatch(new RegExp(`\\|${name}\\b`));
  const text = `title: T\nlogsource: {product: azure, service: storage}\ndetection:\n  s:\n    ${line}\n  condition: s\n`;
  const { rule, problems } = parseRule(text, 't.yml', { lists: { list: ['listed'] } });
  if (rule === undefined) throw new Error(JSON.stringify(problems));
  const result = compileToKql(rule);
  if (result.problems !== undefined) throw new Error(JSON.stringify(result.problems));
  expect(result.query).toContain(kql);
  expect(analyse(result.query)).toMatchObject({ diagnostics: [], constantPredicates: [] });
});

test('every modifier has a line here', () => {
  expect(Object.keys(samples).toSorted()).toEqual(Object.keys(modifiers).toSorted());
});
