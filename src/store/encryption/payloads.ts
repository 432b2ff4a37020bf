import { openValue, parseEncrypted, parseEncryptedText } from '../../proof/encrypted-value.ts';
import type { EncryptedValue, ValuePlace } from '../../proof/encrypted-value.ts';
import { payloadColumns } from './columns.ts';
import { inflate } from './seal-value.ts';

/** What becomes of an encrypted value when it is opened. */
export type Opened =
  | { readonly kind: 'plain'; readonly bytes: Uint8Array }
  /** Its key was destroyed by decision. */
  | { readonly kind: 'shredded'; readonly key: number }
  /** Its key is not at hand, or not in the lake. */
  | { readonly kind: 'locked'; readonly key: number }
  /** Its key does not open it: something of it was changed, or it stood elsewhere. */
  | { readonly kind: 'damaged'; readonly key: number };

/** The keys that open a lake's values, as of now. */
export interface KeyRing {
  /** By number. */
  readonly keys: ReadonlyMap<number, Uint8Array>;
  /** Numbers of keys that were destroyed. */
  readonly shredded: ReadonlySet<number>;
}

/** Says in a word why a value cannot be read. */
export function whyUnread(opened: Exclude<Opened, { kind: 'plain' }>): string {
  switch (opened.kind) {
    case 'shredded':
      return `shredded with data key ${opened.key}`;
    case 'locked':
      return `encrypted, and data key ${opened.key} is not at hand`;
    case 'damaged':
      return `encrypted, and data key ${opened.key} does not open it`;
  }
}

/** Opens an encrypted value with whichever key it names. */
export function openWith({ keys, shredded }: KeyRing, value: EncryptedValue, place: ValuePlace): Opened {
  const { key: number } = value;
  const key = keys.get(number);
  if (key === undefined) return { kind: shredded.has(number) ? 'shredded' : 'locked', key: number };
  const bytes = openValue(value, place, key, inflate);
  return bytes === undefined ? { kind: 'damaged', key: number } : { kind: 'plain', bytes };
}

/** The encrypted value that a cell holds; undefined when it holds none. */
export const encryptedIn = (cell: unknown): EncryptedValue | undefined =>
  cell instanceof Uint8Array
    ? parseEncrypted(cell)
    : typeof cell === 'string'
      ? parseEncryptedText(cell)
      : undefined;

/** What stands in place of a text that cannot be read. `matched` is a list of fields, so its reason is one. */
const standIn = (column: string, why: string): string =>
  column === 'matched' ? JSON.stringify([{ field: '(encrypted)', value: why, test: 'unread' }]) : `(${why})`;

const numberOf = (value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);

/** Opens the values of rows as SQL gives them: by column name. */
export interface RowOpener {
  /** The row with its values plain; those that cannot be read are empty, or say why. */
  readonly open: <Row extends Readonly<Record<string, unknown>>>(row: Row) => Row;
}

/** Columns of payload by name, with the tables they may be of: rows do not say of which they are. */
const byColumn = Object.entries(payloadColumns).flatMap(([table, { columns, row }]) =>
  columns.map((column) => ({ table, column, row })),
);

/** @param unread called with each value that could not be read. */
export function createRowOpener(
  ring: () => KeyRing,
  unread: (opened: Exclude<Opened, { kind: 'plain' }>) => void = () => undefined,
): RowOpener {
  return {
    open(row) {
      let plain: Record<string, unknown> | undefined;
      for (const { table, column, row: names } of byColumn) {
        const value = encryptedIn(row[column]);
        if (value === undefined || names.some((name) => !(name in row))) continue;
        const place = { table, column, row: names.map((name) => numberOf(row[name]) as string | number) };
        const opened = openWith(ring(), value, place);
        plain ??= { ...row };
        const isText = typeof row[column] === 'string';
        if (opened.kind === 'plain') {
          plain[column] = isText ? Buffer.from(opened.bytes).toString() : opened.bytes;
        } else {
          unread(opened);
          plain[column] = isText ? standIn(column, whyUnread(opened)) : new Uint8Array();
        }
      }
      return (plain as typeof row | undefined) ?? row;
    },
  };
}
