import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { isJsonObject } from '../../lib/json.ts';

/** Item types of a workbook and the version that their content has to name; `text` has none. */
const itemTypes: Readonly<Record<number, { readonly kind: string; readonly version: string | undefined }>> = {
  1: { kind: 'text', version: undefined },
  3: { kind: 'query', version: 'KqlItem/1.0' },
  9: { kind: 'parameters', version: 'KqlParameterItem/1.0' },
  11: { kind: 'links', version: 'LinkItem/1.0' },
  12: { kind: 'group', version: 'NotebookGroup/1.0' },
};

const list = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [];
const objects = (value: JsonValue | undefined): readonly JsonObject[] => list(value).filter(isJsonObject);
const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const content = (item: JsonObject): JsonObject => (isJsonObject(item['content']) ? item['content'] : {});

/** Every item, those inside groups too. */
export const itemsOf = (workbook: JsonObject): readonly JsonObject[] =>
  objects(workbook['items']).flatMap((item) => [item].concat(itemsOf(content(item))));

/** Names that some item sets: parameters, and tabs that write into one. */
const setNames = (items: readonly JsonObject[]): ReadonlySet<string> =>
  new Set(
    items.flatMap((item) => [
      ...objects(content(item)['parameters']).map(({ name }) => text(name)),
      ...objects(content(item)['links']).map(({ cellValue }) => text(cellValue)),
    ]),
  );

/**
 * What the portal, or Microsoft's own workbook checks, would reject. The published schema asks only for `version` and
 * `items` and knows no groups, so these are the rules that hold beyond it.
 */
export function workbookFaults(workbook: JsonObject): readonly string[] {
  const items = itemsOf(workbook);
  const set = setNames(items);
  return [
    ...headFaults(workbook),
    ...repeated(items.map(({ name }) => text(name))).map((name) => `two items have the name \`${name}\``),
    ...repeated(idsOf(items)).map((id) => `id ${id} is used twice`),
    ...items.flatMap((item) => Array.from(itemFaults(item, set))),
  ];
}

function* headFaults(workbook: JsonObject): Generator<string> {
  if (workbook['version'] !== 'Notebook/1.0') yield 'version is not Notebook/1.0';
  if (objects(workbook['items']).length === 0) yield 'there are no items';
  const template = text(workbook['fromTemplateId']);
  if (!/^sentinel-\w+$/.test(template) || template === 'sentinel-UserWorkbook')
    yield `fromTemplateId \`${template}\` is not the name of a template of ours`;
  if (/subscriptions\/[\da-f]{8}-/i.test(JSON.stringify(workbook)))
    yield 'a subscription id stands in the workbook';
}

const repeated = (names: readonly string[]): readonly string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];

const idsOf = (items: readonly JsonObject[]): readonly string[] =>
  items.flatMap((item) =>
    [...objects(content(item)['parameters']), ...objects(content(item)['links'])].map(({ id }) => text(id)),
  );

function* itemFaults(item: JsonObject, set: ReadonlySet<string>): Generator<string> {
  const name = text(item['name']);
  const type = itemTypes[Number(item['type'])];
  if (name === '') yield 'an item has no name';
  if (type === undefined) {
    yield `${name}: type ${JSON.stringify(item['type'])} is none of ${Object.keys(itemTypes).join(', ')}`;
    return;
  }
  const inner = content(item);
  if (type.version !== undefined && inner['version'] !== type.version)
    yield `${name}: version is not ${type.version}`;
  if (type.kind === 'text' && text(inner['json']) === '') yield `${name}: no text`;
  if (type.kind === 'group' && objects(inner['items']).length === 0) yield `${name}: the group is empty`;
  if (type.kind === 'query' && text(inner['query']) === '') yield `${name}: no query`;
  if (type.kind === 'query' && text(inner['noDataMessage']) === '')
    yield `${name}: says nothing when it is empty`;
  const width = item['customWidth'];
  if (width !== undefined && !(Number(width) > 0 && Number(width) <= 100))
    yield `${name}: customWidth is not 1 to 100`;
  for (const used of namesUsed(item, inner)) if (!set.has(used)) yield `${name}: no parameter \`${used}\``;
}

/** Parameters that an item reads: its visibility, its time range, and `{Name}` or `{Name:part}` in what it asks. */
function namesUsed(item: JsonObject, inner: JsonObject): readonly string[] {
  const visibility = isJsonObject(item['conditionalVisibility'])
    ? [text(item['conditionalVisibility']['parameterName'])]
    : [];
  const time =
    inner['timeContextFromParameter'] === undefined ? [] : [text(inner['timeContextFromParameter'])];
  const asked = [inner['query'], ...list(inner['crossComponentResources'])].map(text).join('\n');
  const braces = [...asked.matchAll(/\{([A-Za-z]\w*)(?::\w+)?\}/g)].map(([, name]) => name ?? '');
  return [...visibility, ...time, ...braces];
}
