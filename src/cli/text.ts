import type { Level } from '../domain/severity.ts';

/** Words and glyphs for a terminal; two accents at most, none when colour is off. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  bad(text: string): string;
}

const ESCAPE = '\u001b';
const wrap = (open: number, close: number) => (text: string) =>
  `${ESCAPE}[${open}m${text}${ESCAPE}[${close}m`;
const plain = (text: string): string => text;

export const styleFor = (hasColour: boolean): Style =>
  hasColour
    ? { bold: wrap(1, 22), dim: wrap(2, 22), bad: wrap(31, 39) }
    : { bold: plain, dim: plain, bad: plain };

export const levelWords: Readonly<Record<Level, string>> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  low: 'low',
  informational: 'info',
};

/** 12,345 */
export const count = (value: number): string => value.toLocaleString('en-US');

const styled = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');
const widthOf = (text: string): number => text.replaceAll(styled, '').length;

/** Rows as aligned columns; a column named in `right` is set flush right. */
export function columns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const space = ' '.repeat((widths[index] ?? 0) - widthOf(cell));
        return right.includes(index) ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Words broken into lines of at most `width`. */
export function wrapText(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width - indent.length) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, indent + line];
}
