import fc from 'fast-check';
import type { Column, ColumnType, ColumnValue } from '../../../src/domain/tables.ts';

/** A column without a table. */
export const aColumn = (
  name: string,
  type: ColumnType,
  options: Partial<Pick<Column<never>, 'isNullable' | 'values' | 'isKey'>> = {},
): Column<never> => ({
  name,
  type,
  isNullable: false,
  values: 'differs',
  of: () => undefined,
  ...options,
});

/** Rows in columns, as the writer takes them. */
export interface Sample {
  readonly columns: readonly Column<never>[];
  readonly data: readonly (readonly ColumnValue[])[];
  readonly rows: number;
}

/** Texts of every sort: empty, long, beyond the basic plane, halves of a surrogate pair, of few words and of many. */
const aText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('key_vault', 'Succeeded', 'azure', '') },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 90 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\ud800',
      'x\udfff y',
      '🔑'.repeat(40),
      'é'.repeat(70),
      '\u{10ffff}'.repeat(20),
    ),
  },
);

const valueOf = (type: ColumnType): fc.Arbitrary<ColumnValue> => {
  switch (type) {
    case 'string':
      return aText;
    case 'bytes':
      return fc.uint8Array({ maxLength: 60 });
    case 'int':
      return fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer());
    case 'long':
      return fc.oneof(fc.integer({ min: 0, max: 9 }), fc.maxSafeInteger());
    case 'timestamp':
      return fc.oneof(
        fc.integer({ min: 1_772_000_000_000, max: 1_772_100_000_000 }),
        fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 }),
      );
  }
};

const aLayout = fc.record({
  type: fc.constantFrom<ColumnType>('string', 'bytes', 'int', 'long', 'timestamp'),
  isNullable: fc.boolean(),
  values: fc.constantFrom<'repeats' | 'differs'>('repeats', 'differs'),
});

/** Rows of some columns, whose values repeat now and then in runs. */
export const aSample: fc.Arbitrary<Sample> = fc
  .record({
    layouts: fc.array(aLayout, { minLength: 1, maxLength: 5 }),
    rows: fc.constantFrom(0, 1, 2, 9, 40, 300),
  })
  .chain(({ layouts, rows }) => {
    const columns = layouts.map(({ type, ...rest }, i) => aColumn(`c${i}`, type, rest));
    const cells = columns.map(({ type, isNullable }) => {
      const value = valueOf(type);
      const cell = isNullable ? fc.option(value, { nil: undefined, freq: 3 }) : value;
      return fc
        .array(fc.tuple(cell, fc.constantFrom(1, 1, 2, 8, 33)), { minLength: 1, maxLength: 40 })
        .map((runs) => {
          const all = runs.flatMap(([one, times]) => Array.from({ length: times }, () => one));
          return Array.from({ length: rows }, (_, row) => all[row % all.length]);
        });
    });
    return fc.tuple(...cells).map((data) => ({ columns, data, rows }));
  });

/** What a reader must answer for a value: a half of a surrogate pair has no bytes in UTF-8, and is replaced. */
export const readBack = (value: ColumnValue): ColumnValue =>
  typeof value === 'string' ? value.toWellFormed() : value;
