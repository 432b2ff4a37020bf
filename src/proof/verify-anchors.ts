import { hash } from 'node:crypto';
import { isMap } from './canonical.ts';
import type { Json } from './canonical.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

/** The kind of the note that says that a place outside has seen a head: name, size, and the digest of its receipt. */
export const ANCHOR_NOTE = 'anchor';

/** Where receipts lie below the folder of a log. */
export const ANCHOR_PATH = /^anchors\/[1-9]\d*\.[a-z0-9_-]+$/;

/** The receipt that a note of the log tells of, against the one that lies beside it. */
export async function checkReceipt(
  files: LakeFiles,
  folder: string,
  note: Json,
  leaf: number,
  faults: FaultList,
): Promise<void> {
  const { name, size, receiptSha256 } = isMap(note) ? note : {};
  const path = typeof name === 'string' && typeof size === 'number' ? `anchors/${size}.${name}` : '';
  if (!ANCHOR_PATH.test(path) || typeof receiptSha256 !== 'string') {
    faults.add(
      'entry',
      `${folder} leaf ${leaf}`,
      'it tells of an anchor in a way that this product does not',
    );
    return;
  }
  const place = `${folder}/${path}`;
  const bytes = await files.read(place);
  if (bytes === undefined) faults.add('checkpoint', place, 'the receipt of an anchor is missing');
  else if (hash('sha256', bytes, 'hex') !== receiptSha256)
    faults.add('checkpoint', place, `the receipt was changed: the log has it with ${receiptSha256}`);
}
