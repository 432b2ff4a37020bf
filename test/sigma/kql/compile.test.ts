import { describe, expect, test } from 'vitest';
import { compileToKql } from '../../../src/sigma/kql.ts';
import type { KqlResult } from '../../../src/sigma/kql.ts';
import { parseRule } from '../../../src/sigma/parse.ts';
import { kustoAnalyser } from '../../support/kusto.ts';
import { ownTables } from '../../support/workspace-tables.ts';

const analyse = kustoAnalyser(ownTables);

const compile = (service: string, detection: string): KqlResult => {
  const text = `title: T\nlogsource: {product: azure, service: ${service}}\ndetection:\n${detection.replaceAll(/^/gm, '  ')}\n`;
  const { rule, problems } = parseRule(text, 't.yml');
  if (rule === undefined) throw new Error(JSON.stringify(problems));
  return compileToKql(rule);
};

/** The `where` lines of the one query, checked by Kusto's binder. */
const wheres = (
  service: string,
  detection: string,
): { readonly lines: readonly string[]; readonly caveats: readonly string[] } => {
  const result = compile(service, detection);
  if (result.problems !== undefined) throw new Error(JSON.stringify(result.problems));
  const { diagnostics, constantPredicates } = analyse(result.query);
  expect([...diagnostics, ...constantPredicates]).toEqual([]);
  const lines = result.query.split('\n').filter((line) => /^\s*\| where /.test(line));
  return { lines: lines.map((line) => line.trim().slice('| where '.length)), caveats: result.caveats };
};
const one = (
  service: string,
  line: string,
): { readonly kql: string; readonly caveats: readonly string[] } => {
  const { lines, caveats } = wheres(service, `s:\n  ${line}\ncondition: s`);
  return { kql: lines.join(' ¦ '), caveats };
};
const problemsOf = (service: string, detection: string): readonly string[] =>
  (compile(service, detection).problems ?? []).map(({ line, what }) => `${line}: ${what}`);

