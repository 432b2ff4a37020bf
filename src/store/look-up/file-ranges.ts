import { PipelineError } from '../../lib/errors.ts';
import type { Files } from '../files.ts';
import type { LiveFile } from '../snapshot.ts';
import { footerSize } from './footer.ts';

/** A sealed file, read piece by piece. */
export interface FileRanges extends Disposable {
  /**
   * @throws PipelineError LAKE_CORRUPT when the file is missing or ends before.
   */
  read(from: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** What the end of a file most often holds whole: its footer; and, where each read is a journey, the filters before it. */
const TAIL_BYTES = { near: 8 * 1024, far: 160 * 1024 } as const;

export function openRanges(files: Files, { path, size }: LiveFile): FileRanges {
  const corrupt = (what: string): PipelineError =>
    new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, `${path} ${what}; run verify`);
  const whole = (bytes: Uint8Array | undefined, length: number): Uint8Array => {
    if (bytes?.length === length) return bytes;
    throw corrupt(bytes === undefined ? 'is missing' : 'is shorter than the log says');
  };
  /** What a forged place asks for is not even tried. */
  const check = (from: number, length: number): void => {
    if (!(from >= 0 && length >= 0 && from + length <= size)) throw corrupt('points out of itself');
  };
  if (files.openNear !== undefined) {
    const file = files.openNear(path);
    return {
      read(from, length) {
        check(from, length);
        return whole(file?.read(from, length), length);
      },
      [Symbol.dispose]: () => file?.[Symbol.dispose](),
    };
  }
  const tailAt = Math.max(0, size - TAIL_BYTES.far);
  let tail: Promise<Uint8Array> | undefined;
  const read = async (from: number, length: number): Promise<Uint8Array> =>
    whole(await files.readRange(path, from, length), length);
  return {
    async read(from, length) {
      check(from, length);
      if (from < tailAt) return read(from, length);
      const bytes = await (tail ??= read(tailAt, size - tailAt));
      return whole(bytes.subarray(from - tailAt, from - tailAt + length), length);
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** The end of a file, with the whole of its footer. */
export async function readTail(ranges: FileRanges, { size }: LiveFile): Promise<Uint8Array> {
  const from = Math.max(0, size - TAIL_BYTES.near);
  const tail = await ranges.read(from, size - from);
  const footer = footerSize(tail) ?? 0;
  return footer <= tail.length || footer > size ? tail : ranges.read(size - footer, footer);
}
