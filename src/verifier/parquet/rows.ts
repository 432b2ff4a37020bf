import { parquetReadObjects } from 'hyparquet';
import type { Compressors } from 'hyparquet';
import type { Json, JsonMap } from '../../proof/canonical.ts';

function jsonOf(value: unknown): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Error(`a value of type ${typeof value} is in no table of a lake`);
}

/** Whole rows of any table of a lake. For tables of few rows: everything is in memory at once. */
export async function tableRows(bytes: Uint8Array, compressors: Compressors): Promise<JsonMap[]> {
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({
    file,
    compressors,
    parsers: {
      timestampFromMicroseconds: (micros: bigint) => Number(micros) / 1000,
      stringFromBytes: (text: Uint8Array) => new TextDecoder().decode(text),
    },
    utf8: false,
  });
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).flatMap(([name, value]) => {
        const json = jsonOf(value);
        return json === undefined ? [] : [[name, json] as const];
      }),
    ),
  );
}
