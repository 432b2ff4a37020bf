import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { assessmentTypes } from '../../src/collect/demo/assessments.ts';
import { people, workloadList } from '../../src/collect/demo/tenant.ts';
import { isJsonObject } from '../../src/lib/json.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { at, capturesOf, propertiesOf, recordsOf, textAt, textOf } from './demo-world.ts';
import type { SeenRecord } from './demo-world.ts';

let records: readonly SeenRecord[];
let wholeText: string;
beforeAll(async () => {
  const captures = await capturesOf();
  ({ records } = recordsOf(captures));
  wholeText = captures
    .filter(({ sequence }) => sequence % 7 === 0)
    .map(textOf)
    .join('\n');
});

const ofCategory = (category: string): readonly JsonObject[] =>
  records.map(({ record }) => record).filter((record) => record['category'] === category);

/** How many a day of each, at least, and what each record of it has. */
const shapes: readonly (readonly [category: string, atLeast: number, paths: readonly string[]])[] = [
  ['Administrative', 1_000, ['time', 'resourceId', 'operationName', 'resultType', 'correlationId']],
  ['Policy', 300, ['operationName', 'properties.policies', 'identity.claims.appid']],
  ['Autoscale', 50, ['operationName', 'properties.OldInstancesCount', 'properties.NewInstancesCount']],
  ['ServiceHealth', 1, ['operationName', 'properties.trackingId', 'properties.service']],
  ['ResourceHealth', 4, ['operationName', 'properties.currentHealthStatus']],
  [
    'SignInLogs',
    1_000,
    [
      'resultType',
      'callerIpAddress',
      'properties.userPrincipalName',
      'properties.status.errorCode',
      'properties.location.countryOrRegion',
    ],
  ],
  [
    'NonInteractiveUserSignInLogs',
    4_000,
    ['resultType', 'properties.appId', 'properties.authenticationRequirement'],
  ],
  [
    'ServicePrincipalSignInLogs',
    2_000,
    ['properties.servicePrincipalId', 'properties.servicePrincipalCredentialKeyId'],
  ],
  ['ManagedIdentitySignInLogs', 2_000, ['properties.servicePrincipalName', 'properties.resourceDisplayName']],
  ['MicrosoftServicePrincipalSignInLogs', 200, ['properties.servicePrincipalName']],
  [
    'AuditLogs',
    300,
    ['operationName', 'properties.targetResources', 'properties.initiatedBy', 'properties.result'],
  ],
  ['UserRiskEvents', 3, ['time', 'properties.riskEventType', 'properties.lastUpdatedDateTime']],
  ['RequestResponse', 15_000, ['event', 'callerIpAddress', 'resultSignature', 'durationMs', 'properties']],
  ['Audit', 100, ['AssetIdentity', 'operationName', 'properties.objectId']],
  ['GatewayLogs', 1_500, ['properties.apiId', 'properties.responseCode', 'resourceId']],
  ['OperationLogs', 800, ['operationName', 'properties.IndexName']],
  ['kube-audit-admin', 1_000, ['properties.log', 'ccpNamespace']],
  ['OperationalLogs', 5, ['EventTimeString', 'EventName', 'ActivityId']],
  [
    'AuditEvent',
    3_000,
    ['operationName', 'durationMs', 'properties.requestUri', 'properties.httpStatusCode'],
  ],
  [
    'StorageRead',
    6_000,
    ['uri', 'statusCode', 'identity.type', 'properties.objectKey', 'properties.userAgentHeader'],
  ],
  ['StorageWrite', 1_500, ['uri', 'statusCode', 'identity.type', 'properties.requestBodySize']],
  ['StorageDelete', 200, ['uri', 'statusCode', 'identity.type']],
];

