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
  readonly bytes: Uint8Array<ArrayBuffer>;
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
    return { bytes: new Uint8Array(memory.buffer), run, tables, next: 0 };
  } catch {
    // A processor without vectors, or a process that may not make code: slower scans do the same.
    return 'refused';
  }
}

const none = new Uint16Array(0);

/** Undefined: this process cannot run it. */
export function createMessageScan(table: Uint8Array): MessageScan | undefined {
  machine ??= createMachine();
  if (machine === 'refused') return undefined;
  const at = machine;
  const { bytes, run, tables } = at;
  const hitsAt = new DataView(table.buffer, table.byteOffset).getInt32(header.hitsAt, true);
  let place = 0;
  const begin = (): number => TABLES_AT + TABLE_BYTES * place;
  const move = (): void => {
    place = at.next;
    at.next = (at.next + 1) % MOST_TABLES;
    tables[place] = table;
    bytes.set(table, begin());
  };
  return (message) => {
    if (message.length > LONGEST_MESSAGE) return undefined;
    if (tables[place] !== table) move();
    bytes.set(message, MESSAGE_AT);
    const count = run(begin(), message.length);
    if (count === 0) return none;
    return count === ODD ? undefined : new Uint16Array(bytes.buffer, begin() + hitsAt, count);
  };
}
