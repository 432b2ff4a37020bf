import type { Column, ColumnValue } from '../../domain/tables.ts';

/** Values as ids of the few words that they are. */
export interface WordData {
  /** Each distinct word, in the order it was first met. */
  readonly words: readonly string[];
  /** 0 in a row that has none; n for the nth word. */
  readonly ids: readonly number[];
}

/** The values of one column, in row order. */
export type ColumnData = readonly ColumnValue[] | WordData;

export const isWordData = (data: ColumnData): data is WordData => !Array.isArray(data);

export const rowsIn = (data: ColumnData): number => (isWordData(data) ? data.ids.length : data.length);

/** Values of some rows, one by one. */
export function valuesIn(data: ColumnData, from: number, to: number): readonly ColumnValue[] {
  if (isWordData(data))
    return data.ids.slice(from, to).map((id) => (id === 0 ? undefined : data.words[id - 1]));
  return from === 0 && to === data.length ? data : data.slice(from, to);
}

/** A column that rows are added to. */
export interface GrowingColumn {
  readonly data: ColumnData;
  push(value: ColumnValue): void;
}

/** Words are looked up when they arrive: they are in the cache then, and need not be kept until they are written. */
function growWords(): GrowingColumn {
  const known = new Map<string, number>();
  const words: string[] = [];
  const ids: number[] = [];
  let [last, lastId] = [undefined as string | undefined, 0];
  return {
    data: { words, ids },
    push(value) {
      const word = value as string | undefined;
      if (word !== last) {
        last = word;
        lastId = word === undefined ? 0 : (known.get(word) ?? 0);
        if (lastId === 0 && word !== undefined) {
          lastId = words.push(word);
          known.set(word, lastId);
        }
      }
      ids.push(lastId);
    },
  };
}

function growValues(): GrowingColumn {
  const values: ColumnValue[] = [];
  return { data: values, push: (value) => values.push(value) };
}

/** An empty column. */
export const growColumn = ({ type, values }: Column<never>): GrowingColumn =>
  type === 'string' && values === 'repeats' ? growWords() : growValues();
