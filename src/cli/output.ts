import type { Io } from './io.ts';

export const outputFormats = ['table', 'json', 'ndjson'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** A result in the form the user asked for: `rows` a line each for ndjson, `table` for people. */
export function writeResult(
  io: Io,
  format: OutputFormat,
  result: { readonly value: unknown; readonly rows: readonly unknown[]; readonly table: () => string },
): void {
  switch (format) {
    case 'json':
      io.out(`${JSON.stringify(result.value, null, 2)}\n`);
      return;
    case 'ndjson':
      for (const row of result.rows) io.out(`${JSON.stringify(row)}\n`);
      return;
    case 'table':
      io.out(`${result.table()}\n`);
  }
}
