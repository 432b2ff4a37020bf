import { sha256Hex } from '../lib/hash.ts';
import type { JsonObject } from '../lib/json.ts';
import { logFolder } from '../proof/commits.ts';
import type { Files } from './files.ts';

/** Receipts of places outside that have seen a head of a log: `log/<writer>/anchors/<size>.<name>`. */
export interface AnchorReceipts {
  /** Leaves of the newest head that has a receipt, by the anchor's name. */
  anchored(): Promise<ReadonlyMap<string, number>>;
  /** Makes a receipt durable. Answers the note that puts it on record. */
  put(name: string, size: number, receipt: Uint8Array): Promise<JsonObject>;
}

const RECEIPT = /^([1-9]\d*)\.([a-z0-9_-]+)$/;

export function anchorReceipts(files: Files, writer: string): AnchorReceipts {
  const folder = `${logFolder(writer)}/anchors`;
  return {
    async anchored() {
      const newest = new Map<string, number>();
      for (const file of await files.list(folder)) {
        const [, size, name] = RECEIPT.exec(file) ?? [];
        if (name !== undefined) newest.set(name, Math.max(Number(size), newest.get(name) ?? 0));
      }
      return newest;
    },
    async put(name, size, receipt) {
      const path = `${folder}/${size}.${name}`;
      // Of two receipts for one head the first counts: a crash came before it was put on record.
      const isNew = await files.create(path, receipt);
      const kept = isNew ? receipt : ((await files.read(path)) ?? receipt);
      return { name, size, receiptSha256: sha256Hex(kept) };
    },
  };
}
