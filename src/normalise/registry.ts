import type { EventClass } from '../domain/event.ts';
import { azureActivity } from './azure-activity.ts';
import { azureOpenai } from './azure-openai.ts';
import { azureResource } from './azure-resource.ts';
import { defender } from './defender.ts';
import { entraAudit } from './entra-audit.ts';
import { entraRisk } from './entra-risk.ts';
import { entraSignin } from './entra-signin.ts';
import { keyVault } from './key-vault.ts';
import type { Normaliser } from './normaliser.ts';
import { policyCheck } from './policy-check.ts';
import { storage } from './storage.ts';
import { vnetFlow } from './vnet-flow.ts';

/** Every normaliser. No two but the last accept the same record; the last takes what follows the common schema. */
export const normalisers: readonly Normaliser[] = [
  storage,
  entraSignin,
  azureActivity,
  keyVault,
  azureOpenai,
  entraAudit,
  entraRisk,
  defender,
  policyCheck,
  vnetFlow,
  azureResource,
];

/** Every class of event there is. */
export const eventClasses: readonly EventClass[] = normalisers.flatMap((normaliser) => normaliser.classes);
