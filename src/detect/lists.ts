import type { Problem } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { Position } from '../sigma/ast.ts';
import { entryOf, isTextList, readYaml } from '../sigma/source.ts';
import type { Read } from '../sigma/source.ts';

/** Values that rules name by `%name%` under the modifier `expand`; one file a list, named for it. */
export interface ValueList {
  readonly name: string;
  readonly version: string;
  /** Who answers for what stands in it. */
  readonly owner: string;
  /** When somebody last looked at it, for example `2026-03-02`. */
  readonly reviewed: string;
  readonly values: readonly string[];
  readonly file: string;
  /** SHA-256 of the file, hex: part of the version of every rule that uses the list. */
  readonly digest: string;
}

/** Lists stand in this folder of the detections folder. */
export const isListFile = (file: string): boolean => file.startsWith('lists/');

const keys = new Set(['version', 'owner', 'reviewed', 'description', 'values']);

/** Reads one list, reporting everything wrong in it; undefined when there is a problem. */
export function parseList(
  text: string,
  file: string,
): { readonly list: ValueList | undefined; readonly problems: readonly Problem[] } {
  const { root, problems: unread } = readYaml(text, file);
  const problems: Problem[] = [...unread];
  const report = ({ line, column }: Position, what: string, fix: string): void => {
    problems.push({ file, line, column, what, fix });
  };
  const name = /^lists\/(?<name>[\w.-]+)\.yml$/u.exec(file)?.groups?.['name'] ?? '';
  if (name === '')
    report(
      { line: 1, column: 1 },
      'file name cannot be a placeholder',
      'use letters, digits, `_`, `.` and `-`',
    );
  const list = root && readList(root, report);
  return problems.length > 0 || list === undefined
    ? { list: undefined, problems }
    : { list: { ...list, name, file, digest: sha256Hex(text) }, problems };
}

function readList(
  root: Read,
  report: (at: Position, what: string, fix: string) => void,
): Pick<ValueList, 'version' | 'owner' | 'reviewed' | 'values'> | undefined {
  if (root.kind !== 'map') {
    report(root.at, 'file is not a map of keys', 'a list has `version`, `owner`, `reviewed`, `values`');
    return undefined;
  }
  for (const { key, keyAt } of root.entries)
    if (!keys.has(key)) report(keyAt, `unknown key \`${key}\``, `known here: ${[...keys].join(', ')}`);
  const text = (key: string, form: RegExp, fix: string): string => {
    const entry = entryOf(root, key);
    const json = entry?.value.json;
    if (entry === undefined) report(root.at, `\`${key}\` is missing`, fix);
    else if (typeof json !== 'string' || !form.test(json))
      report(entry.value.at, `\`${key}\` does not fit`, fix);
    else return json;
    return '';
  };
  const entry = entryOf(root, 'values');
  const values = entry?.value.json ?? [];
  if (entry === undefined || !isTextList(values) || values.length === 0)
    report(
      entry?.value.at ?? root.at,
      '`values` is not a list of texts',
      'write a list with a value or more, in quotes where it is a number',
    );
  return {
    version: text('version', /^\d+\.\d+\.\d+$/u, 'write a version like 1.0.0, in quotes'),
    owner: text('owner', /\S/u, 'say who answers for the list'),
    reviewed: text('reviewed', /^\d{4}-\d\d-\d\d$/u, 'write the day of the last review, like 2026-03-02'),
    values: isTextList(values) ? values : [],
  };
}
