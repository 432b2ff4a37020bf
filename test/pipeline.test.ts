import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareLevels } from '../src/domain/severity.ts';
import type { Level } from '../src/domain/severity.ts';
import { createWorkplace } from './support/cli.ts';
import type { CliRun, Workplace } from './support/cli.ts';

interface DemoResult {
  readonly totals: {
    readonly records: number;
    readonly captures: number;
    readonly deadLetters: number;
    readonly findings: number;
  };
  readonly findings: readonly {
    readonly id: string;
    readonly level: Level;
    readonly detectionName: string;
  }[];
  readonly incidents: readonly { readonly state: string }[];
  readonly posture: unknown;
  readonly evidence: {
    readonly root: string;
    readonly size: number;
    readonly captures: number;
    readonly events: number;
  };
  readonly verification: { readonly ok: boolean };
  readonly stories: readonly {
    readonly id: string;
    readonly found: boolean;
    readonly missing: readonly string[];
  }[];
}

const parse = ({ out }: CliRun): DemoResult => JSON.parse(out) as DemoResult;

let first: Workplace;
let day: CliRun;
beforeAll(async () => {
  first = createWorkplace();
  day = await first.run('demo', '--once', '--output', 'json');
}, 120_000);
afterAll(() => first[Symbol.dispose]());

describe('a day of the fictional tenant', () => {
  test('goes through the whole pipeline: every message is evidence, every story is found, the lake verifies', () => {
    const { totals, stories, evidence, verification } = parse(day);
    expect(day.code).toBe(0);
    expect(totals.records).toBeGreaterThanOrEqual(50_000);
    expect(evidence.captures).toBe(totals.captures);
    expect(evidence.events + totals.deadLetters).toBe(totals.records);
    expect(stories.length).toBeGreaterThanOrEqual(8);
    expect(stories.filter(({ found }) => !found)).toEqual([]);
    expect(verification.ok).toBe(true);
  });

  test('raises nothing above medium that no story planted', () => {
    const { findings } = parse(day);
    const planted = new Set(
      (JSON.parse(day.out) as { stories: { findings: string[] }[] }).stories.flatMap(
        ({ findings: ids }) => ids,
      ),
    );
    const strays = findings.filter(({ id, level }) => compareLevels(level, 'medium') > 0 && !planted.has(id));
    expect(strays).toEqual([]);
  });

  test('the same seed gives the same findings, statuses, bytes on disk and Merkle root; another seed does not', async () => {
    using again = createWorkplace();
    const second = parse(await again.run('demo', '--once', '--output', 'json'));
    const { findings, posture, incidents, evidence } = parse(day);
    expect(JSON.stringify({ findings, posture, incidents, root: evidence.root })).toBe(
      JSON.stringify({
        findings: second.findings,
        posture: second.posture,
        incidents: second.incidents,
        root: second.evidence.root,
      }),
    );
    const segments = (workplace: Workplace): string[] =>
      readdirSync(join(workplace.folder, 'data/demo/lake'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.parquet'))
        .toSorted();
    expect(segments(again)).toEqual(segments(first));
    const other = parse(await again.run('demo', '--once', '--output', 'json', '--seed', 'another'));
    expect(other.evidence.root).not.toBe(evidence.root);
    expect(JSON.stringify(other.findings)).not.toBe(JSON.stringify(findings));
    expect(other.stories.every(({ found }) => found)).toBe(true);
  }, 120_000);

  test('without stories nothing above medium is found', async () => {
    using quiet = createWorkplace();
    const { findings, stories, totals } = parse(
      await quiet.run('demo', '--once', '--output', 'json', '--no-stories'),
    );
    expect(totals.records).toBeGreaterThanOrEqual(50_000);
    expect(stories).toEqual([]);
    expect(findings.filter(({ level }) => compareLevels(level, 'medium') > 0)).toEqual([]);
  }, 120_000);

  test('keys and token are for their owner alone, and no planted secret is stored', async () => {
    const { default: fs } = await import('node:fs');
    const keys = join(first.folder, 'data/demo/keys');
    expect(fs.statSync(keys).mode & 0o077).toBe(0);
    for (const name of fs.readdirSync(keys)) expect(fs.statSync(join(keys, name)).mode & 0o077).toBe(0);
    expect(readFileSync(join(first.folder, 'data/demo/reports/report.html'), 'utf8')).not.toMatch(
      /sig=[A-Za-z0-9%+/]{20}/,
    );
  });
});
