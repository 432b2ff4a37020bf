import type { JsonObject } from '../../src/lib/json.ts';
import { T0 } from './samples.ts';

/** Records as Azure streams them to an Event Hub, small enough to read: what the tests of the command line feed it. */

const subscription = '/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/RG-AI';

export const accountPath = (account: string): string =>
  `${subscription}/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/${account.toUpperCase()}`;

const armRecord = (over: JsonObject): JsonObject => ({
  category: 'Administrative',
  resultType: 'Success',
  resultSignature: 'Succeeded.OK',
  callerIpAddress: '192.0.2.10',
  correlationId: '00000000-0000-0000-0000-00000000c001',
  identity: {
    claims: {
      appid: '00000000-0000-0000-0000-00000000f001',
      'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'ada@example.com',
    },
  },
  level: 'Information',
  tenantId: '00000000-0000-0000-0000-0000000000aa',
  ...over,
});

const at = (minute: number): string => new Date(T0 + minute * 60_000).toISOString();

/** Nothing to see: a resource group is read. */
export const ordinary = (minute = 0): JsonObject =>
  armRecord({
    time: at(minute),
    resourceId: subscription,
    operationName: 'MICROSOFT.RESOURCES/SUBSCRIPTIONS/RESOURCEGROUPS/READ',
  });

/** What `azure_diagnostic_settings_deleted` (high) finds. */
export const diagnosticsDeleted = (account: string, minute = 0): JsonObject =>
  armRecord({
    time: at(minute),
    resourceId: `${accountPath(account)}/providers/microsoft.insights/diagnosticSettings/to-hub`,
    operationName: 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE',
  });

/** What mends it. */
export const diagnosticsWritten = (account: string, minute = 0): JsonObject =>
  armRecord({
    time: at(minute),
    resourceId: `${accountPath(account)}/providers/microsoft.insights/diagnosticSettings/to-hub`,
    operationName: 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/WRITE',
    properties: { requestbody: '{"properties":{"logs":[{"category":"Audit","enabled":true}]}}' },
  });

export const envelope = (...records: readonly JsonObject[]): string => JSON.stringify({ records });
export const ndjson = (...records: readonly JsonObject[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');
