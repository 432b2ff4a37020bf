import { activityLogs } from './activitylogs.ts';
import { auditLogs } from './auditlogs.ts';
import { defenderAlert } from './defender-alert.ts';
import { keyVault } from './keyvault.ts';
import { openAi } from './openai.ts';
import { pim } from './pim.ts';
import { riskDetection } from './riskdetection.ts';
import { signInLogs } from './signinlogs.ts';
import { storage } from './storage.ts';
import type { AliasTable } from './table.ts';

/** Every log source whose fields are known. */
export const aliasTables: readonly AliasTable[] = [
  activityLogs,
  auditLogs,
  signInLogs,
  riskDetection,
  pim,
  openAi,
  keyVault,
  storage,
  defenderAlert,
];