describe('compiling a rule', () => {
  test('gives the rows that match: who did what, from where, on what, and what was asked for', () => {
    const result = compile(
      'activitylogs',
      `s:
  operationName: MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE
  resultType: Success
condition: s`,
    );
    expect(result).toMatchObject({
      tables: ['AzureActivity'],
      caveats: [],
      query: `AzureActivity
| where OperationNameValue =~ "MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE"
| where ActivityStatusValue in~ ("Success", "Succeeded")
| project TimeGenerated, Operation = OperationNameValue, Result = ActivityStatusValue, ActorName = iff(Caller contains "@", Caller, ""), ActorId = tostring(Claims_d["http://schemas.microsoft.com/identity/claims/objectidentifier"]), IpAddress = CallerIpAddress, AppId = tostring(Claims_d["appid"]), AzureResourceId = _ResourceId, Target = tostring(Properties_d.entity), CorrelationId, Evidence = bag_pack("operationName", OperationNameValue, "resultType", ActivityStatusValue)`,
    });
  });

  test.each([
    ['equality', 'operationName: Get', 'OperationName =~ "Get"'],
    ['equality with case', 'operationName|cased: Get', 'OperationName == "Get"'],
    ['a list', 'operationName: [Get, Put]', 'OperationName in~ ("Get", "Put")'],
    ['a list that repeats itself', 'operationName: [Get, GET]', 'OperationName =~ "GET"'],
    ['neq', 'operationName|neq: Get', 'not(OperationName =~ "Get")'],
    ['contains', 'operationName|contains: e', 'OperationName contains "e"'],
    ['contains with case', 'operationName|contains|cased: e', 'OperationName contains_cs "e"'],
    ['startswith', 'operationName|startswith: G', 'OperationName startswith "G"'],
    ['startswith with case', 'operationName|startswith|cased: G', 'OperationName startswith_cs "G"'],
    ['endswith', 'operationName|endswith: t', 'OperationName endswith "t"'],
    ['endswith with case', 'operationName|endswith|cased: t', 'OperationName endswith_cs "t"'],
    ['any of', 'operationName|contains: [a, b]', 'OperationName contains "a" or OperationName contains "b"'],
    [
      'all of',
      'operationName|contains|all: [a, b]',
      'OperationName contains "a" ¦ OperationName contains "b"',
    ],
    ['a wildcard at the end', 'operationName: Get*', 'OperationName startswith "Get"'],
    [
      'a wildcard inside',
      'operationName: G*.o',
      String.raw`OperationName matches regex "(?is)^[\\s\\p{Z}]*G.*\\.o[\\s\\p{Z}]*$"`,
    ],
    [
      'a wildcard inside, and one that space around could be',
      'operationName: G*.?',
      String.raw`OperationName matches regex "(?is)^G.*\\..$" or trim("[\\s\\p{Z}]+", OperationName) matches regex "(?is)^G.*\\..$"`,
    ],
    ['a wildcard inside, with case', 'operationName|cased: G*t', 'OperationName matches regex "(?s)^G.*t$"'],
    ['an escaped wildcard', String.raw`operationName: 'a\*b'`, 'OperationName =~ "a*b"'],
    ['a number for a text', 'statusCode: 200', 'StatusCode =~ "200"'],
    ['a number for a number', 'durationMs: 12', 'coalesce(DurationMs == 12, false)'],
    ['a text for a number', "durationMs: '12'", 'coalesce(DurationMs == 12, false)'],
    ['more than', 'durationMs|gt: 12', 'coalesce(DurationMs > 12, false)'],
    ['more than, of a text', 'statusCode|gte: 400', 'coalesce(todouble(StatusCode) >= 400, false)'],
    ['a regular expression', 'uri|re: a.+b', 'Uri matches regex "a.+b"'],
    ['a regular expression with flags', 'uri|re|i|s: a.+b', 'Uri matches regex "(?is)a.+b"'],
    [
      'a letter beyond ASCII',
      'operationName: Größe',
      String.raw`OperationName matches regex "(?is)^[\\s\\p{Z}]*Größe[\\s\\p{Z}]*$"`,
    ],
    ['words', 'operationName: Get it', String.raw`trim("[\\s\\p{Z}]+", OperationName) =~ "Get it"`],
    [
      'words among others',
      "operationName: [Get, 'Get it ']",
      String.raw`trim("[\\s\\p{Z}]+", OperationName) in~ ("Get", "Get it")`,
    ],
    [
      'a dash between words',
      'operationName: a – b',
      String.raw`OperationName matches regex "(?is)^[\\s\\p{Z}]*a\\p{Zs}[-‐-―−﹘﹣－]\\p{Zs}b[\\s\\p{Z}]*$"`,
    ],
    [
      'words at the end, whatever space follows',
      'operationName|endswith: get it',
      String.raw`trim("[\\s\\p{Z}]+", OperationName) endswith "get it"`,
    ],
    [
      'words with a space of their own at the end',
      "operationName|startswith: 'get it '",
      String.raw`OperationName startswith "get it " or trim("[\\s\\p{Z}]+", OperationName) startswith "get it "`,
    ],
    [
      'a hyphen inside a word of a name',
      'operationName|contains: multi-factor change',
      String.raw`OperationName matches regex "(?is)^.*multi[-‐-―−﹘﹣－]factor\\p{Zs}change.*$"`,
    ],
    ['Base64', 'uri|base64|contains: foo', 'Uri contains "Zm9v"'],
    [
      'a field of the same record',
      'identity.requester.objectId|fieldref: identity.requester.appId',
      'isnotempty(RequesterObjectId) ¦ isnotempty(RequesterAppId) ¦ RequesterObjectId =~ RequesterAppId',
    ],
    ['the hour', 'time|hour: 3', 'coalesce(hourofday(TimeGenerated) == 3, false)'],
    ['the minute', 'time|minute|gte: 30', 'coalesce(datetime_part("minute", TimeGenerated) >= 30, false)'],
    ['the week', 'time|week: 1', 'coalesce(week_of_year(TimeGenerated) == 1, false)'],
    ['the day', 'time|day: 1', 'coalesce(dayofmonth(TimeGenerated) == 1, false)'],
    ['the month', 'time|month: 1', 'coalesce(monthofyear(TimeGenerated) == 1, false)'],
    ['the year', 'time|year: 2026', 'coalesce(getyear(TimeGenerated) == 2026, false)'],
  ])('%s', (_, line, kql) => {
    expect(one('storage', line).kql).toBe(kql);
  });

  test('Base64 is looked for at its three offsets', () => {
    expect(one('storage', 'uri|base64offset|contains: foo').kql.match(/contains/g)).toHaveLength(3);
  });

  test('a network is asked for the address without its port, and a masked address is in none', () => {
    expect(one('storage', 'callerIpAddress|cidr: 192.0.2.0/24').kql).toBe(
      String.raw`coalesce(ipv4_is_in_range(extract("^\\s*(?:::ffff:)?([0-9.]+)(?::[0-9]+)?\\s*$", 1, CallerIpAddress), "192.0.2.0/24"), false)`,
    );
    expect(one('storage', 'callerIpAddress|cidr: 2001:db8::/32').kql).toContain('ipv6_is_in_range(');
  });

  test('what a text column cannot tell is said: empty and not there are one', () => {
    const words = 'Log Analytics keeps no difference between an empty text and none: StatusText';
    for (const line of [
      "statusText: ''",
      'statusText: null',
      'statusText|exists: true',
      'statusText|exists: false',
      "statusText: '*'",
    ])
      expect(one('storage', line).caveats).toContain(words);
    expect(one('storage', 'statusText: null').kql).toBe('not(isnotempty(StatusText))');
    expect(one('storage', "statusText: ''").kql).toBe('isempty(StatusText)');
  });

  test('a JSON member tells an empty text from none', () => {
    const member = 'parse_json(column_ifexists("properties_s", "")).objectId';
    const empty = one('openai', "properties.objectId: ''");
    expect(empty.kql).toContain(`gettype(${member}) == "string" ¦ tostring(${member}) == ""`);
    expect(one('openai', 'properties.objectId: null').kql).toContain(`not(gettype(${member}) != "null")`);
    expect(one('openai', 'properties.streamType|contains: x').kql).toContain('tostring(');
  });

  test('a boolean is compared as one, in a column and in JSON', () => {
    const { lines } = wheres('keyvault', 's:\n  properties.isRbacAuthorized: true\ncondition: s');
    expect(lines).toEqual(['coalesce(IsRbacAuthorized == true, false)']);
    expect(one('activitylogs', 'properties.isX: false').kql).toBe('tostring(Properties_d.isX) =~ "false"');
    expect(one('keyvault', "properties.isRbacAuthorized: 'True'").kql).toBe(
      'coalesce(IsRbacAuthorized == true, false)',
    );
  });

  test('a claim that is named by an address is one member, dots and all', () => {
    const claim = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
    expect(one('activitylogs', `identity.claims.${claim}: x`).kql).toBe(
      `tostring(Claims_d["${claim}"]) =~ "x"`,
    );
  });

  test('not keeps the rows where there is nothing to compare', () => {
    const { lines } = wheres(
      'storage',
      's:\n  durationMs|gt: 5\nf:\n  callerIpAddress|cidr: 10.0.0.0/8\ncondition: not s and not f',
    );
    for (const line of lines) expect(line).toMatch(/^not\(coalesce\(.*, false\)\)$/);
  });

  test('quantifiers, parentheses and nested conditions keep their meaning', () => {
    const { lines } = wheres(
      'storage',
      `a_1: {operationName: A}
a_2: {operationName: B}
b: {statusCode: 1}
c: [{uri|contains: x, protocol: HTTPS}, {uri|contains: y}]
condition: (all of a_* or b) and not (c and 1 of a_*)`,
    );
    expect(lines).toEqual([
      '(OperationName =~ "A" and OperationName =~ "B") or StatusCode =~ "1"',
      'not(((Uri contains "x" and Protocol =~ "HTTPS") or Uri contains "y") and (OperationName =~ "A" or OperationName =~ "B"))',
    ]);
  });
});

