import { seenIn } from './sources.ts';
import { named, realPaths } from './table.ts';
import type { AliasTable } from './table.ts';

/** Alerts of Defender for Cloud, in the flat form that continuous export sends and in that of the API. */
export const defenderAlert: AliasTable = {
  product: 'azure',
  service: 'defender_alert',
  paths: [
    ...realPaths(
      seenIn.alertSamples,
      'AlertType AlertDisplayName Severity Intent SystemAlertId StartTimeUtc EndTimeUtc TimeGenerated ' +
        'CompromisedEntity AzureResourceId Entities ResourceIdentifiers ExtendedProperties RemediationSteps AlertUri ' +
        'Status IsIncident Description ProductName VendorName ProcessingEndTime',
    ),
    ...realPaths(seenIn.alertPage, 'id name type properties'),
    ...realPaths(
      seenIn.alertPage,
      'alertType alertDisplayName severity intent systemAlertId startTimeUtc endTimeUtc timeGeneratedUtc ' +
        'compromisedEntity entities resourceIdentifiers extendedProperties remediationSteps alertUri status ' +
        'isIncident description productName vendorName',
      'properties.',
    ),
  ],
  names: named(seenIn.alertTable, {
    AlertSeverity: 'Severity properties.severity',
    AlertName: 'AlertDisplayName properties.alertDisplayName',
    DisplayName: 'AlertDisplayName properties.alertDisplayName',
    AlertLink: 'AlertUri properties.alertUri',
    StartTime: 'StartTimeUtc properties.startTimeUtc',
    EndTime: 'EndTimeUtc properties.endTimeUtc',
    Tactics: 'Intent properties.intent',
    ResourceId: 'AzureResourceId',
  }),
  words: [],
};
