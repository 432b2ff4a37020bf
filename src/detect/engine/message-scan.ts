import {
  LONGEST_MESSAGE,
  MESSAGE_AT,
  MOST_TABLES,
  ODD,
  TABLES_AT,
  TABLE_BYTES,
  header,
  scanModule,
} from './scan-code.ts';

/**
 * Says which pieces of a table stand in a message, as their places in it; undefined: any may, for signs of the message
 * are spelled otherwise than as themselves, or it is too long. What is given holds until the next message is asked.
 */
export type MessageScan = (message: Uint8Array) => Uint16Array | undefined;

/** The same of a text: a piece that stands in it is told, in whatever letter case; what is told need not stand there. */
export type TextScan = (text: string) => Uint16Array | undefined;

/** What WebAssembly is, of all that it has: Node's types leave it out. */
interface Assembly {
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; readonly run: Run };
  };
}
type Run = (table: number, length: number) => number;

/** One a thread: its memory holds the tables of those that asked last. */
interface Machine {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly run: Run;
  /** Whose tables lie there. */
  readonly tables: (Uint8Array | undefined)[];
  next: number;
}

let machine: Machine | 'refused' | undefined;

function createMachine(): Machine | 'refused' {
  const { WebAssembly: assembly } = globalThis as { readonly WebAssembly?: Assembly };
  if (assembly === undefined) return 'refused';
  try {
    const { memory, run } = new assembly.Instance(new assembly.Module(scanModule())).exports;
    const tables = Array.from({ length: MOST_TABLES }, () => undefined);
    return { bytes: Buffer.from(memory.buffer), run, tables, next: 0 };
  } catch {
    // A processor without vectors, or a process that may not make code: slower scans do the same.
    return 'refused';
  }
}

const none = new Uint16Array(0);

/** A table that another has taken the place of waits for so many questions before it takes one again. */
const PATIENCE = 1000;

/** Undefined: this process cannot run it. */
export const createMessageScan = (table: Uint8Array): MessageScan | undefined =>
  createScan<Uint8Array>(table, (to, message) => to.set(message, MESSAGE_AT));

/**
 * Signs beyond ASCII become others, which are none of ASCII or are told for nothing: pieces are of ASCII, and each sign
 * of theirs stays one byte.
 */
export const createTextScan = (table: Uint8Array): TextScan | undefined =>
  createScan<string>(table, (to, text) => to.write(text, MESSAGE_AT, 'latin1'));

function createScan<T extends { readonly length: number }>(
  table: Uint8Array,
  put: (to: Buffer, what: T) => void,
): ((what: T) => Uint16Array | undefined) | undefined {
  machine ??= createMachine();
  if (machine === 'refused') return undefined;
  const at = machine;
  const { bytes, run, tables } = at;
  const hitsAt = new DataView(table.buffer, table.byteOffset).getInt32(header.hitsAt, true);
  let place = 0;
  let waits = 0;
  const begin = (): number => TABLES_AT + TABLE_BYTES * place;
  const move = (): void => {
    place = at.next;
    at.next = (at.next + 1) % MOST_TABLES;
    tables[place] = table;
    bytes.set(table, begin());
    waits = PATIENCE;
  };
  return (what) => {
    if (what.length > LONGEST_MESSAGE) return undefined;
    if (tables[place] !== table) {
      if (waits > 0) {
        waits--;
        return undefined;
      }
      move();
    }
    put(bytes, what);
    const count = run(begin(), what.length);
    if (count === 0) return none;
    return count === ODD ? undefined : new Uint16Array(bytes.buffer, begin() + hitsAt, count);
  };
}