describe.each(shapes)('%s', (category, atLeast, paths) => {
  test('comes as often as in a real day, and in the shape of the Event Hub', () => {
    const found = ofCategory(category);
    expect(found.length).toBeGreaterThanOrEqual(atLeast);
    // Privileged identity management writes its own, thinner kind of Administrative record.
    const whole = found.filter((record) => textAt(record, 'properties.ResourceProviderName') !== 'azurerbac');
    for (const path of paths)
      expect([path, whole.find((record) => at(record, path) === undefined)]).toEqual([path, undefined]);
  });
});

test('the Activity Log tells an operation in two or three records with one correlation id', () => {
  const byId = new Map<string, string[]>();
  for (const record of ofCategory('Administrative')) {
    if (at(record, 'identity') === undefined) continue;
    const id = textAt(record, 'correlationId');
    byId.set(id, [...(byId.get(id) ?? []), textAt(record, 'resultType')]);
  }
  const ends = [...byId.values()].map((phases) => phases.toSorted().join(' '));
  expect(new Set(ends)).toEqual(
    new Set(['Start Success', 'Accept Start Success', 'Failure Start', 'Accept Failure Start']),
  );
});

test('models are called with identities, masked addresses, .NET ticks, and properties in both forms', () => {
  const calls = ofCategory('RequestResponse');
  const isMasked = (call: JsonObject): boolean =>
    /^\d+\.\d+\.\d+\.\*\*\*$/.test(textAt(call, 'callerIpAddress'));
  const isTimed = (call: JsonObject): boolean => {
    const properties = propertiesOf(call);
    const requestTime = textAt(properties, 'requestTime');
    return /^63\d{16}$/.test(requestTime) && BigInt(textAt(properties, 'responseTime')) > BigInt(requestTime);
  };
  expect(calls.find((call) => !isMasked(call) || !isTimed(call))).toBeUndefined();
  const asText = calls.filter(({ properties }) => typeof properties === 'string').length;
  expect(asText / calls.length).toBeGreaterThan(0.25);
  expect(asText / calls.length).toBeLessThan(0.45);
  const signatures = new Set(calls.map(({ resultSignature }) => resultSignature));
  for (const status of ['200', '400', '401', '403', '429', '500', 200, 429])
    expect(signatures).toContain(status);
});

test('links with a signature are in the storage logs, so that redaction has work', () => {
  const signed = records.filter(({ record }) => /[?&]sig=[A-Za-z0-9]{43}%3D/.test(textAt(record, 'uri')));
  expect(signed.length).toBeGreaterThan(1_000);
  expect(signed.find(({ record }) => textAt(record, 'identity.type') !== 'SAS')).toBeUndefined();
});

test('the day has the failures of an ordinary one', () => {
  const errors = new Set(ofCategory('SignInLogs').map((record) => record['resultType']));
  for (const code of ['0', '50126', '50074', '50140']) expect(errors).toContain(code);
  expect(ofCategory('ServicePrincipalSignInLogs').some((record) => record['resultType'] === '7000215')).toBe(
    true,
  );
  const vault = new Set(ofCategory('AuditEvent').map((record) => at(record, 'properties.httpStatusCode')));
  expect(vault).toEqual(new Set([200, 401, 403, 404]));
});

test('times come in every form that Azure writes', () => {
  const times = records.map(({ record }) => textAt(record, 'time'));
  expect(times.some((time) => /\.\d{7}Z$/.test(time))).toBe(true);
  expect(times.some((time) => /\.\d{7}$/.test(time))).toBe(true);
  expect(times.some((time) => /^\d+\/\d+\/2026 \d+:\d\d:\d\d (AM|PM)$/.test(time))).toBe(true);
});

test('resource ids come in capitals, in mixed case and in lower case', () => {
  const ids = records.map(({ record }) => textAt(record, 'resourceId')).filter((id) => id.startsWith('/'));
  expect(ids.some((id) => id === id.toUpperCase())).toBe(true);
  expect(ids.some((id) => id !== id.toUpperCase() && id !== id.toLowerCase())).toBe(true);
});

