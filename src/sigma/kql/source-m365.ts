import { column, computed, constant, json, pair } from './source.ts';
import type { Branch, FieldColumn, KqlSource, Spellings } from './source.ts';

/** Exchange writes `True`, other workloads a word. */
const succeeded: Spellings = {
  source:
    'https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema',
  words: { success: ['Success', 'Succeeded', 'True'], failure: ['Failure', 'Failed', 'False'] },
};

/** Exchange, SharePoint and Teams; the connector does not bring sign-ins or alerts. */
const officeFields: Readonly<Record<string, FieldColumn>> = {
  CreationTime: column('TimeGenerated'),
  Operation: column('Operation'),
  Workload: column('OfficeWorkload'),
  RecordType: column('RecordType'),
  ResultStatus: column('ResultStatus', succeeded),
  ObjectId: column('OfficeObjectId'),
  ApplicationId: column('ApplicationId'),
  AppId: column('AppId'),
  Id: column('OfficeId'),
  ClientIP: column('ClientIP'),
  UserId: column('UserId'),
  UserType: column('UserType'),
  UserKey: column('UserKey'),
  UserAgent: column('UserAgent'),
  OrganizationId: column('OrganizationId'),
  Parameters: column('Parameters'),
  OperationProperties: json('OperationProperties'),
  ModifiedProperties: column('ModifiedProperties'),
  ExtendedProperties: column('ExtendedProperties'),
  RequestType: pair('parse_json(ExtendedProperties)', 'RequestType'),
};

const office: Branch = {
  table: 'OfficeActivity',
  fields: officeFields,
  arrays: ['OperationProperties'],
  output: {
    Operation: 'Operation',
    Result: 'ResultStatus',
    ActorName: 'UserId',
    ActorId: 'UserKey',
    IpAddress: 'ClientIP',
    AppId: 'AppId',
    Target: 'OfficeObjectId',
    CorrelationId: 'OfficeId',
  },
};

const raw = (name: string): string => `tostring(RawEventData.${name})`;

/** `RawEventData` is the record of the unified audit log as it was written. */
const cloudApps: Branch = {
  table: 'CloudAppEvents',
  record: 'RawEventData',
  fields: {
    CreationTime: column('TimeGenerated'),
    ResultStatus: computed(raw('ResultStatus'), succeeded),
    RequestType: pair('RawEventData.ExtendedProperties', 'RequestType'),
  },
  arrays: ['OperationProperties', 'Parameters', 'ExtendedProperties', 'ModifiedProperties'],
  output: {
    Operation: raw('Operation'),
    Result: raw('ResultStatus'),
    ActorName: raw('UserId'),
    ActorId: 'AccountObjectId',
    IpAddress: 'IPAddress',
    AppId: raw('ApplicationId'),
    Target: raw('ObjectId'),
    CorrelationId: raw('Id'),
  },
};

const threatMail: Branch = {
  table: 'EmailEvents',
  where: 'isnotempty(ThreatTypes)',
  fields: {
    Workload: constant('ThreatIntelligence'),
    Operation: constant('TIMailData'),
    Directionality: column('EmailDirection'),
    DeliveryAction: column('DeliveryAction'),
    Recipients: column('RecipientEmailAddress'),
    P2Sender: column('SenderFromAddress'),
    P1Sender: column('SenderMailFromAddress'),
    SenderIp: column('SenderIPv4'),
    Subject: column('Subject'),
  },
  arrays: [],
  output: {
    Operation: 'EmailDirection',
    Result: 'DeliveryAction',
    ActorName: 'SenderFromAddress',
    IpAddress: 'SenderIPv4',
    Target: 'RecipientEmailAddress',
    CorrelationId: 'NetworkMessageId',
  },
  caveats: [
    "a record of a malicious mail is a row of EmailEvents with a threat type; Defender writes no record's own name there",
  ],
};

const connector = 'Office365';

export const m365AuditSource: KqlSource = {
  logSource: { product: 'm365', service: 'audit' },
  branches: [office, cloudApps, threatMail],
  connector,
  caveats: ['an event that both OfficeActivity and CloudAppEvents keep gives two rows'],
};

export const m365ExchangeSource: KqlSource = {
  logSource: { product: 'm365', service: 'exchange' },
  branches: [
    {
      ...office,
      fields: {
        ...officeFields,
        eventSource: column('OfficeWorkload'),
        eventName: column('Operation'),
        status: column('ResultStatus', succeeded),
      },
    },
  ],
  connector,
  caveats: [],
};

/** Alerts of Defender for Cloud Apps, Defender for Office 365 and of alert policies. */
const alerts: Branch = {
  table: 'SecurityAlert',
  where:
    'ProviderName in~ ("MCAS", "OATP", "Office 365 Security and Compliance", "Microsoft Data Loss Prevention", ' +
    '"Microsoft 365 Defender")',
  fields: {
    eventSource: constant('SecurityComplianceCenter'),
    eventName: column('DisplayName'),
    // An alert is written when the policy found something.
    status: constant('success'),
  },
  arrays: [],
  output: {
    Operation: 'AlertType',
    Result: 'Status',
    Target: 'CompromisedEntity',
    CorrelationId: 'SystemAlertId',
  },
  caveats: [
    'an alert is found by its English title',
    "Microsoft's pages do not list the provider names of alerts; they are those that published queries use",
  ],
};

const complianceEvents: Branch = {
  ...cloudApps,
  fields: {
    ...cloudApps.fields,
    eventSource: computed(raw('Workload')),
    eventName: computed('tostring(coalesce(RawEventData.Name, RawEventData.Operation))'),
    // The record's own state of an alert (`Active`, `Resolved`) says how people deal with it.
    status: constant('success'),
    Payload: computed('tostring(RawEventData)'),
  },
  caveats: ['records have no Payload: the whole record is searched for it'],
};

const alertSourceOf = (service: string): KqlSource => ({
  logSource: { product: 'm365', service },
  branches: [alerts, complianceEvents],
  connector: 'MicrosoftThreatProtection',
  caveats: ['records of alerts have no field `status`; that one was raised counts as success'],
});

export const m365ThreatSources: readonly KqlSource[] = ['threat_management', 'threat_detection'].map(
  alertSourceOf,
);
