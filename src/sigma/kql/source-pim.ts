import type { KqlSource } from './source.ts';
import { auditBranch } from './source-entra.ts';

/** Alerts of Privileged Identity Management are audit records. */
export const pimSource: KqlSource = {
  logSource: { product: 'azure', service: 'pim' },
  branches: [{ ...auditBranch, where: 'OperationName =~ "Triggered PIM alert"' }],
  connector: 'AzureActiveDirectory',
  caveats: [
    'the audit log names an alert of PIM by its English title, so the id of the alert is looked for by its titles',
  ],
};
