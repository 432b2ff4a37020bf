import { levels } from '../domain/severity.ts';
import type { Outcome } from '../domain/event.ts';
import { unknownActor } from './actor.ts';
import { eventFields, properties, readCommon } from './common.ts';
import { fieldsOf, newNotes, text } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

const recordType = 'plumbline/policycheck';

/** What guardrails and other tools said of a plan or of source before it was deployed. */
export const policyCheck: Normaliser = {
  type: 'policy_check',
  summary: 'Results of checks before deployment: guardrails on Terraform plans, OPA, Checkov, SARIF.',
  classes: [
    {
      id: 'policy_check',
      title: 'Check before deployment',
      logSources: [{ product: 'plumbline', service: 'policy_check' }],
    },
  ],
  accepts: (received) => text(fieldsOf(received), 'type')?.toLowerCase() === recordType,
  normalise: (received, context) => {
    const notes = newNotes();
    const record = fieldsOf(received);
    const payload = properties(record);
    const common = readCommon(record, context, notes, ['operationName', 'category']);
    const outcome = outcomeOf(text(payload, 'outcome'));
    const level = levels.find((one) => one === text(payload, 'level'));
    const own = { outcome, actor: unknownActor(undefined), target: text(payload, 'resource', 'inputName') };
    // What passed is no finding, however severe it would have been.
    const severity = outcome === 'failure' ? (level ?? 'medium') : 'informational';
    return { record: record.raw, fields: eventFields('policy_check', { ...common, severity }, own, notes) };
  },
};

function outcomeOf(word: string | undefined): Outcome {
  switch (word) {
    case 'pass':
      return 'success';
    case 'fail':
      return 'failure';
    default:
      return 'unknown';
  }
}
