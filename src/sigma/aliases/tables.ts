import { activityLogs } from './activitylogs.ts';
import { auditLogs } from './auditlogs.ts';
import { pim } from './pim.ts';
import { riskDetection } from './riskdetection.ts';
import { signInLogs } from './signinlogs.ts';
import type { AliasTable } from './table.ts';

/** Every log source whose fields are known. */
export const aliasTables: readonly AliasTable[] = [activityLogs, auditLogs, signInLogs, riskDetection, pim];
