/** `part-main-00000012-0-0123456789abcdef.zstd.parquet`. */
export const segmentName = (writer: string, seal: number, n: number, sha256: string): string =>
  `part-${writer}-${String(seal).padStart(8, '0')}-${n}-${sha256.slice(0, 16)}.zstd.parquet`;

/** The writer and seal that a file was made for, by its name or path; undefined when it is none of ours. */
export function ownerOfFile(path: string): { readonly writer: string; readonly seal: number } | undefined {
  const [, writer, seal] = /(?:^|\/)part-([^/]+)-(\d{8,})-\d+-[0-9a-f]{16}\.zstd\.parquet$/.exec(path) ?? [];
  return writer === undefined ? undefined : { writer, seal: Number(seal) };
}