test('Defender tells of every assessment of every resource, several times a day', () => {
  const seen = new Map<string, string[]>();
  for (const { record } of records) {
    if (record['type'] !== 'Microsoft.Security/assessments') continue;
    const key = `${textAt(record, 'properties.displayName')}|${textAt(record, 'properties.resourceDetails.id')}`;
    seen.set(key, [...(seen.get(key) ?? []), textAt(record, 'properties.status.code')]);
  }
  for (const { name, resources, notApplicable } of assessmentTypes) {
    for (const id of resources) {
      const codes = seen.get(`${name}|${id.toLowerCase()}`) ?? [];
      expect(codes.length, `${name} ${id}`).toBeGreaterThanOrEqual(4);
      expect(codes.every((code) => (code === 'NotApplicable') === notApplicable.includes(id))).toBe(true);
    }
  }
  const all = new Set([...seen.values()].flat());
  expect(all).toEqual(new Set(['Healthy', 'Unhealthy', 'NotApplicable']));
});

test('without stories no assessment is unhealthy and no regulatory state fails', async () => {
  const quiet = recordsOf(await capturesOf({ stories: false, records: 1_000 })).records;
  expect(quiet.filter(({ record }) => at(record, 'properties.status.code') === 'Unhealthy')).toEqual([]);
  expect(quiet.filter(({ record }) => at(record, 'properties.state') === 'Failed')).toEqual([]);
});

test('alerts come flat and in the form of the API; sub-assessments in PascalCase', () => {
  const all = records.map(({ record }) => record);
  expect(all.filter((record) => 'AlertType' in record).length).toBeGreaterThanOrEqual(5);
  expect(all.filter(({ type }) => type === 'Microsoft.Security/Locations/alerts')).toHaveLength(1);
  const sub = all.filter((record) => record['$type'] === 'subAssessmentEvent');
  expect(sub).toHaveLength(1);
  expect(at(sub[0] ?? {}, 'Properties.Status.Code')).toBe('Healthy');
  expect(all.filter((record) => at(record, 'properties.score.max') !== undefined)).toHaveLength(16);
});

test('every assessment that an assertion listens to is in the tenant', () => {
  const file = fileURLToPath(new URL('../../mappings/assertions.yml', import.meta.url));
  if (!existsSync(file)) throw new Error(`${file} is missing: the demo cannot be checked against it`);
  const mappings = parse(readFileSync(file, 'utf8')) as {
    assertions: readonly { postures?: readonly string[] }[];
  };
  const known = new Set(assessmentTypes.flatMap(({ name, key }) => [name.toLowerCase(), key]));
  // Plans are read from Defender itself, which the demo does not play.
  const wanted = mappings.assertions
    .flatMap(({ postures }) => postures ?? [])
    .filter((posture) => !posture.startsWith('pricings/'));
  expect(wanted.length).toBeGreaterThan(10);
  expect(wanted.filter((posture) => !known.has(posture.toLowerCase()))).toEqual([]);
});

test('forty people and a dozen workloads live in the tenant, each with an id of their own', () => {
  expect(people).toHaveLength(40);
  expect(workloadList).toHaveLength(12);
  expect(new Set([...people, ...workloadList].map(({ id }) => id)).size).toBe(52);
});

test('addresses are from private and documentation ranges, names end in example.com', () => {
  const addresses = new Set(wholeText.match(/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.(?:\d{1,3}|\*\*\*)(?!\.?\d)/g));
  const foreign = [...addresses].filter(
    (ip) => !/^(10\.20|192\.0\.2|198\.51\.100|203\.0\.113)\./.test(ip) && !/^(134|136)\.0\.0?\./.test(ip),
  );
  expect(foreign.filter((ip) => !wholeText.includes(`/${ip}`))).toEqual([]);
  const hosts = new Set(wholeText.match(/@[a-z0-9.-]+\.[a-z]{2,}/gi));
  expect([...hosts].filter((host) => !/(^@|\.)example\.com$/.test(host))).toEqual([]);
});

test('no record is empty or an array', () => {
  expect(records.every(({ record }) => isJsonObject(record) && Object.keys(record).length > 3)).toBe(true);
});
