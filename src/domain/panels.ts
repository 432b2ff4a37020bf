import { levels } from './severity.ts';
import { statuses } from './control.ts';
import type { Level } from './severity.ts';
import type { Status } from './control.ts';

export type ColumnType = 'time' | 'string' | 'number' | 'boolean';

/** One column of a panel's rows. `time` is epoch milliseconds. */
export interface PanelColumn {
  readonly name: string;
  /** What a table calls it. */
  readonly title: string;
  readonly type: ColumnType;
  /** True when a row may hold null: not known, or not there yet. */
  readonly isNullable?: true;
  /** Grafana unit id, for example `s` or `percentunit`. */
  readonly unit?: string;
}

/** What the service must answer for one panel, and what the dashboards may count on. */
export interface PanelContract {
  readonly title: string;
  readonly description: string;
  /** `rows`: a table or single values; `wide`: a time and numbers; `long`: a time, labels and one value. */
  readonly shape: 'rows' | 'wide' | 'long';
  /** Query parameters it takes; `range` stands for `from` and `to`. */
  readonly takes: readonly ('range' | 'framework')[];
  readonly columns: readonly PanelColumn[];
}

/** A status as a column name: `NO_EVIDENCE` is `no_evidence`. */
export const statusColumn = <S extends Status>(status: S): Lowercase<S> =>
  status.toLowerCase() as Lowercase<S>;

/** Statuses worst first, then the one that has no place in the ranking. */
export const allStatuses: readonly Status[] = [...statuses, 'MANUAL_ONLY'];

/** Strongest first, as people read them. */
export const levelsStrongestFirst: readonly Level[] = levels.toReversed();

const statusCounts = [
  { name: 'fail', title: 'FAIL', type: 'number' },
  { name: 'no_evidence', title: 'NO EVIDENCE', type: 'number' },
  { name: 'at_risk', title: 'AT RISK', type: 'number' },
  { name: 'exception', title: 'EXCEPTION', type: 'number' },
  { name: 'attested', title: 'ATTESTED', type: 'number' },
  { name: 'pass', title: 'PASS', type: 'number' },
  { name: 'not_applicable', title: 'NOT APPLICABLE', type: 'number' },
  { name: 'manual_only', title: 'MANUAL ONLY', type: 'number' },
] as const satisfies readonly PanelColumn[];

