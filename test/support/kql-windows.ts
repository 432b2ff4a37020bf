import { asText } from './kql-functions.ts';
import type { Cell } from './kql-functions.ts';

/** The operators and aggregations that correlations are written in. Dates and timespans are numbers of milliseconds. */
export type Scope = Readonly<Record<string, Cell>>;
export type Expression = (scope: Scope, rows: readonly Scope[]) => Cell;
export type Operator = (rows: readonly Scope[]) => readonly Scope[];

export interface Kit {
  readonly peek: () => string;
  readonly take: (wanted?: string) => string;
  readonly taken: (wanted: string) => boolean;
  readonly either: () => Expression;
  readonly listed: () => readonly Expression[];
  readonly table: () => readonly Scope[];
}

const spans: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `10m` and `datetime(1970-01-01)` as milliseconds. */
export function timeLiteral(token: string): number | undefined {
  const span = /^(?<count>\d+)(?<unit>ms|[smhd])$/.exec(token)?.groups;
  if (span !== undefined) return Number(span['count']) * (spans[span['unit'] ?? ''] ?? 0);
  const date = /^datetime\((?<text>[^)]*)\)$/.exec(token)?.groups?.['text'];
  return date === undefined ? undefined : Date.parse(`${date}T00:00:00Z`);
}

const present = (rows: readonly Scope[], of: Expression | undefined): readonly Cell[] =>
  rows.map((row) => of?.(row, rows) ?? null).filter((value) => value !== null);
const numbers = (rows: readonly Scope[], of: Expression | undefined): readonly number[] =>
  present(rows, of).map(Number);
const distinct = (values: readonly Cell[]): readonly Cell[] => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];

type Aggregate = (rows: readonly Scope[], of: readonly Expression[]) => Cell;
const least = (rows: readonly Scope[], of: Expression | undefined): Cell =>
  numbers(rows, of).toSorted((a, b) => a - b)[0] ?? null;

export const aggregates: Readonly<Record<string, Aggregate>> = {
  count: (rows) => rows.length,
  countif: (rows, [of]) => rows.filter((row) => of?.(row, rows) === true).length,
  count_distinct: (rows, [of]) => distinct(present(rows, of)).length,
  make_set: (rows, [of]) => [...distinct(present(rows, of))],
  make_list: (rows, [of]) => [...present(rows, of)],
  sum: (rows, [of]) => numbers(rows, of).reduce((sum, value) => sum + value, 0),
  avg: (rows, [of]) => numbers(rows, of).reduce((sum, value) => sum + value, 0) / numbers(rows, of).length,
  min: (rows, [of]) => least(rows, of),
  max: (rows, [of]) => numbers(rows, of).toSorted((a, b) => b - a)[0] ?? null,
};

export const windowFunctions: Readonly<Record<string, (of: readonly Cell[]) => Cell>> = {
  bin: ([value = null, by = null]) =>
    value === null ? null : Math.floor(Number(value) / Number(by)) * Number(by),
  bin_at: ([value = null, by = null, from = null]) =>
    Math.floor((Number(value) - Number(from)) / Number(by)) * Number(by) + Number(from),
  case: (of) => {
    for (let index = 0; index + 1 < of.length; index += 2)
      if (of[index] === true) return of[index + 1] ?? null;
    return of.at(-1) ?? null;
  },
  tolower: ([text = null]) => asText(text).toLowerCase(),
  trim: ([, text = null]) => asText(text).trim(),
  hash_sha256: ([text = null]) => text,
  set_has_element: ([set = null, wanted = null]) =>
    Array.isArray(set) && (set as readonly Cell[]).some((element) => element === wanted),
  set_union: (sets) => [...distinct((sets as readonly Cell[][]).flat())],
  max_of: (of) => Math.max(...of.map(Number)),
  array_sort_asc: ([list = null]) =>
    Array.isArray(list) ? (list as readonly number[]).toSorted((a, b) => a - b) : null,
  toint: ([value = null]) => Math.trunc(Number(value)),
  tolong: ([value = null]) => Math.trunc(Number(value)),
  ceiling: ([value = null]) => Math.ceil(Number(value)),
  strcat: (of) => of.map(asText).join(''),
  ingestion_time: () => 0,
};

/** `undefined` for an operator that is none of these. */
export function windowOperator(name: string, kit: Kit): Operator | undefined {
  switch (name) {
    case 'serialize':
      return (rows) => rows;
    case 'sort':
      return sorting(kit);
    case 'join':
      return joining(kit);
    case 'scan':
      return scanning(kit);
    case 'summarize':
      return summarizing(kit);
    default:
      return undefined;
  }
}

