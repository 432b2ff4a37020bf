import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareLevels } from '../src/domain/severity.ts';
import type { Level } from '../src/domain/severity.ts';
import { DAY_MS } from '../src/lib/clock.ts';
import { boardCalled } from './publish/grafana/generated.ts';
import { boardProblems } from './support/board-contract.ts';
import type { LiveService } from './support/board-contract.ts';
import { createWorkplace } from './support/cli.ts';
import type { CliRun, Workplace } from './support/cli.ts';
import { hasPrometheus, metricProblems, startPrometheus } from './support/prometheus.ts';

const START = Date.UTC(2026, 2, 2);

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
/** The demo as `npm start` leaves it: done, and serving until it is told to stop. */
let day: CliRun;
let service: LiveService;
const stop = new AbortController();
let ended: Promise<CliRun>;

beforeAll(async () => {
  first = createWorkplace();
  let [out, err] = ['', ''];
  const serving = new Promise<void>((resolve) => {
    ended = first.runWith(
      {
        signal: stop.signal,
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
          if (err.includes('Ctrl-C ends')) resolve();
        },
      },
      'demo',
      '--port',
      '0',
      '--output',
      'json',
    );
    void ended.then(() => resolve());
  });
  await serving;
  day = { code: 0, out, err };
  const token = readFileSync(join(first.folder, 'data/demo/keys/api-token'), 'utf8').trim();
  service = { url: /http:\/\/[^/]+/.exec(err)?.[0] ?? '', token, from: START, to: START + DAY_MS };
}, 120_000);
afterAll(async () => {
  stop.abort();
  await ended;
  first[Symbol.dispose]();
});

describe('a day of the fictional tenant', () => {
  test('goes through the whole pipeline: every message is evidence, every story is found, the lake verifies', () => {
    const { totals, stories, evidence, verification } = parse(day);
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
    // A quiet day has the stories of a busy one.
    const quiet = ['demo', '--once', '--output', 'json', '--records', '8000'];
    using once = createWorkplace();
    using again = createWorkplace();
    const { findings, posture, incidents, evidence } = parse(await once.run(...quiet));
    const second = parse(await again.run(...quiet));
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
    expect(segments(once).length).toBeGreaterThan(20);
    expect(segments(again)).toEqual(segments(once));
    const other = parse(await again.run(...quiet, '--seed', 'another'));
    expect(other.evidence.root).not.toBe(evidence.root);
    expect(JSON.stringify(other.findings)).not.toBe(JSON.stringify(findings));
    expect(other.stories.every(({ found }) => found)).toBe(true);
  }, 120_000);

  test('without stories nothing above medium is found', async () => {
    using quiet = createWorkplace();
    const { findings, stories, totals } = parse(
      await quiet.run('demo', '--once', '--output', 'json', '--no-stories', '--records', '8000'),
    );
    expect(totals.records).toBeGreaterThanOrEqual(8000);
    expect(stories).toEqual([]);
    expect(findings.filter(({ level }) => compareLevels(level, 'medium') > 0)).toEqual([]);
  }, 120_000);

  test('keys and token are for their owner alone, and no planted secret is stored', () => {
    const keys = join(first.folder, 'data/demo/keys');
    expect(statSync(keys).mode & 0o077).toBe(0);
    for (const name of readdirSync(keys)) expect(statSync(join(keys, name)).mode & 0o077).toBe(0);
    expect(readFileSync(join(first.folder, 'data/demo/reports/report.html'), 'utf8')).not.toMatch(
      /sig=[A-Za-z0-9%+/]{20}/,
    );
  });

  test('answers every panel of both boards with rows that have the columns the panel names', async () => {
    for (const board of ['Compliance posture', 'Pipeline health']) {
      expect(await boardProblems(boardCalled(board), service)).toEqual([]);
    }
  });

  test.skipIf(!hasPrometheus() && process.env['CI'] !== 'true')(
    'has the metrics that the pipeline board asks Prometheus for',
    async () => {
      const prometheus = await startPrometheus(new URL(service.url).host, service.token);
      try {
        // Nothing failed on this day and nobody is notified, so these two have nothing to show.
        const quiet = new Set([
          'Errors by code',
          'Notifications',
          'Sequences that never came',
          'Messages behind',
          'Time behind',
          'Sources, seals and workers that stopped',
          'Workers',
          'Age of the watermark',
          'Upkeep of the lake',
          'Events that correlations keep',
        ]);
        expect(await metricProblems(boardCalled('Pipeline health'), prometheus, quiet)).toEqual([]);
      } finally {
        await prometheus.stop();
      }
    },
  );

  test('serves the report, and the API to nobody without the token', async () => {
    const report = await fetch(`${service.url}/report`);
    expect(await report.text()).toBe(
      readFileSync(join(first.folder, 'data/demo/reports/report.html'), 'utf8'),
    );
    expect((await fetch(`${service.url}/api/v1/findings`)).status).toBe(401);
    const mine = await fetch(`${service.url}/api/v1/controls`, {
      headers: { authorization: `Bearer ${service.token}` },
    });
    expect(await mine.text()).toContain('"FAIL"');
  });

  test('ends with 0 when it is told to stop', async () => {
    stop.abort();
    expect((await ended).code).toBe(0);
  });
});