/** The single source of the `/api/v1/grafana/<panel>` endpoints, their schemas and the dashboards' columns. */
export const panels = {
  frameworks: {
    title: 'Frameworks',
    description: 'The frameworks that are mapped; fills the framework variable.',
    shape: 'rows',
    takes: [],
    columns: [
      { name: 'text', title: 'Framework', type: 'string' },
      { name: 'value', title: 'Id', type: 'string' },
    ],
  },
  'posture-now': {
    title: 'Posture now',
    description: 'How many controls need attention at the end of the window, and since when.',
    shape: 'rows',
    takes: ['range', 'framework'],
    columns: [
      { name: 'as_known_at', title: 'As known at', type: 'time' },
      { name: 'controls', title: 'Controls', type: 'number' },
      ...statusCounts,
      { name: 'oldest_failure', title: 'Oldest failure', type: 'time', isNullable: true },
    ],
  },
  'framework-status': {
    title: 'Controls by status',
    description: 'Controls of each framework by their status at the end of the window.',
    shape: 'rows',
    takes: ['range', 'framework'],
    columns: [
      { name: 'framework', title: 'Framework', type: 'string' },
      { name: 'controls', title: 'Controls', type: 'number' },
      ...statusCounts,
    ],
  },
  'framework-coverage': {
    title: 'Evidence coverage',
    description:
      'How much of each framework evidence speaks to. Shares are of control time in the window; unknown when nothing is automated.',
    shape: 'rows',
    takes: ['range', 'framework'],
    columns: [
      { name: 'framework', title: 'Framework', type: 'string' },
      { name: 'controls', title: 'Controls', type: 'number' },
      { name: 'automated', title: 'Automated', type: 'number' },
      { name: 'with_evidence', title: 'With evidence now', type: 'number' },
      {
        name: 'evidence_share',
        title: 'Time with evidence',
        type: 'number',
        isNullable: true,
        unit: 'percentunit',
      },
      {
        name: 'strict_share',
        title: 'Time in PASS (strict)',
        type: 'number',
        isNullable: true,
        unit: 'percentunit',
      },
      {
        name: 'adjusted_share',
        title: 'Time met (adjusted)',
        type: 'number',
        isNullable: true,
        unit: 'percentunit',
      },
      { name: 'window_days', title: 'Window, days', type: 'number' },
    ],
  },
  'status-trend': {
    title: 'Controls by status over time',
    description: 'How many controls held each status at each moment of the window.',
    shape: 'wide',
    takes: ['range', 'framework'],
    columns: [{ name: 'time', title: 'Time', type: 'time' }, ...statusCounts],
  },
  'control-history': {
    title: 'Control history',
    description:
      'Each change of a control’s status in the window. Controls judged by people alone are left out.',
    shape: 'long',
    takes: ['range', 'framework'],
    columns: [
      { name: 'time', title: 'Time', type: 'time' },
      { name: 'control', title: 'Control', type: 'string' },
      { name: 'status', title: 'Status', type: 'string' },
    ],
  },
  'controls-attention': {
    title: 'Controls that need attention',
    description: 'Controls in FAIL, NO EVIDENCE or AT RISK, worst first, then longest first.',
    shape: 'rows',
    takes: ['range', 'framework'],
    columns: [
      { name: 'status', title: 'Status', type: 'string' },
      { name: 'framework', title: 'Framework', type: 'string' },
      { name: 'control', title: 'Control', type: 'string' },
      { name: 'title', title: 'What it asks for', type: 'string' },
      { name: 'since', title: 'Since', type: 'time' },
      { name: 'reason', title: 'Why', type: 'string' },
      { name: 'owner', title: 'Owner', type: 'string' },
      { name: 'assertions', title: 'Assertions not met', type: 'string' },
    ],
  },
  'findings-over-time': {
    title: 'Findings by level',
    description: 'Findings in each stretch of time, by the level of the detection.',
    shape: 'wide',
    takes: ['range'],
    columns: [
      { name: 'time', title: 'Time', type: 'time' },
      { name: 'critical', title: 'critical', type: 'number' },
      { name: 'high', title: 'high', type: 'number' },
      { name: 'medium', title: 'medium', type: 'number' },
      { name: 'low', title: 'low', type: 'number' },
      { name: 'informational', title: 'informational', type: 'number' },
    ],
  },
  'findings-open': {
    title: 'Open findings',
    description:
      'Findings of the window whose assertion is still not met, strongest level first, then newest.',
    shape: 'rows',
    takes: ['range'],
    columns: [
      { name: 'level', title: 'Level', type: 'string' },
      { name: 'time', title: 'Seen', type: 'time' },
      { name: 'title', title: 'Finding', type: 'string' },
      { name: 'resource', title: 'Resource', type: 'string' },
      { name: 'actor', title: 'Actor', type: 'string' },
      { name: 'status', title: 'Assertion now', type: 'string' },
      { name: 'assertion', title: 'Assertion', type: 'string' },
      { name: 'finding', title: 'Finding id', type: 'string' },
      { name: 'leaf', title: 'Evidence leaf', type: 'number' },
    ],
  },
  'events-over-time': {
    title: 'Events by class',
    description: 'Events in each stretch of time, by event class. A class that fell silent shows as zero.',
    shape: 'long',
    takes: ['range'],
    columns: [
      { name: 'time', title: 'Time', type: 'time' },
      { name: 'class', title: 'Event class', type: 'string' },
      { name: 'events', title: 'Events', type: 'number' },
    ],
  },
  sources: {
    title: 'Sources',
    description: 'What arrived from each source, how long ago, and how many records lacked or bent a field.',
    shape: 'rows',
    takes: [],
    columns: [
      { name: 'source', title: 'Source', type: 'string' },
      { name: 'class', title: 'Event class', type: 'string' },
      { name: 'title', title: 'What it is', type: 'string' },
      { name: 'events', title: 'Events', type: 'number' },
      { name: 'first_event', title: 'First event', type: 'time' },
      { name: 'last_event', title: 'Newest event', type: 'time' },
      { name: 'age', title: 'Age of the newest', type: 'number', unit: 's' },
      { name: 'missing', title: 'Records lacking a field', type: 'number' },
      { name: 'coerced', title: 'Records with a mended field', type: 'number' },
    ],
  },
  'evidence-log': {
    title: 'Evidence log',
    description: 'The newest signed checkpoint, what lies under it, and what the newest verification said.',
    shape: 'rows',
    takes: [],
    columns: [
      { name: 'origin', title: 'Origin', type: 'string' },
      { name: 'size', title: 'Leaves', type: 'number' },
      { name: 'root', title: 'Root hash', type: 'string' },
      { name: 'sealed_at', title: 'Sealed at', type: 'time' },
      { name: 'verification', title: 'Verification', type: 'string' },
      { name: 'verified_at', title: 'Verified at', type: 'time', isNullable: true },
      { name: 'faults', title: 'Faults found', type: 'number', isNullable: true },
      { name: 'seals', title: 'Seals', type: 'number' },
      { name: 'captures', title: 'Captures', type: 'number' },
      { name: 'events', title: 'Events', type: 'number' },
      { name: 'findings', title: 'Findings', type: 'number' },
      { name: 'observations', title: 'Observations', type: 'number' },
      { name: 'dead_letters', title: 'Dead letters', type: 'number' },
    ],
  },
  'dead-letters': {
    title: 'Dead letters by reason',
    description: 'Messages and records that could not be read, by reason. Each is kept with its bytes.',
    shape: 'rows',
    takes: [],
    columns: [
      { name: 'reason', title: 'Reason', type: 'string' },
      { name: 'count', title: 'Kept', type: 'number' },
    ],
  },
} as const satisfies Readonly<Record<string, PanelContract>>;

export type PanelId = keyof typeof panels;

export const panelIds = Object.keys(panels) as readonly PanelId[];

export const panelPath = (panel: PanelId): string => `/api/v1/grafana/${panel}`;

/** What the evidence log says of its newest verification. */
export type Verification = 'verified' | 'faults found' | 'not verified yet';

type Cell<C extends PanelColumn> =
  | (C['type'] extends 'string' ? string : C['type'] extends 'boolean' ? boolean : number)
  | (C extends { readonly isNullable: true } ? null : never);

/** The row type of a panel, read off its columns, so that a missing column does not compile. */
export type PanelRow<P extends PanelId> = {
  readonly [C in (typeof panels)[P]['columns'][number] as C['name']]: Cell<C>;
};
