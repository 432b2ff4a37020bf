import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Status } from '../../domain/control.ts';
import { allStatuses, levelsStrongestFirst } from '../../domain/panels.ts';
import type { Verification } from '../../domain/panels.ts';
import type { Level } from '../../domain/severity.ts';
import { statusLook } from '../report/status.ts';

/** Lines and figures that carry no status: colour is spent on status alone. */
export const INK = '#3D4A5C';

/** Statuses that say nothing about right or wrong stay nearly blank. */
const blank: Partial<Record<Status, string>> = { NOT_APPLICABLE: '#DDE0E5', MANUAL_ONLY: '#E9EBEF' };

/**
 * What a status is filled with. A board has one colour for both of Grafana's themes; these are the light
 * ones, dark enough for Grafana to write on them in white.
 */
export const fillOf = (status: Status): string => blank[status] ?? statusLook[status].light;

export const labelOf = (status: Status): string => `${statusLook[status].glyph} ${statusLook[status].word}`;

/** One hue in five weights, never a status colour. */
export const levelColours: Readonly<Record<Level, string>> = {
  critical: '#6E2F5F',
  high: '#88547C',
  medium: '#A17897',
  low: '#B797AF',
  informational: '#CCB6C7',
};

type Look = { readonly text: string; readonly color: string };

const mapping = (looks: readonly (readonly [value: string, look: Look])[]): ValueMapping[] => [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(looks.map(([value, look], index) => [value, { ...look, index }])),
  },
];

/** A status is glyph, word and colour, in cells and ribbons alike. */
export const statusMappings: ValueMapping[] = mapping(
  allStatuses.map((status) => [status, { text: labelOf(status), color: fillOf(status) }]),
);

export const levelMappings: ValueMapping[] = mapping(
  levelsStrongestFirst.map((level) => [level, { text: level, color: levelColours[level] }]),
);

const verifications: Readonly<Record<Verification, Look>> = {
  verified: { text: '✓ verified', color: fillOf('PASS') },
  'faults found': { text: '✕ faults found', color: fillOf('FAIL') },
  'not verified yet': { text: '∅ not verified yet', color: fillOf('NO_EVIDENCE') },
};

export const verificationMappings: ValueMapping[] = mapping(Object.entries(verifications));

/** A count of things in a status: quiet at zero, in the colour of the status above it. */
export const countMappings = (status: Status): ValueMapping[] => [
  { type: MappingType.ValueToText, options: { '0': { text: '0', color: INK, index: 0 } } },
  {
    type: MappingType.RangeToText,
    options: { from: 1, to: null, result: { color: fillOf(status), index: 1 } },
  },
];
