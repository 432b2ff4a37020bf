import { parquetSchema } from 'hyparquet';
import type { Compressors, DecodedArray, FileMetaData, RowGroup } from 'hyparquet';
import { readColumn } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';

/** A value as it stands in the file: texts and bodies as bytes, 64-bit numbers as bigint. */
export type RawValue = Uint8Array | bigint | number | undefined;

function flat(pages: readonly DecodedArray[]): ArrayLike<unknown> {
  const [only] = pages;
  if (only !== undefined && pages.length === 1) return only;
  const all: unknown[] = [];
  for (const page of pages) for (let i = 0; i < page.length; i++) all.push(page[i]);
  return all;
}

/**
 * One column of one row group, nothing converted: a text that is only hashed or compared never becomes a string, and
 * values of a dictionary are the same object each time.
 *
 * @throws Error when the file is damaged, or has no such flat column.
 */
export function readRawColumn(
  bytes: Uint8Array,
  metadata: FileMetaData,
  group: RowGroup,
  name: string,
  compressors: Compressors,
): ArrayLike<RawValue> {
  const chunk = group.columns.find(
    ({ meta_data: meta }) => meta?.path_in_schema.join('.') === name,
  )?.meta_data;
  const tree = parquetSchema(metadata);
  const leaf = tree.children.find(({ element }) => element.name === name);
  if (chunk === undefined || leaf === undefined) throw new Error(`it has no column ${name}`);
  const { name: own, type, type_length, repetition_type } = leaf.element;
  const element = {
    name: own,
    ...(type === undefined ? {} : { type }),
    ...(type_length === undefined ? {} : { type_length }),
    ...(repetition_type === undefined ? {} : { repetition_type }),
  };
  const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
  const length = Number(chunk.total_compressed_size);
  if (start < 0 || start + length > bytes.length) throw new Error(`column ${name} reaches out of the file`);
  const rows = Number(group.num_rows);
  const { data } = readColumn(
    { view: new DataView(bytes.buffer, bytes.byteOffset + start, length), offset: 0 },
    { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows },
    {
      pathInSchema: [name],
      type: chunk.type,
      element,
      schemaPath: [tree, { ...leaf, element }],
      codec: chunk.codec,
      parsers: DEFAULT_PARSERS,
      compressors,
      utf8: false,
    },
  );
  const values = flat(data);
  if (values.length !== rows) throw new Error(`column ${name} has ${values.length} values, not ${rows}`);
  return values as ArrayLike<RawValue>;
}
