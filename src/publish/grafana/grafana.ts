import type { Publisher } from '../publisher.ts';
import { buildBoard } from './board.ts';
import type { Board } from './board.ts';
import { PIPELINE_UID, pipelineBoard } from './pipeline-board.ts';
import { POSTURE_UID, postureBoard } from './posture-board.ts';
import { dashboardProvider, datasources } from './provisioning.ts';

const json = (board: Board): string => `${JSON.stringify(buildBoard(board), null, 2)}\n`;

/** Two boards and what Grafana needs to load them. They ask for data at view time, so no input shapes them. */
export const grafana: Publisher = {
  type: 'grafana',
  summary: 'Grafana boards on posture, evidence and pipeline health, with their provisioning.',
  folder: 'dashboards',
  isCommitted: true,
  generate: async () => [
    {
      path: 'compliance-posture.json',
      text: json(postureBoard({ uid: PIPELINE_UID, title: 'Pipeline health' })),
    },
    {
      path: 'pipeline-health.json',
      text: json(pipelineBoard({ uid: POSTURE_UID, title: 'Compliance posture' })),
    },
    { path: 'provisioning/datasources/plumbline.yaml', text: datasources() },
    { path: 'provisioning/dashboards/plumbline.yaml', text: dashboardProvider() },
  ],
};