describe('tables that differ', () => {
  test('a category picks its table; the other three are not read', () => {
    const result = compile(
      'signinlogs',
      's:\n  category: SignInLogs\n  properties.status.errorCode: 0\ncondition: s',
    );
    expect(result).toMatchObject({ tables: ['SigninLogs'], caveats: [] });
  });

  test('one sign-in rule reads four tables, each in its own types', () => {
    const result = compile('signinlogs', 's:\n  properties.status.errorCode: 50140\ncondition: s');
    if (result.problems !== undefined) throw new Error('refused');
    expect(result.tables).toEqual([
      'SigninLogs',
      'AADNonInteractiveUserSignInLogs',
      'AADServicePrincipalSignInLogs',
      'AADManagedIdentitySignInLogs',
    ]);
    expect(result.query).toContain('tostring(Status.errorCode) =~ "50140"');
    expect(result.query).toContain('tostring(parse_json(Status).errorCode) =~ "50140"');
    expect(result.query).toContain('ResultType =~ "50140"');
    expect(analyse(result.query).diagnostics).toEqual([]);
  });

  test('users are not looked for where workloads sign in', () => {
    const result = compile(
      'signinlogs',
      's:\n  properties.userPrincipalName|endswith: "@example.com"\ncondition: s',
    );
    expect(result).toMatchObject({ tables: ['SigninLogs', 'AADNonInteractiveUserSignInLogs'], caveats: [] });
  });

  test('a field that one table lacks is named, and counts as not there', () => {
    const result = compile('signinlogs', 's:\n  properties.userAgent|contains: curl\ncondition: s');
    if (result.problems !== undefined) throw new Error('refused');
    expect(result.tables).toEqual(['SigninLogs', 'AADNonInteractiveUserSignInLogs']);
    expect(result.caveats).toContain(
      'AADServicePrincipalSignInLogs has no known column for properties.userAgent, so there it counts as not there',
    );
  });

  test('a vault is read in both of its tables', () => {
    const result = compile(
      'keyvault',
      's:\n  operationName: KeyPurge\n  properties.httpStatusCode: [200, 204]\ncondition: s',
    );
    if (result.problems !== undefined) throw new Error('refused');
    expect(result.tables).toEqual(['AzureDiagnostics', 'AZKVAuditLogs']);
    expect(result.query).toContain('coalesce(column_ifexists("httpStatusCode_d", real(null)) == 200, false)');
    expect(analyse(result.query)).toMatchObject({ diagnostics: [], constantPredicates: [] });
  });

  test.each([
    ['category|re: ^SignIn', true],
    ['category|contains: signin', true],
    ['category: null', false],
    ['category|exists: true', true],
    ['category: 5', false],
    ['category: true', false],
    ['category|cidr: 10.0.0.0/8', false],
  ])('what is the same in every row is decided at once: %s', (line, isKept) => {
    const result = compile('signinlogs', `s:\n  ${line}\nt:\n  operationName: A\ncondition: s and t`);
    expect(result.problems === undefined).toBe(isKept);
  });

  test('both shapes of a Defender alert become one question', () => {
    const { lines } = wheres(
      'defender_alert',
      'flat:\n  AlertType: X\napi:\n  properties.alertType: X\ncondition: flat or api',
    );
    expect(lines.slice(1)).toEqual(['AlertType =~ "X"']);
  });
});

