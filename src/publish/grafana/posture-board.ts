import { QueryVariableBuilder, VariableRefresh } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Status } from '../../domain/control.ts';
import { allStatuses, levelsStrongestFirst, statusColumn } from '../../domain/panels.ts';
import { statusLook } from '../report/status.ts';
import { evidenceVariable, words } from './board.ts';
import type { Board } from './board.ts';
import { cellWidth, filledCell, fixedColour } from './cells.ts';
import type { FieldLooks } from './cells.ts';
import { countsOverTime, ribbons, stackedBars } from './charts.ts';
import { figure, table } from './figures.ts';
import {
  countMappings,
  fillOf,
  labelOf,
  levelColours,
  levelMappings,
  statusMappings,
  verificationMappings,
} from './look.ts';
import { postureGuide } from './guides.ts';
import { evidenceSource, infinityQuery } from './queries.ts';

export const POSTURE_UID = 'plumbline-compliance-posture';

const statusSeries: FieldLooks = Object.fromEntries(
  allStatuses.map((status) => [
    statusColumn(status),
    [{ id: 'displayName', value: labelOf(status) }, fixedColour(fillOf(status))],
  ]),
);

const levelSeries: FieldLooks = Object.fromEntries(
  levelsStrongestFirst.map((level) => [level, [fixedColour(levelColours[level])]]),
);

const frameworkVariable = () =>
  new QueryVariableBuilder('framework')
    .label('Framework')
    .description('Which framework to look at.')
    .datasource(evidenceSource)
    .query({
      refId: 'variable',
      queryType: 'infinity',
      infinityQuery: { ...infinityQuery('frameworks', 'table'), refId: 'variable' },
      meta: { textField: 'text', valueField: 'value' },
    })
    .refresh(VariableRefresh.OnDashboardLoad)
    .includeAll(true)
    .allValue('all')
    .current({ text: 'All', value: '$__all' });

const controlsIn = (status: Status) =>
  figure('posture-now', {
    title: `${labelOf(status)} controls`,
    description: statusLook[status].meaning,
    column: statusColumn(status),
    unit: 'short',
    mappings: countMappings(status),
  });

const controlsInAll = () =>
  figure('posture-now', {
    title: 'Controls in all',
    description: 'Every control of the chosen framework, whatever its status: the denominator.',
    column: 'controls',
    unit: 'short',
  });

const failingSince = () =>
  figure('posture-now', {
    title: 'Failing since',
    description: 'When the oldest control that is still in FAIL began to fail.',
    column: 'oldest_failure',
    unit: 'dateTimeFromNow',
    empty: 'nothing fails',
  });

const asKnownAt = () =>
  figure('posture-now', {
    title: 'As known at',
    description: 'The moment this board speaks of: the end of the time range, or now.',
    column: 'as_known_at',
    unit: 'dateTimeAsLocal',
  });

const onlyThisFramework = {
  title: 'Show this framework alone',
  url: `/d/${POSTURE_UID}?var-framework=\${__data.fields.framework}&\${__url_time_range}`,
  targetBlank: false,
};

const attention = () =>
  table('controls-attention', {
    empty: 'No control is in FAIL, NO EVIDENCE or AT RISK.',
    cells: {
      status: filledCell(statusMappings, 150),
      framework: [cellWidth(110), { id: 'links', value: [onlyThisFramework] }],
      control: [cellWidth(110)],
      since: [cellWidth(170)],
      owner: [cellWidth(140)],
    },
  });

const openFindings = () =>
  table('findings-open', {
    description:
      'Findings of the time range whose assertion is still not met on the same resource, strongest level first. Of all frameworks.',
    empty: 'No finding of this range is still open.',
    cells: {
      level: filledCell(levelMappings, 110),
      time: [cellWidth(170)],
      status: filledCell(statusMappings, 150),
      leaf: [cellWidth(110)],
    },
  });

const verification = () =>
  figure('evidence-log', {
    title: 'Evidence log',
    description: 'What the newest verification of the evidence log said.',
    column: 'verification',
    unit: 'string',
    mappings: verificationMappings,
  });

const logHead = () =>
  table('evidence-log', {
    title: 'Evidence log head',
    empty: 'Nothing is sealed yet.',
    columns: ['origin', 'size', 'root', 'sealed_at', 'verified_at', 'faults', 'seals', 'captures', 'events'],
  });

/** Answers in this order: what is wrong now, since when, by which evidence, who owns it. */
export const postureBoard = (other: Board['other']): Board => ({
  uid: POSTURE_UID,
  title: 'Compliance posture',
  description: 'What is wrong now, since when, by which evidence, and who owns it.',
  from: 'now-30d',
  refresh: '1m',
  variables: [evidenceVariable(), frameworkVariable()],
  other,
  sections: [
    {
      title: 'What is wrong now',
      lines: [
        {
          height: 4,
          panels: [
            [4, controlsIn('FAIL')],
            [4, controlsIn('NO_EVIDENCE')],
            [4, controlsIn('AT_RISK')],
            [4, controlsInAll()],
            [4, failingSince()],
            [4, asKnownAt()],
          ],
        },
        { height: 10, panels: [[24, attention()]] },
        { height: 10, panels: [[24, openFindings()]] },
      ],
    },
    {
      title: 'By framework',
      lines: [
        {
          height: 8,
          panels: [
            [12, stackedBars('framework-status', 'framework', statusSeries)],
            [12, table('framework-coverage', { empty: 'No framework is mapped.' })],
          ],
        },
      ],
    },
    {
      title: 'Since when',
      lines: [
        { height: 16, panels: [[24, ribbons('control-history', 'control')]] },
        {
          height: 8,
          panels: [
            [12, countsOverTime('status-trend', 'steps', statusSeries)],
            [12, countsOverTime('findings-over-time', 'bars', levelSeries)],
          ],
        },
      ],
    },
    {
      title: 'By which evidence',
      lines: [
        {
          height: 5,
          panels: [
            [5, verification()],
            [19, logHead()],
          ],
        },
        { height: 8, panels: [[24, countsOverTime('events-over-time', 'bars', {})]] },
      ],
    },
    {
      title: 'How to read this',
      lines: [
        {
          height: 12,
          panels: [
            [
              24,
              words(
                'How to read this board',
                'What each status means and where the figures come from.',
                postureGuide,
              ),
            ],
          ],
        },
      ],
    },
  ],
});
