import { expect, test } from 'vitest';
import { loadDetections } from '../../src/detect/load.ts';
import { readRule } from '../../src/publish/read-rule.ts';
import { compileToKql } from '../../src/sigma/kql.ts';
import { detectionText } from '../detect/support.ts';

const file = 'azure/vault_key_purged.yml';
const text = detectionText({ 'operationName: KeyPurge': "operationName|expand: '%purges%'" });
const texts = [
  { file, text },
  {
    file: 'lists/purges.yml',
    text: "version: '1.0.0'\nowner: Security\nreviewed: '2026-03-02'\nvalues: [KeyPurge, SecretPurge]\n",
  },
  {
    file: 'filters/planned.yml',
    text: 'title: Planned\nlogsource: {product: azure}\nfilter: {rules: any, planned: {callerIpAddress: 192.0.2.7}, condition: planned}\n',
  },
];

test('what is published has the lists and filters that the rule was loaded with', () => {
  const { items, problems } = loadDetections(texts);
  expect(problems).toEqual([]);
  const ruleOf = (name: string) => items.find(({ rule }) => rule.file === name)?.rule;
  const { rule } = readRule({ ruleOf, ruleText: () => text }, file);
  const compiled = rule && compileToKql(rule);
  const query = compiled?.problems === undefined ? compiled?.query : '';
  expect(query).toContain('SecretPurge');
  expect(query).toContain('192.0.2.7');
});

test('without a loaded rule the text is read, and says what it lacks', () => {
  const { rule, problems } = readRule({ ruleText: () => text }, file);
  expect(rule).toBeUndefined();
  expect(problems.map(({ what }) => what)).toEqual([expect.stringContaining('no list `purges`')]);
  expect(readRule({ ruleOf: () => undefined, ruleText: () => detectionText() }, file).rule?.title).toBe(
    'Vault key purged',
  );
});
