import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadDetections } from '../../../src/detect/load.ts';
import { readDetectionFolder } from '../../../src/detect/read-folder.ts';
import { resolveField } from '../../../src/sigma/aliases/resolve.ts';
import { aliasTables } from '../../../src/sigma/aliases/tables.ts';
import { readPaths } from '../../../src/sigma/fields.ts';
import { corpusFolder } from '../../support/corpus.ts';

const azure = (service: string) => ({ product: 'azure', service });

test('a field of a rule leads to where the record has it, whichever spelling the rule uses', () => {
  expect(resolveField(azure('signinlogs'), 'ResultType')).toEqual(['resultType']);
  expect(resolveField(azure('activitylogs'), 'OperationNameValue')).toEqual(['operationName']);
  expect(resolveField(azure('auditlogs'), 'TargetResources.ModifiedProperties.NewValue')).toEqual([
    'properties.targetResources.modifiedProperties.newValue',
  ]);
  expect(resolveField(azure('riskdetection'), 'riskEventType')).toEqual(['properties.riskEventType']);
  expect(resolveField(azure('signinlogs'), 'Status.errorCode')).toEqual(['properties.status.errorCode']);
});

describe('one value, read by three spellings', () => {
  const audit = {
    operationName: 'Add user',
    category: 'AuditLogs',
    properties: {
      category: 'UserManagement',
      activityDisplayName: 'Add user',
      result: 'success',
      initiatedBy: { user: { userPrincipalName: 'ada@example.com' } },
      targetResources: [
        { type: 'User', modifiedProperties: [{ displayName: 'a', newValue: '"1"' }] },
        { type: 'Group', modifiedProperties: [{ displayName: 'b', newValue: '"2"' }] },
      ],
    },
  };
  const signIn = {
    resultType: '0',
    properties: { status: { errorCode: 0 }, deviceDetail: { isCompliant: false }, ipAddress: '192.0.2.7' },
  };
  test.each([
    ['auditlogs', audit, ['operationName', 'OperationName', 'properties.message'], 'Add user'],
    ['auditlogs', audit, ['properties.category', 'Category', 'category'], 'UserManagement'],
    ['auditlogs', audit, ['properties.result', 'Result', 'Status'], 'success'],
    [
      'auditlogs',
      audit,
      ['properties.initiatedBy.user.userPrincipalName', 'InitiatedBy.user.userPrincipalName', 'Initiatedby'],
      'ada@example.com',
    ],
    [
      'auditlogs',
      audit,
      [
        'properties.targetResources.modifiedProperties.newValue',
        'TargetResources.ModifiedProperties.NewValue',
      ],
      '"2"',
    ],
    ['signinlogs', signIn, ['resultType', 'ResultType', 'RESULTTYPE'], '0'],
    ['signinlogs', signIn, ['properties.status.errorCode', 'Status.errorCode', 'Status'], 0],
    ['signinlogs', signIn, ['properties.deviceDetail.isCompliant', 'DeviceDetail.isCompliant'], false],
    ['signinlogs', signIn, ['properties.ipAddress', 'IPAddress'], '192.0.2.7'],
    [
      'activitylogs',
      { resultType: 'Success', identity: { authorization: { action: 'x' } } },
      ['identity.authorization.action', 'Authorization_d.action', 'Authorization.action'],
      'x',
    ],
    ['storage', { identity: { type: 'SAS' } }, ['identity.type', 'AuthenticationType'], 'SAS'],
    [
      'keyvault',
      { properties: { httpStatusCode: 403 } },
      ['properties.httpStatusCode', 'httpStatusCode_d', 'HttpStatusCode'],
      403,
    ],
    [
      'openai',
      { properties: { objectId: '' } },
      ['properties.objectId', 'properties_s.objectId', 'objectId'],
      '',
    ],
    ['defender_alert', { Severity: 'High' }, ['Severity', 'AlertSeverity'], 'High'],
  ])('%s: %j by %j', (service, record, fields, value) => {
    for (const field of fields)
      expect(readPaths(record, resolveField(azure(service), field))).toContainEqual(value);
  });
});

