import { PAGE_BYTES } from './page.ts';

/** A page and a value of common size behind it. */
const SIZE = PAGE_BYTES + 256 * 1024;
const KEPT = 8;
const free: Buffer[] = [];

/** Memory for a page, used again and again: what it holds is whatever it held last. */
export function takePageBuffer(atLeast: number): Buffer {
  if (atLeast > SIZE) return Buffer.allocUnsafeSlow(atLeast);
  return free.pop() ?? Buffer.allocUnsafeSlow(SIZE);
}

/** Gives back what nobody reads any more. */
export function givePageBuffer(buffer: Buffer): void {
  if (buffer.length === SIZE && free.length < KEPT) free.push(buffer);
}
