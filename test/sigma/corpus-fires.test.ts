import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isJsonObject } from '../../src/lib/json.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { eventClasses, normalisers } from '../../src/normalise/registry.ts';
import { aliasTables } from '../../src/sigma/aliases/tables.ts';
import type { Rule } from '../../src/sigma/ast.ts';
import { explain, evaluate } from '../../src/sigma/evaluate.ts';
import { parseRule } from '../../src/sigma/parse.ts';
import { corpusFolder } from '../support/corpus.ts';
import { T0 } from '../support/samples.ts';
import { activityCases } from './corpus-events/activity.ts';
import { auditCases, pimCases } from './corpus-events/audit.ts';
import type { RuleCases } from './corpus-events/case.ts';
import { riskCases } from './corpus-events/risk.ts';
import { signInCases } from './corpus-events/sign-in.ts';

/** Rules that no record of Azure can fire, and why. */
const cannotFire: Readonly<Record<string, string>> = {
  azure_device_or_configuration_modified_or_deleted:
    'asks the Activity Log for activities of the audit log (`Delete device`), which no resource provider writes there',
  azure_privileged_account_creation:
    'wants one record that is both `Add user` and `Add member to role`: Azure writes two; it is a correlation',
};

const casesByService: Readonly<Record<string, RuleCases>> = {
  activitylogs: activityCases,
  auditlogs: auditCases,
  signinlogs: signInCases,
  riskdetection: riskCases,
  pim: pimCases,
};

const normalise = createNormalise(normalisers);

/** The record as detections read it, when its class answers to the log source. */
function routed(record: JsonObject, service: string): JsonObject {
  const body = Buffer.from(JSON.stringify({ records: [record] }));
  const [item] = normalise({ body, receivedAt: T0 }).items;
  const answers = eventClasses
    .find(({ id }) => id === item?.fields.class)
    ?.logSources.some((logSource) => logSource.service === service);
  if (item === undefined || answers !== true)
    throw new Error(`a record of ${service} is read as ${item?.fields.class ?? 'nothing'}`);
  return item.record;
}

const folder = corpusFolder('sigmahq-rules/rules/cloud/azure');
const files =
  folder === undefined
    ? []
    : readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yml'));
const nameOf = (file: string): string => (file.split('/').at(-1) ?? '').replace('.yml', '');

const rules = new Map(
  files.map((file) => [nameOf(file), parseRule(readFileSync(join(folder ?? '', file), 'utf8'), file).rule]),
);
const ruleNamed = (name: string): Rule => {
  const rule = rules.get(name);
  if (rule === undefined) throw new Error(`no rule ${name} could be read`);
  return rule;
};

test.skipIf(folder === undefined)('121 of the 123 rules for Azure have a record that they fire on', () => {
  const cases = Object.values(casesByService).flatMap(Object.keys);
  expect(rules.size).toBe(123);
  expect(new Set(cases).size).toBe(121);
  expect([...cases, ...Object.keys(cannotFire)].toSorted()).toEqual([...rules.keys()].toSorted());
});

describe.skipIf(folder === undefined).each(Object.entries(casesByService))('%s', (service, cases) => {
  test.each(Object.entries(cases))(
    '%s fires on real records, and not on near misses',
    (name, { fires, misses }) => {
      const rule = ruleNamed(name);
      expect(rule.logSource).toMatchObject({ product: 'azure', service });
      expect(fires.length).toBeGreaterThan(0);
      expect(misses.length).toBeGreaterThan(0);
      for (const record of fires.map((each) => routed(each, service)))
        expect(evaluate(rule, record).matched ? 'fired' : failing(rule, record)).toBe('fired');
      for (const record of misses.map((each) => routed(each, service)))
        expect(evaluate(rule, record).matched).toBe(false);
    },
  );
});

const failing = (rule: Rule, record: JsonObject): string =>
  explain(rule, record)
    .leaves.filter(({ passed }) => !passed)
    .map(({ field, test: asked, actual }) => `${field} ${asked}; has ${actual.join(', ')}`)
    .join('\n');

test.each(Object.entries(casesByService))(
  'records of %s have the paths of the real schema alone',
  (service, cases) => {
    const known = new Set(
      aliasTables.find((table) => table.service === service)?.paths.map(({ path }) => path.toLowerCase()),
    );
    const records = Object.values(cases).flatMap(({ fires, misses }) => [...fires, ...misses]);
    const strangers = records
      .flatMap((record) => pathsOf(record))
      .filter((path) => !known.has(path.toLowerCase()));
    expect([...new Set(strangers)]).toEqual([]);
  },
);

/** What stands in these is different in each record, and read by nobody's name. */
const open = new Set([
  'identity.claims',
  'properties.appliedConditionalAccessPolicies',
  'properties.networkLocationDetails',
]);

function pathsOf(value: JsonValue | undefined, path = ''): readonly string[] {
  const own = path === '' ? [] : [path];
  if (open.has(path)) return own;
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).flatMap((element) => pathsOf(element, path));
  if (!isJsonObject(value)) return own;
  return [
    ...own,
    ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, path === '' ? key : `${path}.${key}`)),
  ];
}
