import type { LakeFiles } from '../proof/verify-port.ts';

/** POSIX ustar archives of plain files: bundles travel as one file. Same files, same bytes. */
const BLOCK = 512;
const NAME_BYTES = 100;

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

function header(path: string, size: number): Buffer {
  if (Buffer.byteLength(path) > NAME_BYTES) throw new RangeError(`${path} is too long a name for an archive`);
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0);
  block.write(`${octal(0o644, 7)}${octal(0, 7)}${octal(0, 7)}${octal(size, 11)}${octal(0, 11)}`, 100);
  block.write('        0', 148);
  block.write('ustar\x0000', 257);
  block.write(`${octal(checksum(block), 6)} `, 148);
  return block;
}

const checksum = (block: Uint8Array): number => block.reduce((sum, byte) => sum + byte, 0);

/** The archive of these files, in the order of their names. */
export function writeTar(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const parts: Uint8Array[] = [];
  for (const [path, bytes] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    parts.push(header(path, bytes.length), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK));
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** The files of an archive. @throws Error when it is damaged. */
export function readTar(archive: Uint8Array): Map<string, Uint8Array> {
  const bytes = Buffer.from(archive.buffer as ArrayBuffer, archive.byteOffset, archive.length);
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const block = Buffer.from(bytes.subarray(at, at + BLOCK));
    if (block.every((byte) => byte === 0)) {
      if (!bytes.subarray(at).every((byte) => byte === 0))
        throw new Error('the archive goes on behind its end');
      return files;
    }
    const text = (from: number, length: number): string =>
      block.toString('latin1', from, from + length).replace(/\0[\s\S]*$/, '');
    const [sum, size] = [Number.parseInt(text(148, 8), 8), Number.parseInt(text(124, 12), 8)];
    block.fill(' ', 148, 156);
    const path = Buffer.from(text(0, NAME_BYTES), 'latin1').toString();
    if (checksum(block) !== sum || !(size >= 0) || at + BLOCK + size > bytes.length || files.has(path))
      throw new Error(`the archive is damaged at byte ${at}`);
    files.set(path, bytes.subarray(at + BLOCK, at + BLOCK + size));
    const end = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (!bytes.subarray(at + BLOCK + size, end).every((byte) => byte === 0))
      throw new Error(`the archive is damaged before byte ${end}`);
    at = end;
  }
  throw new Error('the archive is cut short');
}

/** An archive as a folder. */
export function archiveFiles(archive: Uint8Array): LakeFiles {
  const files = readTar(archive);
  return {
    read: (path) => Promise.resolve(files.get(path)),
    list: (folder) =>
      Promise.resolve(
        [...files.keys()].filter((path) => folder === '' || path.startsWith(`${folder}/`)).toSorted(),
      ),
  };
}
