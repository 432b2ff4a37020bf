import { armCall } from '../activity.ts';
import { assessmentNames } from '../assessments.ts';
import { accounts } from '../estate.ts';
import { later, portalSignIn } from '../story.ts';
import type { Story } from '../story.ts';
import { admins, workloads } from '../tenant.ts';
import { guid } from '../text.ts';

const setting = {
  properties: {
    logs: [{ categoryGroup: 'allLogs', enabled: true }],
    metrics: [],
    eventHubName: 'ai-diagnostics',
  },
};

/** An account's diagnostic setting is deleted and the account falls silent, until policy puts it back. */
export const diagnosticsOff: Story = {
  id: 'diagnostics-off',
  title: 'Diagnostic setting of an AI account deleted',
  summary:
    'admin.samir.qureshi deletes the diagnostic setting of aoai-clinical; its requests go unlogged until policy re-creates it.',
  detections: ['azure_diagnostic_settings_deleted'],
  play: ({ at, random }) => {
    const account = accounts.clinical;
    const deleted = at(18, 30);
    const restored = at(20, 10);
    const resourceId = `${account.id}/providers/microsoft.insights/diagnosticSettings/to-event-hub`;
    const call = { resourceId, correlationId: guid(random) };
    return {
      records: [
        portalSignIn(admins.samir, later(deleted, -7), random),
        ...armCall(
          {
            ...call,
            time: deleted,
            caller: admins.samir,
            action: 'Microsoft.Insights/diagnosticSettings/delete',
          },
          random,
        ),
        ...armCall(
          {
            ...call,
            correlationId: guid(random),
            time: restored,
            caller: workloads.remediation,
            action: 'Microsoft.Insights/diagnosticSettings/write',
            body: setting,
          },
          random,
        ),
      ],
      silences: [{ resourceId: account.id, from: later(deleted, 1), to: later(restored, 2) }],
      holds: [{ id: account.id, from: deleted, to: later(restored, 2) }],
      faults: [
        {
          assessment: assessmentNames.aiDiagnostics,
          resourceId: account.id,
          from: later(deleted, 33),
          to: later(restored, 29),
        },
      ],
      resources: [resourceId.toLowerCase(), account.id.toLowerCase()],
      from: deleted,
      to: later(deleted, 1),
    };
  },
};
