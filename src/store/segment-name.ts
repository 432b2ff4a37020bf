/** `part-main-00000012-0-0123456789abcdef.zstd.parquet`. */
export const segmentName = (writer: string, seal: number, n: number, sha256: string): string =>
  `part-${writer}-${String(seal).padStart(8, '0')}-${n}-${sha256.slice(0, 16)}.zstd.parquet`;

/** The writer and seal that a file was made for; undefined when it is none of ours. */
export function ownerOfFile(name: string): { readonly writer: string; readonly seal: number } | undefined {
  const [, writer, seal] = /^part-(.+)-(\d{8,})-\d+-[0-9a-f]{16}\.zstd\.parquet$/.exec(name) ?? [];
  return writer === undefined ? undefined : { writer, seal: Number(seal) };
}

/** The writer of a segment, by its path. */
export const writerOfPath = (path: string): string =>
  ownerOfFile(path.slice(path.lastIndexOf('/') + 1))?.writer ?? '';