test('a field spelled as the record has it is that path alone', () => {
  const several = aliasTables.flatMap(({ product, service, paths, names }) => {
    const renamed = new Set(names.map(({ name }) => name.toLowerCase()));
    return paths
      .filter(({ path }) => !renamed.has(path.toLowerCase()))
      .filter(({ path }) => resolveField({ product, service }, path).join() !== path)
      .map(({ path }) => `${service} ${path}`);
  });
  expect(several).toEqual([]);
});

test('our own rules read the paths they are written with; a category is the record’s and the activity’s', () => {
  const { items } = loadDetections(
    readDetectionFolder(fileURLToPath(new URL('../../../detections', import.meta.url))),
  );
  const elsewhere = items.flatMap(({ rule: { file, logSource, searches } }) =>
    searches
      .flatMap((search) => (search.kind === 'maps' ? search.maps.flat() : []))
      .map(({ field }) => ({ field, paths: resolveField(logSource, field) }))
      .filter(({ field, paths }) => paths.join() !== field)
      .map(({ field, paths }) => `${file.split('/')[1] ?? ''} ${field}: ${paths.join(' ')}`),
  );
  expect([...new Set(elsewhere)]).toEqual(['entra category: properties.category category']);
});

test('every row says where it was seen, and every name is there once', () => {
  for (const { service, paths, names, words } of aliasTables) {
    for (const { source } of [...paths, ...names, ...words]) expect(source).toMatch(/^https:\/\//u);
    const folded = names.map(({ name }) => name.toLowerCase());
    expect({ service, names: folded.length }).toEqual({ service, names: new Set(folded).size });
  }
});

const tables = corpusFolder('loganalytics-tables.json');
test.skipIf(tables === undefined)('columns that the workspace has lead into the record', () => {
  const columnsOf = JSON.parse(readFileSync(join(tables ?? ''), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const stays = /^(?:SourceSystem|TenantId|Type|_BilledSize|_IsBillable|_SubscriptionId)$/u;
  const lost = (
    [
      ['signinlogs', 'SigninLogs'],
      ['auditlogs', 'AuditLogs'],
      ['riskdetection', 'AADUserRiskEvents'],
      ['storage', 'StorageBlobLogs'],
      ['keyvault', 'AZKVAuditLogs'],
    ] as const
  ).map(([service, table]) => {
    const known = new Set(
      aliasTables.find((each) => each.service === service)?.paths.map(({ path }) => path),
    );
    const columns = Object.keys(columnsOf[table] ?? {}).filter((column) => !stays.test(column));
    const found = columns.filter((column) =>
      resolveField(azure(service), column).every((path) => known.has(path)),
    );
    return { table, share: columns.length === 0 ? 0 : found.length / columns.length };
  });
  for (const { table, share } of lost)
    expect({ table, isMost: share >= 0.5 }).toEqual({ table, isMost: true });
});

describe('what no table knows', () => {
  test('a name is read as it stands, and looked for below properties too', () => {
    expect(resolveField(azure('signinlogs'), 'brandNew.field')).toEqual([
      'brandNew.field',
      'properties.brandNew.field',
    ]);
    expect(resolveField(azure('signinlogs'), 'properties.brandNew')).toEqual(['properties.brandNew']);
  });

  test('a log source without a table is read as the rule is written', () => {
    expect(resolveField(azure('resource'), 'Severity')).toEqual(['Severity']);
    expect(resolveField({}, 'ResultType')).toEqual(['ResultType']);
  });

  test('any name leads to a path or more, letter case aside always the same', () => {
    const name = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom('.', '..', 'properties', 'Status.', '.Status', 'status.x.y', '__proto__', 'category.x'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...aliasTables), name, ({ product, service }, field) => {
        const paths = resolveField({ product, service }, field);
        expect(paths.length).toBeGreaterThan(0);
        expect(readPaths({ properties: { status: 1 } }, paths)).toBeInstanceOf(Array);
      }),
    );
  });
});
