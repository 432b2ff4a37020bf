import type { PanelId } from '../../domain/panels.ts';
import type { RowsOf } from './context.ts';
import {
  deadLetters,
  eventsOverTime,
  evidenceLog,
  findingsOpen,
  findingsOverTime,
  sources,
} from './evidence-rows.ts';
import {
  controlHistory,
  controlsAttention,
  frameworkCoverage,
  frameworkStatus,
  frameworks,
  postureNow,
  statusTrend,
} from './posture-rows.ts';

/** Who answers which panel. A panel of `domain/panels.ts` without a line here does not compile. */
export const panelRows: { readonly [P in PanelId]: RowsOf<P> } = {
  frameworks,
  'posture-now': postureNow,
  'framework-status': frameworkStatus,
  'framework-coverage': frameworkCoverage,
  'status-trend': statusTrend,
  'control-history': controlHistory,
  'controls-attention': controlsAttention,
  'findings-over-time': findingsOverTime,
  'findings-open': findingsOpen,
  'events-over-time': eventsOverTime,
  sources,
  'evidence-log': evidenceLog,
  'dead-letters': deadLetters,
};