describe('three spellings of one field', () => {
  test.each([
    ['signinlogs', 'properties.userAgent', 'UserAgent'],
    ['signinlogs', 'userAgent', 'UserAgent'],
    ['signinlogs', 'USERAGENT', 'UserAgent'],
    ['signinlogs', 'DeviceDetail.trusttype', 'tostring(DeviceDetail.trustType)'],
    ['activitylogs', 'OperationNameValue', 'OperationNameValue'],
    ['activitylogs', 'operationname', 'OperationNameValue'],
    ['auditlogs', 'Category', 'Category'],
    ['auditlogs', 'properties.loggedByService', 'LoggedByService'],
    ['auditlogs', 'PROPERTIES.ActivityDisplayName', 'ActivityDisplayName'],
    ['riskdetection', 'riskEventType', 'RiskEventType'],
    ['riskdetection', 'properties.riskEventType', 'RiskEventType'],
  ])('%s: %s is the column %s', (service, field, kql) => {
    const { lines } = wheres(service, `s:\n  ${field}: x\ncondition: s`);
    expect(lines).toContain(`${kql} =~ "x"`);
  });

  test('a name that stands for several places is looked for at each of them', () => {
    expect(wheres('auditlogs', 's:\n  Target|contains: admin\ncondition: s').lines).toEqual([
      'AnyElement1 or AnyElement2',
    ]);
    expect(one('auditlogs', 'failure_status_reason: X').kql).toBe(
      'ResultReason =~ "X" or ResultDescription =~ "X"',
    );
    expect(one('auditlogs', 'failure_status_reason: null').kql).toBe(
      'not(isnotempty(ResultReason)) ¦ not(isnotempty(ResultDescription))',
    );
    expect(one('auditlogs', 'failure_status_reason|fieldref: operationName').kql).toContain(
      'ResultDescription =~ OperationName',
    );
  });

  test('a column that no record has a path for is read, and that is said', () => {
    const { kql, caveats } = one('activitylogs', 'EventDataId: x');
    expect(kql).toBe('EventDataId =~ "x"');
    expect(caveats).toEqual([
      'records have no known field EventDataId; the column of that name is read in AzureActivity',
    ]);
  });

  test('a path that the table lacks beside one that it has is said', () => {
    const { caveats } = wheres('signinlogs', 's:\n  properties.message: deviceCode\ncondition: s');
    expect(caveats).toContain(
      'SigninLogs has no known column for properties.originalTransferMethod, so there it counts as not there',
    );
  });
});

