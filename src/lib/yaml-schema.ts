import { LineCounter, isMap, isNode, isScalar, parseDocument, visit } from 'yaml';
import type { Document, Node, Scalar } from 'yaml';
import { z } from 'zod';
import { describeError } from './errors.ts';
import type { Problem } from './errors.ts';
import { isJsonObject } from './json.ts';
import type { JsonObject, JsonValue } from './json.ts';

export interface YamlResult<T> {
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
}

/** Rewrites a text value of the file; what it cannot rewrite it reports. */
export type Substitute = (text: string, report: (what: string, fix: string) => void) => string;

/**
 * Reads YAML that a person wrote against a schema. Every problem comes with file, line and column, all at
 * once; values are never part of a message, because they may be secrets.
 */
export function readYamlFile<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
  substitute?: Substitute,
): YamlResult<z.infer<S>> {
  const problems: Problem[] = [];
  const lines = new LineCounter();
  const report = (offset: number | undefined, what: string, fix: string): void => {
    const { line, col } = lines.linePos(offset ?? 0);
    problems.push({ file, line: Math.max(line, 1), column: Math.max(col, 1), what, fix });
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const error of document.errors) report(error.pos[0], `not YAML: ${firstLine(error.message)}`, '');
  if (problems.length > 0) return { value: undefined, problems };
  if (substitute !== undefined) {
    visit(document, {
      Scalar(key, node) {
        // A name is no value: put into a key, a secret would come back in "unknown key".
        if (key !== 'key' && typeof node.value === 'string') {
          node.value = substitute(node.value, (what, fix) => report(node.range?.[0], what, fix));
        }
      },
    });
  }
  let read: unknown;
  try {
    read = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (thrown) {
    report(0, `not YAML: ${firstLine(describeError(thrown))}`, '');
    return { value: undefined, problems };
  }
  const parsed = schema.safeParse(read);
  if (!parsed.success) {
    const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonObject;
    for (const issue of parsed.error.issues) reportIssue(issue, document, shape, report);
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { value: parsed.success && problems.length === 0 ? parsed.data : undefined, problems };
}

type ReportAt = (offset: number | undefined, what: string, fix: string) => void;

function reportIssue(issue: z.core.$ZodIssue, document: Document, shape: JsonObject, report: ReportAt): void {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const name = path.length === 0 ? 'the file' : `"${path.join('.')}"`;
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(shape, path);
    for (const key of issue.keys) {
      const nearest = nearestOf(key, known);
      const fix = nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean "${nearest}"?`;
      report(offsetOf(document, [...path, key], true), `unknown key "${key}"`, known.length === 0 ? '' : fix);
    }
    return;
  }
  const described = descriptionAt(shape, path);
  const isMissing = document.getIn(path) === undefined;
  report(
    offsetOf(document, path, isMissing),
    isMissing ? `${name} is missing` : `${name}: ${issue.message}`,
    described === undefined ? '' : described,
  );
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** Offset of the value at `path`, of its key when asked, or of the nearest parent that is there. */
function offsetOf(
  document: Document,
  path: readonly (string | number)[],
  wantsKey: boolean,
): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path[length - 1]))
      : undefined;
    if (pair !== undefined && (wantsKey || length < path.length)) return (pair.key as Scalar).range?.[0];
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return (node as Node).range?.[0];
  }
  return document.contents?.range?.[0];
}

/** The parts of a JSON Schema that may describe `path`. */
function schemasAt(shape: JsonObject, path: readonly (string | number)[]): JsonObject[] {
  let level = [shape];
  for (const part of path) {
    level = level.flatMap(alternatives).flatMap((schema) => {
      const properties = schema['properties'];
      const next = isJsonObject(properties) ? properties[part] : undefined;
      return [next ?? (typeof part === 'number' ? schema['items'] : schema['additionalProperties'])].filter(
        isJsonObject,
      );
    });
  }
  return level.flatMap(alternatives);
}

function alternatives(schema: JsonObject): JsonObject[] {
  const branches = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonValue[] | undefined;
  return branches === undefined ? [schema] : branches.filter(isJsonObject).flatMap(alternatives);
}

const knownKeys = (shape: JsonObject, path: readonly (string | number)[]): string[] => [
  ...new Set(
    schemasAt(shape, path).flatMap((schema) => Object.keys((schema['properties'] ?? {}) as JsonObject)),
  ),
];

function descriptionAt(shape: JsonObject, path: readonly (string | number)[]): string | undefined {
  const description = schemasAt(shape, path)[0]?.['description'];
  return typeof description === 'string' ? description : undefined;
}

/** The candidate that differs least from `text`, when that is little. */
export function nearestOf(text: string, candidates: readonly string[]): string | undefined {
  const scored = candidates.map((candidate) => ({
    candidate,
    distance: editDistance(text.toLowerCase(), candidate.toLowerCase()),
  }));
  const best = scored.toSorted((a, b) => a.distance - b.distance)[0];
  return best !== undefined &&
    best.distance <= Math.max(best.candidate.length < 4 ? 1 : 2, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
