import { RE2JS } from 're2js';
import { isJsonObject } from '../../src/lib/json.ts';
import { asText, foldAscii, functions, orders, textOperators, truth } from './kql-functions.ts';
import type { Cell } from './kql-functions.ts';
import type { Row } from './kql-rows.ts';
import { aggregates, timeLiteral, windowFunctions, windowOperator } from './kql-windows.ts';
import type { Expression, Operator, Scope } from './kql-windows.ts';

/**
 * Runs the part of KQL that the compiler prints, on rows in memory, with Kusto's own rules where they surprise: null
 * compares to null, `not(null)` is null, a null condition keeps no row, `mv-expand` drops an empty array, text operators
 * fold ASCII alone. Microsoft's binder has accepted a query before it comes here, so the parser is a plain one.
 */

const token =
  /\s+|(?<comment>\/\/[^\n]*)|(?<text>"(?:\\.|[^"\\])*")|(?<time>\d+(?:ms|[smhd])\b|datetime\([^)"A-Za-z]*\))|(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<word>mv-apply|mv-expand|in~|[A-Za-z_]\w*)|(?<sign>=~|==|=>|!=|<=|>=|[()[\],.|<>=;:*/+-])/y;

function tokensOf(query: string): readonly string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < query.length) {
    const at = token.lastIndex;
    const found = token.exec(query);
    if (found === null) throw new Error(`no KQL token at: ${query.slice(at, at + 40)}`);
    const { text, time, number, word, sign } = found.groups ?? {};
    const taken = text ?? time ?? number ?? word ?? sign;
    if (taken !== undefined) tokens.push(taken);
  }
  return tokens;
}

