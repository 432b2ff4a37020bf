import type { LogSource } from '../../domain/event.ts';
import type { KqlSource } from './source.ts';
import { activitySource, keyVaultSource, openAiSource, storageSource } from './source-azure.ts';
import {
  alertSource,
  assessmentSource,
  regulatorySource,
  secureScoreSource,
  subAssessmentSource,
} from './source-defender.ts';
import { auditSource, signInSource } from './source-entra.ts';
import { m365AuditSource, m365ExchangeSource, m365ThreatSources } from './source-m365.ts';
import { pimSource } from './source-pim.ts';
import { riskSource } from './source-risk.ts';

/**
 * Every log source that a workspace holds in known tables. `azure/resource` is not among them on purpose: it is
 * whatever has no other class, and no single table holds that.
 */
export const kqlSources: readonly KqlSource[] = [
  activitySource,
  signInSource,
  auditSource,
  riskSource,
  pimSource,
  m365AuditSource,
  m365ExchangeSource,
  ...m365ThreatSources,
  openAiSource,
  keyVaultSource,
  storageSource,
  alertSource,
  assessmentSource,
  subAssessmentSource,
  regulatorySource,
  secureScoreSource,
];

export const kqlSourceOf = (logSource: LogSource): KqlSource | undefined =>
  kqlSources.find(
    (source) =>
      source.logSource.product === logSource.product && source.logSource.service === logSource.service,
  );
