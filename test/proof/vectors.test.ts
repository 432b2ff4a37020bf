import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from '../../src/proof/proofs.ts';
import { corpusFolder } from './corpus.ts';

interface Vector {
  readonly [field: string]: string | bigint | boolean | readonly string[] | null;
}

/** Indexes reach 2^64 - 1: numbers are read from their own digits, as BigInt. */
const parse = (text: string): Vector =>
  JSON.parse(text.replaceAll(/(":\s*)(\d+)(?=[,\s}])/g, '$1"#$2"'), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith('#') ? BigInt(value.slice(1)) : value,
  ) as Vector;

const bytes = (value: Vector[string] | undefined): Buffer => Buffer.from((value ?? '') as string, 'base64');
const big = (value: Vector[string] | undefined): bigint => (value ?? 0n) as bigint;
const proofOf = (vector: Vector): Buffer[] =>
  ((vector['proof'] ?? []) as readonly string[]).map((hash) => Buffer.from(hash, 'base64'));

const kinds: Record<string, { count: number; verify: (vector: Vector) => boolean }> = {
  inclusion: {
    count: 98,
    verify: (v) =>
      verifyInclusion({
        index: big(v['leafIdx']),
        size: big(v['treeSize']),
        leafHash: bytes(v['leafHash']),
        root: bytes(v['root']),
        proof: proofOf(v),
      }),
  },
  consistency: {
    count: 98,
    verify: (v) =>
      verifyConsistency({
        size1: big(v['size1']),
        size2: big(v['size2']),
        root1: bytes(v['root1']),
        root2: bytes(v['root2']),
        proof: proofOf(v),
      }),
  },
  subtreeinclusion: {
    count: 204,
    verify: (v) =>
      verifySubtreeInclusion({
        index: big(v['leafIdx']),
        start: big(v['start']),
        end: big(v['end']),
        leafHash: bytes(v['leafHash']),
        root: bytes(v['root']),
        proof: proofOf(v),
      }),
  },
  subtreeconsistency: {
    count: 118,
    verify: (v) =>
      verifySubtreeConsistency({
        start: big(v['start']),
        end: big(v['end']),
        size: big(v['size']),
        subtreeRoot: bytes(v['root1'] ?? v['subtreeRoot']),
        root: bytes(v['root2'] ?? v['root']),
        proof: proofOf(v),
      }),
  },
};

const corpus = corpusFolder();

describe.skipIf(corpus === undefined)('the public Merkle vectors', () => {
  test.each(Object.entries(kinds))(
    '%s: every valid proof passes, every bent one fails',
    (kind, { count, verify }) => {
      const folder = join(corpus ?? '', 'merkle', kind);
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) =>
        f.endsWith('.json'),
      );
      expect(files).toHaveLength(count);
      const wrong = files.filter((file) => {
        const vector = parse(readFileSync(join(folder, file), 'utf8'));
        return verify(vector) === vector['wantErr'];
      });
      expect(wrong).toEqual([]);
    },
  );
});
