import { PipelineError } from '../../lib/errors.ts';
import type { Files, OpenFile } from '../files.ts';
import type { LiveFile } from '../snapshot.ts';
import { footerSize } from './footer.ts';
import type { Place } from './footer.ts';

/** A sealed file, read piece by piece. */
export interface FileRanges<Bytes = Uint8Array | Promise<Uint8Array>> extends Disposable {
  /**
   * @throws PipelineError LAKE_CORRUPT when the file is missing or ends before.
   */
  read(from: number, length: number): Bytes;
}

/** What is found out of a file by pieces of it, each asked for in its turn, wherever the file lies. */
export type Reading<T> = Generator<Place, T, Uint8Array>;

/** What the end of a file most often holds whole: its footer; and, where each read is a journey, filters of old before it. */
const TAIL_BYTES = { near: 8 * 1024, far: 160 * 1024 } as const;

const corrupt = ({ place }: Files, { path }: LiveFile, what: string): PipelineError =>
  new PipelineError('LAKE_CORRUPT', `lake ${place}`, `${path} ${what}; run verify`);

/** What went wrong with a file of the lake, for people. */
export const asCorrupt = (files: Files, file: LiveFile, cause: unknown): PipelineError =>
  cause instanceof PipelineError
    ? cause
    : new PipelineError(
        'LAKE_CORRUPT',
        `lake ${files.place}`,
        `${file.path} is no file that this product writes; run verify`,
        { cause },
      );

export const cutShort = (files: Files, file: LiveFile): PipelineError =>
  corrupt(files, file, 'is shorter than the log says');

function whole(files: Files, file: LiveFile, bytes: Uint8Array | undefined, length: number): Uint8Array {
  if (bytes?.length === length) return bytes;
  throw bytes === undefined ? corrupt(files, file, 'is missing') : cutShort(files, file);
}

/** What a forged place asks for is not even tried. */
function check(files: Files, file: LiveFile, from: number, length: number): void {
  if (!(from >= 0 && length >= 0 && from + length <= file.size))
    throw corrupt(files, file, 'points out of itself');
}

/** @throws PipelineError LAKE_CORRUPT when the file is missing. */
export function openedNear(
  files: Files,
  file: LiveFile,
  openNear: (path: string) => OpenFile | undefined,
): OpenFile {
  const opened = openNear(file.path);
  if (opened === undefined) throw corrupt(files, file, 'is missing');
  return opened;
}

/** A file near by: what is asked for is there at once. */
export function nearRanges(
  files: Files,
  file: LiveFile,
  openNear: (path: string) => OpenFile | undefined,
): FileRanges<Uint8Array> {
  const opened = openedNear(files, file, openNear);
  return {
    read(from, length) {
      check(files, file, from, length);
      return whole(files, file, opened.read(from, length), length);
    },
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}

/** A file in a container: its end is read once, and the rest as it is asked for. */
export function farRanges(files: Files, file: LiveFile): FileRanges<Promise<Uint8Array>> {
  const tailAt = Math.max(0, file.size - TAIL_BYTES.far);
  let tail: Promise<Uint8Array> | undefined;
  const read = async (from: number, length: number): Promise<Uint8Array> =>
    whole(files, file, await files.readRange(file.path, from, length), length);
  return {
    async read(from, length) {
      check(files, file, from, length);
      if (from < tailAt) return read(from, length);
      const bytes = await (tail ??= read(tailAt, file.size - tailAt));
      return whole(files, file, bytes.subarray(from - tailAt, from - tailAt + length), length);
    },
    [Symbol.dispose]: () => undefined,
  };
}

export const openRanges = (files: Files, file: LiveFile): FileRanges =>
  files.openNear === undefined ? farRanges(files, file) : nearRanges(files, file, files.openNear);

/** Answers what a reading finds in a file near by. */
export function readNow<T>(ranges: FileRanges<Uint8Array>, reading: Reading<T>): T {
  let step = reading.next();
  while (step.done !== true) step = reading.next(ranges.read(step.value.at, step.value.length));
  return step.value;
}

/** Answers what a reading finds in a file wherever it lies. */
export async function readSoon<T>(ranges: FileRanges, reading: Reading<T>): Promise<T> {
  let step = reading.next();
  while (step.done !== true) step = reading.next(await ranges.read(step.value.at, step.value.length));
  return step.value;
}

/** The end of a file, with the whole of its footer. */
export function* tailOf({ size }: LiveFile): Reading<Uint8Array> {
  const at = Math.max(0, size - TAIL_BYTES.near);
  const tail = yield { at, length: size - at };
  const footer = footerSize(tail) ?? 0;
  return footer <= tail.length || footer > size ? tail : yield { at: size - footer, length: footer };
}