describe('arrays', () => {
  test('one element is enough, nested arrays too, and an empty array loses no row', () => {
    const result = compile(
      'auditlogs',
      `s:
  properties.targetResources.modifiedProperties.displayName: Flag
  properties.targetResources.type: User
f:
  properties.targetResources.modifiedProperties.displayName: Other
condition: s and not f`,
    );
    if (result.problems !== undefined) throw new Error('refused');
    expect(analyse(result.query)).toMatchObject({ diagnostics: [], constantPredicates: [] });
    expect(result.query).toContain('mv-expand Element = iff(gettype(Outer1.modifiedProperties) == "array"');
    expect(result.query).toContain('countif(tostring(Element.displayName) =~ "Flag") > 0');
    expect(result.query).toContain('| where AnyElement1\n');
    expect(result.query).toMatch(/\| where not\(AnyElement\d\)/);
    expect(result.caveats).toEqual([]);
  });

  test('an array at the end of a path is asked as a whole and through its elements', () => {
    const { lines } = wheres(
      'signinlogs',
      's:\n  category: SignInLogs\n  properties.riskEventTypes_v2: anonymizedIPAddress\ncondition: s',
    );
    expect(lines).toEqual([
      'tostring(parse_json(RiskEventTypes_V2)) =~ "anonymizedIPAddress" or AnyElement1',
    ]);
  });

  test('numbers, networks, absence and presence reach into arrays', () => {
    for (const line of [
      'type|exists: true',
      'type|exists: false',
      'type: null',
      'size|gt: 3',
      'ip|cidr: 10.0.0.0/8',
      'type|re: ^U',
      'isX: true',
    ])
      expect(one('auditlogs', `properties.targetResources.${line}`).kql).toMatch(
        /^(?:not\()?AnyElement1\)?$/,
      );
  });
});

describe('keywords', () => {
  test('are looked for in all columns of the row, never in a literal, and that is said', () => {
    const { lines, caveats } = wheres('storage', "k:\n  - mimikatz\n  - 'a*b'\ncondition: k");
    expect(lines).toEqual([
      'tostring(pack_all()) contains "mimikatz" or tostring(pack_all()) matches regex "(?is)^.*a.*b.*$"',
    ]);
    expect(caveats.join()).toContain('keywords are looked for in the columns of the table');
    expect(wheres('storage', "k:\n  '|all': [a, b]\ncondition: k").lines).toHaveLength(2);
  });
});

describe('what KQL cannot say is refused', () => {
  test('a log source without a table', () => {
    expect(problemsOf('resource', 's:\n  a: b\ncondition: s')).toEqual([
      '1: no table is known for log source azure/resource',
    ]);
  });

  test('every field that no column is known for, at its place', () => {
    expect(
      problemsOf('storage', 's:\n  nope: b\n  uri: c\nt:\n  neither|fieldref: uri\ncondition: s or t'),
    ).toEqual(['5: no column is known for `nope`', '8: no column is known for `neither`']);
  });

  test('a text asked of a date, a number asked of a date, a comparison with an array', () => {
    expect(problemsOf('storage', "s:\n  time: '2026-03-02'\ncondition: s").join()).toContain('is a date');
    expect(problemsOf('storage', 's:\n  time|gt: 3\ncondition: s').join()).toContain(
      'which no number compares to',
    );
    expect(
      problemsOf(
        'auditlogs',
        's:\n  properties.targetResources.id|fieldref: correlationId\ncondition: s',
      ).join(),
    ).toContain('cannot be compared');
  });

  test('a rule that no row can match', () => {
    expect(problemsOf('signinlogs', 's:\n  category: Other\n  operationName: A\ncondition: s')).toEqual([
      '1: the rule can match no row of its tables',
    ]);
  });

  test('a comparison with a field that the table lacks is never true', () => {
    expect(
      compile(
        'signinlogs',
        's:\n  category: ServicePrincipalSignInLogs\n  properties.userId|fieldref: properties.appId\ncondition: s',
      ).problems,
    ).toHaveLength(1);
  });
});

test('labels and the time of arrival are added where they belong', () => {
  const text =
    'title: T\nlogsource: {product: azure, service: keyvault}\ndetection: {s: {operationName: A}, condition: s}\n';
  const { rule } = parseRule(text, 't.yml');
  if (rule === undefined) throw new Error('rule');
  const result = compileToKql(rule, { labels: { Detection: 'a "b"' }, ingestedWithin: '15m' });
  if (result.problems !== undefined) throw new Error('refused');
  expect(result.query.match(/\| where ingestion_time\(\) > ago\(15m\)/g)).toHaveLength(2);
  expect(result.query).toMatch(/\n\| extend Detection = "a \\"b\\""$/);
  expect(analyse(result.query).diagnostics).toEqual([]);
});
