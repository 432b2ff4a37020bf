import { statuses } from '../../domain/control.ts';
import type { Status } from '../../domain/control.ts';

export interface StatusLook {
  readonly glyph: string;
  readonly word: string;
  /** CSS name: `--fail`, class `s-fail`. */
  readonly name: string;
  readonly light: string;
  readonly dark: string;
  readonly meaning: string;
}

/** One glyph, word and colour per status, the same everywhere. Colour alone never carries it. */
export const statusLook: Readonly<Record<Status, StatusLook>> = {
  FAIL: {
    glyph: '✕',
    word: 'FAIL',
    name: 'fail',
    light: '#B3261E',
    dark: '#FF8A80',
    meaning: 'Evidence shows that the assertion does not hold, and any time allowed to mend it is over.',
  },
  NO_EVIDENCE: {
    glyph: '∅',
    word: 'NO EVIDENCE',
    name: 'none',
    light: '#5B5F77',
    dark: '#B4B8D4',
    meaning: 'Nothing arrived, or what arrived has become too old to say anything. Absence is never a pass.',
  },
  AT_RISK: {
    glyph: '!',
    word: 'AT RISK',
    name: 'risk',
    light: '#9A5B00',
    dark: '#FFC06B',
    meaning: 'Evidence shows a failure that is still inside the time allowed to mend it.',
  },
  EXCEPTION: {
    glyph: '≈',
    word: 'EXCEPTION',
    name: 'exception',
    light: '#3557A7',
    dark: '#9DB7FF',
    meaning: 'It fails, and a named person approved that until a date. The exception ends by itself.',
  },
  ATTESTED: {
    glyph: '✎',
    word: 'ATTESTED',
    name: 'attested',
    light: '#4A6B8A',
    dark: '#A9C7E4',
    meaning: 'A named person stated it, until a date. No automated evidence stands behind it.',
  },
  PASS: {
    glyph: '✓',
    word: 'PASS',
    name: 'pass',
    light: '#0B6E55',
    dark: '#6FD6B4',
    meaning: 'Fresh evidence says that it holds, on every resource seen.',
  },
  NOT_APPLICABLE: {
    glyph: '–',
    word: 'NOT APPLICABLE',
    name: 'na',
    light: '#8A8F98',
    dark: '#7E848F',
    meaning: 'Evidence says that there is nothing it could apply to. It counts neither for nor against.',
  },
  MANUAL_ONLY: {
    glyph: '○',
    word: 'MANUAL ONLY',
    name: 'manual',
    light: '#5A5E66',
    dark: '#A3A8B1',
    meaning: 'No automated assertion speaks to the control. It is listed apart and has no rank.',
  },
};

/** Worst first, the unranked one last. */
export const shownStatuses: readonly Status[] = [...statuses, 'MANUAL_ONLY'];