function sorting({ take, taken }: Kit): Operator {
  take('by');
  const keys: string[] = [];
  do {
    keys.push(take());
    take('asc');
  } while (taken(','));
  const order = (a: Cell, b: Cell): number =>
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : asText(a) < asText(b)
        ? -1
        : asText(a) > asText(b)
          ? 1
          : 0;
  return (rows) =>
    rows.toSorted(
      (a, b) => keys.map((key) => order(a[key] ?? null, b[key] ?? null)).find((by) => by !== 0) ?? 0,
    );
}

function joining({ take, taken, table }: Kit): Operator {
  for (const word of ['kind', '=', 'inner', '(']) take(word);
  const right = table();
  take(')');
  take('on');
  const keys: string[] = [];
  do keys.push(take());
  while (taken(','));
  const keyOf = (row: Scope): string => JSON.stringify(keys.map((key) => row[key] ?? null));
  const byKey = Map.groupBy(right, keyOf);
  return (rows) =>
    rows.flatMap((row) => (byKey.get(keyOf(row)) ?? []).map((other) => Object.assign({}, other, row)));
}

/** One step that matches every row; its assignments see the state as the row before left it. */
function scanning({ take, taken, either }: Kit): Operator {
  take('declare');
  take('(');
  const state: Record<string, Cell> = {};
  do {
    const name = take();
    take(':');
    take('datetime');
    take('=');
    state[name] = either()({}, []);
  } while (taken(','));
  for (const word of [')', 'with', '(', 'step', 'All', ':', 'true', '=>']) take(word);
  const steps: (readonly [string, Expression])[] = [];
  do {
    const name = take();
    take('=');
    steps.push([name, either()]);
  } while (taken(','));
  take(';');
  take(')');
  return (rows) => {
    let before: Scope = state;
    return rows.map((row) => {
      const scope = { ...row, All: before };
      const found = Object.fromEntries(steps.map(([name, value]) => [name, value(scope, rows)]));
      before = { ...row, ...found };
      return before;
    });
  };
}

type Summary = (rows: readonly Scope[]) => Scope;

function summarizing({ peek, take, taken, either, listed }: Kit): Operator {
  const summaries: Summary[] = [];
  const keys: (readonly [string, Expression])[] = [];
  while (!taken('by')) {
    const name = take();
    if (name === 'arg_max' || name === 'arg_min')
      summaries.push(extreme(name === 'arg_max' ? 1 : -1, kitNames({ take, taken })));
    else {
      take('=');
      const aggregate = aggregates[peek()];
      if (aggregate === undefined) {
        const of = either();
        summaries.push((rows) => ({ [name]: of(rows[0] ?? {}, rows) }));
      } else {
        take();
        const of = peek() === '(' ? listed() : [];
        if (peek() === '>') {
          take();
          const bound = either();
          summaries.push((rows) => ({ [name]: Number(aggregate(rows, of)) > Number(bound({}, [])) }));
        } else summaries.push((rows) => ({ [name]: aggregate(rows, of) }));
      }
    }
    if (!taken(',') && peek() !== 'by') return (rows) => [joined(summaries, rows)];
  }
  do {
    const name = take();
    keys.push(taken('=') ? [name, either()] : [name, (row) => row[name] ?? null]);
  } while (taken(','));
  return (rows) => {
    const keyOf = (row: Scope): Scope => Object.fromEntries(keys.map(([name, of]) => [name, of(row, rows)]));
    const groups = Map.groupBy(rows, (row) => JSON.stringify(keyOf(row)));
    return [...groups].map(([key, group]) =>
      Object.assign(JSON.parse(key) as Scope, joined(summaries, group)),
    );
  };
}

const joined = (summaries: readonly Summary[], rows: readonly Scope[]): Scope =>
  Object.assign({}, ...summaries.map((summary) => summary(rows))) as Scope;

function kitNames({ take, taken }: Pick<Kit, 'take' | 'taken'>): readonly string[] {
  take('(');
  const names: string[] = [];
  do names.push(take());
  while (taken(','));
  take(')');
  return names;
}

/** The row with the greatest or least value of the first column. */
const extreme =
  (sign: 1 | -1, [first = '', ...names]: readonly string[]): Summary =>
  (rows) => {
    const best = rows.reduce<Scope>(
      (found, row) => (sign * (Number(row[first]) - Number(found[first])) > 0 ? row : found),
      rows[0] ?? {},
    );
    if (names.includes('*')) return best;
    return Object.fromEntries([first, ...names].map((name) => [name, best[name] ?? null]));
  };
