import { RE2JS } from 're2js';
import type { JsonValue } from '../../src/lib/json.ts';
import { isWithin, parseIp, parseNetwork } from '../../src/sigma/cidr.ts';

export type Cell = JsonValue;

export const asText = (value: Cell): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
export const foldAscii = (text: string): string =>
  text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

export const textOperators: Readonly<Record<string, (left: string, right: string) => boolean>> = {
  '=~': (left, right) => foldAscii(left) === foldAscii(right),
  contains: (left, right) => foldAscii(left).includes(foldAscii(right)),
  has: (left, right) =>
    new RegExp(`(?<![a-z0-9])${right.replaceAll(/[^\w]/g, String.raw`\$&`)}(?![a-z0-9])`, 'i').test(left),
  contains_cs: (left, right) => left.includes(right),
  startswith: (left, right) => foldAscii(left).startsWith(foldAscii(right)),
  startswith_cs: (left, right) => left.startsWith(right),
  endswith: (left, right) => foldAscii(left).endsWith(foldAscii(right)),
  endswith_cs: (left, right) => left.endsWith(right),
};

export const orders: Readonly<Record<string, (left: Cell, right: Cell) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => Number(left) < Number(right),
  '<=': (left, right) => Number(left) <= Number(right),
  '>': (left, right) => Number(left) > Number(right),
  '>=': (left, right) => Number(left) >= Number(right),
};

export const truth = (value: Cell): boolean | null => (typeof value === 'boolean' ? value : null);

function parsedJson(value: Cell): Cell {
  if (typeof value !== 'string') return value;
  if (value === '') return null;
  try {
    return JSON.parse(value) as Cell;
  } catch {
    return value;
  }
}

function typeName(value: Cell): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'long' : 'double';
  return { string: 'string', boolean: 'bool' }[typeof value as 'string' | 'boolean'] ?? 'dictionary';
}

function inNetwork([address = null, network = null]: readonly Cell[]): Cell {
  const ip = parseIp(asText(address));
  const range = parseNetwork(asText(network));
  if (ip === undefined || typeof range === 'string') return null;
  return isWithin(ip, range);
}

const datePart = (value: Cell, part: (date: Date) => number): Cell => {
  const date = new Date(asText(value));
  return Number.isNaN(date.getTime()) ? null : part(date);
};

export const functions: Readonly<Record<string, (of: readonly Cell[]) => Cell>> = {
  tostring: ([value = null]) => asText(value),
  parse_json: ([value = null]) => parsedJson(value),
  gettype: ([value = null]) => typeName(value),
  array_length: ([value = null]) => (Array.isArray(value) ? value.length : null),
  pack_array: (values) => values,
  iff: ([condition = null, yes = null, no = null]) => (condition === true ? yes : no),
  coalesce: (values) => values.find((value) => value !== null && value !== '') ?? values.at(-1) ?? null,
  not: ([value = null]) => (truth(value) === null ? null : value !== true),
  isempty: ([value = null]) => asText(value) === '',
  isnotempty: ([value = null]) => asText(value) !== '',
  isnotnull: ([value = null]) => value !== null,
  strcmp: ([left = null, right = null]) =>
    asText(left) < asText(right) ? -1 : asText(left) > asText(right) ? 1 : 0,
  todouble: ([value = null]) => {
    const text = asText(value).trim();
    return text === '' || Number.isNaN(Number(text)) ? null : Number(text);
  },
  extract: ([pattern = null, group = null, text = null]) => {
    const matcher = RE2JS.compile(asText(pattern)).matcher(asText(text));
    return matcher.find() ? (matcher.group(Number(group)) ?? '') : '';
  },
  ipv4_is_in_range: inNetwork,
  ipv6_is_in_range: inNetwork,
  todatetime: ([value = null]) => (Number.isNaN(Date.parse(asText(value))) ? null : asText(value)),
  hourofday: ([value = null]) => datePart(value, (date) => date.getUTCHours()),
  monthofyear: ([value = null]) => datePart(value, (date) => date.getUTCMonth() + 1),
  bag_pack: (pairs) =>
    Object.fromEntries(
      pairs.flatMap((key, index) => (index % 2 === 0 ? [[asText(key), pairs[index + 1] ?? null]] : [])),
    ),
  dynamic: ([value = null]) => value,
  string: () => null,
  real: ([value = null]) => value,
  long: ([value = null]) => value,
  bool: ([value = null]) => value,
};
