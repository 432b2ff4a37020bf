import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { ErrorCode, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Problem } from '../lib/errors.ts';
import { isJsonObject } from '../lib/json.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { Position } from './ast.ts';

/** A YAML node with the value that JSON would give it. */
export type Read =
  | {
      readonly kind: 'map';
      readonly entries: readonly Entry[];
      readonly at: Position;
      readonly json: JsonObject;
    }
  | {
      readonly kind: 'list';
      readonly items: readonly Read[];
      readonly at: Position;
      readonly json: readonly JsonValue[];
    }
  | ReadScalar;

export interface ReadScalar {
  readonly kind: 'scalar';
  readonly json: null | boolean | number | string;
  /** As written, for a number or boolean too: `0x10`, `True`. */
  readonly text: string;
  readonly at: Position;
}

export interface Entry {
  readonly key: string;
  readonly keyAt: Position;
  readonly value: Read;
}

export type Report = (at: Position, what: string, fix: string) => void;

export interface YamlSource {
  readonly root: Read | undefined;
  readonly problems: readonly Problem[];
}

const start: Position = { line: 1, column: 1 };
const deepest = 50;

/** Reads one YAML document with the place of every node. Never throws: what cannot be read is a problem. */
export function readYaml(text: string, file: string): YamlSource {
  const problems: Problem[] = [];
  const report: Report = ({ line, column }, what, fix) => problems.push({ file, line, column, what, fix });
  const lines = new LineCounter();
  const positionAt = (offset: number | undefined): Position => {
    const { line, col } = lines.linePos(offset ?? 0);
    return line < 1 ? start : { line, column: Math.max(col, 1) };
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  for (const { code, pos, message } of document.errors) report(positionAt(pos[0]), ...faultOf(code, message));
  if (problems.length > 0) return { root: undefined, problems };
  if (document.contents === null) report(start, 'file is empty', 'write a Sigma rule');
  const root =
    document.contents === null ? undefined : readNode(document.contents, { positionAt, report }, 0);
  return { root, problems };
}

function faultOf(code: ErrorCode, message: string): readonly [what: string, fix: string] {
  if (code === 'MULTIPLE_DOCS')
    return ['file holds more than one document', 'put each rule into a file of its own'];
  if (code === 'RESOURCE_EXHAUSTION') return [`nested more than ${deepest} deep`, 'flatten it'];
  return [`not readable as YAML: ${firstLine(message)}`, ''];
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

interface Reading {
  readonly positionAt: (offset: number | undefined) => Position;
  readonly report: Report;
}

/** Undefined when the node holds something that was reported. */
function readNode(node: Node | null, reading: Reading, depth: number): Read | undefined {
  const at = reading.positionAt(node?.range?.[0]);
  if (depth > deepest) {
    reading.report(at, `nested more than ${deepest} deep`, 'flatten it');
    return undefined;
  }
  if (isMap(node)) return readMap(node, at, reading, depth);
  if (isSeq(node)) return readList(node, at, reading, depth);
  if (isScalar(node)) return readScalar(node, at, reading);
  if (isAlias(node))
    reading.report(
      at,
      `\`*${node.source}\` is an alias`,
      'write the value out: a rule is read top to bottom',
    );
  return undefined;
}

function readMap(node: YAMLMap, at: Position, reading: Reading, depth: number): Read | undefined {
  const pairs = node.items as readonly Pair<Node, Node | null>[];
  const entries: Entry[] = [];
  for (const { key, value } of pairs) {
    const keyAt = reading.positionAt(key.range?.[0]);
    if (isScalar(key) && key.value !== null) {
      // An absent value (`key:`) has no node of its own.
      const read: Read | undefined =
        value === null
          ? { kind: 'scalar', json: null, text: '', at: keyAt }
          : readNode(value, reading, depth + 1);
      if (read !== undefined) entries.push({ key: key.source ?? '', keyAt, value: read });
    } else reading.report(keyAt, 'key is not a text', 'write a plain key');
  }
  const json = Object.fromEntries(entries.map(({ key, value }) => [key, value.json]));
  return entries.length === pairs.length ? { kind: 'map', entries, at, json } : undefined;
}

function readList(node: YAMLSeq, at: Position, reading: Reading, depth: number): Read | undefined {
  const items: Read[] = [];
  for (const item of node.items as readonly Node[]) {
    const read = readNode(item, reading, depth + 1);
    if (read !== undefined) items.push(read);
  }
  return items.length === node.items.length
    ? { kind: 'list', items, at, json: items.map(({ json }) => json) }
    : undefined;
}

function readScalar(node: Scalar, at: Position, { report }: Reading): Read | undefined {
  const { value } = node;
  const text = node.source ?? '';
  if (value === null || typeof value === 'boolean' || typeof value === 'string')
    return { kind: 'scalar', json: value, text: typeof value === 'string' ? value : text, at };
  if (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (!Number.isInteger(value) || Number.isSafeInteger(value))
  )
    return { kind: 'scalar', json: value, text, at };
  report(at, `\`${text}\` cannot be kept exactly`, 'put it in quotes');
  return undefined;
}

/** The value of a key, and where it stands; undefined when the map has no such key. */
export const entryOf = (map: Read, key: string): Entry | undefined =>
  map.kind === 'map' ? map.entries.find((entry) => entry.key === key) : undefined;

export const isTextList = (json: JsonValue): json is readonly string[] =>
  Array.isArray(json) && json.every((item) => typeof item === 'string');

export const asObject = (json: JsonValue | undefined): JsonObject => (isJsonObject(json) ? json : {});
