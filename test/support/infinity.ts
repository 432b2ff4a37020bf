import { expand } from './boards.ts';
import type { Target, Transformation, Variables } from './boards.ts';

/**
 * What the Infinity plugin's back end makes of a JSON query: the address it asks, and the data frame that it
 * builds out of the answer (fields sorted by name; long frames made wide when a time series is asked for).
 */

export interface Field {
  readonly name: string;
  readonly type: 'time' | 'string' | 'number' | 'boolean';
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | string | boolean | null)[];
}
export type Frame = readonly Field[];

export interface InfinityQuery {
  readonly type: string;
  readonly source: string;
  readonly parser: string;
  readonly format: string;
  readonly url: string;
  readonly url_options: {
    readonly method: string;
    readonly params: readonly { readonly key: string; readonly value: string }[];
  };
  readonly root_selector: string;
  readonly columns: readonly { readonly selector: string; readonly text: string; readonly type: string }[];
}

export const isInfinity = (target: Target): boolean =>
  target.datasource.type === 'yesoreyeram-infinity-datasource';

function addressOf(query: InfinityQuery, baseUrl: string, variables: Variables): string {
  const address = new URL(`${baseUrl}${expand(query.url, variables)}`);
  for (const { key, value } of query.url_options.params)
    address.searchParams.append(key, expand(value, variables));
  return address.href;
}

const fieldTypes: Readonly<Record<string, Field['type']>> = {
  timestamp_epoch: 'time',
  string: 'string',
  number: 'number',
  boolean: 'boolean',
};

const fits = (type: Field['type'], value: unknown): boolean =>
  value === null || typeof value === (type === 'time' ? 'number' : type);

export interface Answer {
  readonly frame: Frame;
  readonly rows: number;
  readonly problems: readonly string[];
}

/** Asks as the plugin does; what the plugin would trip over is a problem. */
export async function askInfinity(
  query: InfinityQuery,
  at: { readonly url: string; readonly token: string; readonly variables: Variables },
): Promise<Answer> {
  const address = addressOf(query, at.url, at.variables);
  const response = await fetch(address, { headers: { authorization: `Bearer ${at.token}` } });
  const text = await response.text();
  const nothing = { frame: [], rows: 0 };
  if (response.status !== 200) return { ...nothing, problems: [`${address}: ${response.status} ${text}`] };
  const rows = JSON.parse(text) as unknown;
  if (!Array.isArray(rows)) return { ...nothing, problems: [`${address}: no array`] };
  const problems: string[] = [];
  const fields = query.columns.map(({ selector, text: name, type: asked }): Field => {
    const type = fieldTypes[asked];
    if (type === undefined) throw new Error(`column ${name}: Infinity has no type ${asked}`);
    const values = (rows as Readonly<Record<string, unknown>>[]).map((row, index) => {
      const value = row[selector];
      if (value === undefined) problems.push(`${address}: row ${index} has no column ${selector}`);
      else if (!fits(type, value)) problems.push(`${address}: row ${index} ${selector} is no ${type}`);
      return (value ?? null) as number | string | boolean | null;
    });
    return { name, type, labels: {}, values };
  });
  const frame = fields.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    frame: query.format === 'timeseries' ? longToWide(frame, problems) : frame,
    rows: rows.length,
    problems,
  };
}

/** Grafana's LongToWide: strings become labels, one series for each set of them. Times must not go back. */
function longToWide(frame: Frame, problems: string[]): Frame {
  const labels = frame.filter(({ type }) => type === 'string');
  const time = frame.find(({ type }) => type === 'time');
  if (labels.length === 0 || time === undefined) return frame;
  const times = time.values as readonly number[];
  if (times.some((at, index) => index > 0 && at < (times[index - 1] ?? at)))
    problems.push('a long frame has to be sorted by time');
  const moments = [...new Set(times)];
  const numbers = frame.filter(({ type }) => type === 'number');
  const keyOf = (row: number): string =>
    JSON.stringify(labels.map(({ name, values }) => [name, values[row]]));
  const keys = [...new Set(times.map((_, row) => keyOf(row)))];
  const series = keys.flatMap((key) =>
    numbers.map(({ name, values }): Field => {
      const byTime = new Map(
        times.map((at, row) => [at, row] as const).filter(([, row]) => keyOf(row) === key),
      );
      return {
        name,
        type: 'number',
        labels: Object.fromEntries(JSON.parse(key) as [string, string][]),
        values: moments.map((at) => values[byTime.get(at) ?? -1] ?? null),
      };
    }),
  );
  return [{ ...time, values: moments }, ...series];
}

/** The two transformations that the boards use. */
export function transform(frame: Frame, steps: readonly Transformation[]): readonly Frame[] {
  let frames: readonly Frame[] = [frame];
  for (const { id, options } of steps) {
    if (id === 'organize') frames = frames.map((one) => organise(one, options));
    else if (id === 'partitionByValues') frames = frames.flatMap((one) => partition(one, options));
    else throw new Error(`no such transformation here: ${id}`);
  }
  return frames;
}

function organise(frame: Frame, options: Transformation['options']): Frame {
  const places = options['indexByName'] as Readonly<Record<string, number>>;
  return frame.toSorted((a, b) => (places[a.name] ?? 99) - (places[b.name] ?? 99));
}

function partition(frame: Frame, options: Transformation['options']): readonly Frame[] {
  const by = frame.find(({ name }) => name === (options['fields'] as readonly string[])[0]);
  if (by === undefined) throw new Error('partitionByValues names a field that is not there');
  const cut = (field: Field, value: Field['values'][number]): Field => ({
    ...field,
    labels: { [by.name]: String(value) },
    values: field.values.filter((_, row) => by.values[row] === value),
  });
  const others = frame.filter((field) => field !== by);
  return [...new Set(by.values)].map((value) => others.map((field) => cut(field, value)));
}