function parser(tokens: readonly string[], tableOf: (name: string) => readonly Row[]) {
  let at = 0;
  const peek = (): string => tokens[at] ?? '';
  const take = (wanted?: string): string => {
    const found = peek();
    if (wanted !== undefined && found !== wanted) throw new Error(`KQL: ${wanted} expected, not ${found}`);
    at += 1;
    return found;
  };
  const taken = (wanted: string): boolean => {
    if (peek() !== wanted) return false;
    at += 1;
    return true;
  };

  const either = (): Expression => {
    const parts = [both()];
    while (taken('or')) parts.push(both());
    if (parts.length === 1) return parts[0] ?? (() => null);
    return (scope, rows) => {
      const values = new Set(parts.map((part) => truth(part(scope, rows))));
      return values.has(true) ? true : values.has(null) ? null : false;
    };
  };
  const both = (): Expression => {
    const parts = [compared()];
    while (taken('and')) parts.push(compared());
    if (parts.length === 1) return parts[0] ?? (() => null);
    return (scope, rows) => {
      const values = new Set(parts.map((part) => truth(part(scope, rows))));
      return values.has(false) ? false : values.has(null) ? null : true;
    };
  };
  const compared = (): Expression => {
    const left = added();
    const sign = peek();
    const text = textOperators[sign];
    const order = orders[sign];
    if (text !== undefined) {
      take();
      const right = added();
      return (scope, rows) => text(asText(left(scope, rows)), asText(right(scope, rows)));
    }
    if (order !== undefined) {
      take();
      const right = added();
      return (scope, rows) => {
        const [a, b] = [left(scope, rows), right(scope, rows)];
        return a === null || b === null ? null : order(a, b);
      };
    }
    if (sign === 'in~') {
      take();
      const values = listed();
      return (scope, rows) =>
        values.some(
          (value) => foldAscii(asText(value(scope, rows))) === foldAscii(asText(left(scope, rows))),
        );
    }
    if (sign === 'matches') {
      take();
      take('regex');
      const pattern = postfixed();
      return (scope, rows) =>
        RE2JS.compile(asText(pattern(scope, rows)))
          .matcher(asText(left(scope, rows)))
          .find();
    }
    return left;
  };
  const calculated = (
    of: () => Expression,
    signs: Readonly<Record<string, (a: number, b: number) => number>>,
  ): Expression => {
    let value = of();
    for (let run = signs[peek()]; run !== undefined; run = signs[peek()]) {
      take();
      const [left, right, calculate] = [value, of(), run];
      value = (scope, rows) => {
        const [a, b] = [left(scope, rows), right(scope, rows)];
        return a === null || b === null ? null : calculate(Number(a), Number(b));
      };
    }
    return value;
  };
  const multiplied = (): Expression => calculated(postfixed, { '*': (a, b) => a * b, '/': (a, b) => a / b });
  const added = (): Expression => calculated(multiplied, { '+': (a, b) => a + b, '-': (a, b) => a - b });
  const listed = (): readonly Expression[] => {
    take('(');
    const of: Expression[] = [];
    while (!taken(')')) {
      of.push(either());
      taken(',');
    }
    return of;
  };
  const postfixed = (): Expression => {
    let value = primary();
    for (;;) {
      const of = value;
      if (taken('.')) {
        const name = take();
        value = (scope, rows) => memberOf(of(scope, rows), name);
      } else if (taken('[')) {
        const key = either();
        take(']');
        value = (scope, rows) => memberOf(of(scope, rows), key(scope, rows));
      } else return value;
    }
  };
  const primary = (): Expression => {
    const first = take();
    if (first === '(') {
      const inner = either();
      take(')');
      return inner;
    }
    if (first === '-') {
      const of = primary();
      return (scope, rows) => -Number(of(scope, rows));
    }
    if (first.startsWith('"')) {
      const text = JSON.parse(first) as string;
      return () => text;
    }
    const time = timeLiteral(first);
    if (time !== undefined) return () => time;
    if (/^\d/.test(first)) return () => Number(first);
    if (first === 'true' || first === 'false') return () => first === 'true';
    if (first === 'null') return () => null;
    return peek() === '(' ? call(first, listed()) : (scope) => scope[first] ?? null;
  };
  const call = (name: string, of: readonly Expression[]): Expression => {
    const [first, second] = of;
    if (name === 'column_ifexists')
      return (scope, rows) => {
        const column = asText(first?.(scope, rows) ?? null);
        return column in scope ? (scope[column] ?? null) : (second?.(scope, rows) ?? null);
      };
    if (name === 'pack_all') return (scope) => scope;
    if (name === 'next') return (scope, rows) => first?.(rows[rows.indexOf(scope) + 1] ?? {}, rows) ?? null;
    const aggregate = aggregates[name];
    if (aggregate !== undefined) return (_, rows) => aggregate(rows, of);
    const run = functions[name] ?? windowFunctions[name];
    if (run === undefined) throw new Error(`KQL: no function ${name}`);
    return (scope, rows) => run(of.map((argument) => argument(scope, rows)));
  };

  const assignments = (): readonly (readonly [string, Expression])[] => {
    const all: (readonly [string, Expression])[] = [];
    do {
      const name = take();
      all.push(taken('=') ? [name, either()] : [name, (scope) => scope[name] ?? null]);
    } while (taken(','));
    return all;
  };
  const filled = (scope: Scope, rows: readonly Scope[], of: ReturnType<typeof assignments>): Scope =>
    Object.fromEntries(of.map(([name, value]) => [name, value(scope, rows)]));

  const operator = (): Operator => {
    const name = take();
    switch (name) {
      case 'where': {
        const condition = either();
        return (rows) => rows.filter((row) => condition(row, rows) === true);
      }
      case 'project': {
        const of = assignments();
        return (rows) => rows.map((row) => filled(row, rows, of));
      }
      case 'extend': {
        const of = assignments();
        return (rows) => rows.map((row) => ({ ...row, ...filled(row, rows, of) }));
      }
      case 'mv-expand': {
        const expand = expansion();
        return (rows) => rows.flatMap((row) => expand(row, rows));
      }
      case 'mv-apply': {
        const expand = expansion();
        take('on');
        take('(');
        const inner = pipeline();
        take(')');
        return (rows) =>
          rows.flatMap((row) => {
            const expanded = expand(row, rows);
            return expanded.length === 0
              ? []
              : inner(expanded).map((answer) => Object.assign({}, row, answer));
          });
      }
      default: {
        const made = windowOperator(name, { peek, take, taken, either, listed, table });
        if (made === undefined) throw new Error(`KQL: no operator ${name}`);
        return made;
      }
    }
  };
  const expansion = () => {
    const name = take();
    const array = taken('=') ? either() : (row: Scope): Cell => row[name] ?? null;
    if (taken('to')) {
      take('typeof');
      listed();
    }
    return (row: Scope, rows: readonly Scope[]): readonly Scope[] => {
      const value = array(row, rows);
      const elements = Array.isArray(value) ? (value as readonly Cell[]) : [value];
      return elements.map((element) => Object.assign({}, row, { [name]: element }));
    };
  };
  const pipeline = (): Operator => {
    const steps = [operator()];
    while (taken('|')) steps.push(operator());
    return (rows) => steps.reduce((current, step) => step(current), rows);
  };

  const lets = new Map<string, readonly Scope[]>();
  const table = (): readonly Scope[] => {
    let rows: readonly Scope[];
    if (taken('union')) {
      for (const word of ['isfuzzy', '=', 'true']) take(word);
      const parts: Scope[] = [];
      do {
        take('(');
        parts.push(...table());
        take(')');
      } while (taken(','));
      rows = parts;
    } else {
      const name = take();
      rows = lets.get(name) ?? tableOf(name);
    }
    return taken('|') ? pipeline()(rows) : rows;
  };
  return {
    run: () => {
      while (taken('let')) {
        const name = take();
        for (const word of ['=', 'materialize', '(']) take(word);
        lets.set(name, table());
        for (const word of [')', ';']) take(word);
      }
      const rows = table();
      if (at !== tokens.length) throw new Error(`KQL: ${peek()} is left over`);
      return rows;
    },
  };
}

function memberOf(value: Cell, key: Cell): Cell {
  if (typeof key === 'number') return Array.isArray(value) ? ((value as readonly Cell[])[key] ?? null) : null;
  return isJsonObject(value) && Object.hasOwn(value, asText(key)) ? (value[asText(key)] ?? null) : null;
}

/** The rows that a query gives, over tables held in memory. */
export const runKql = (query: string, rowsOf: (table: string) => readonly Row[]): readonly Row[] =>
  parser(tokensOf(query), rowsOf).run();
