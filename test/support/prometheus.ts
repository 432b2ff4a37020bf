import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expand, shownPanels } from './boards.ts';
import type { BoardFile, Variables } from './boards.ts';

const program = 'prometheus';

/** True when the real Prometheus is on this machine (Debian: `apt install prometheus`). */
export const hasPrometheus = (): boolean => spawnSync(program, ['--version']).status === 0;

const freePort = async (): Promise<number> =>
  await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

export interface Prometheus {
  readonly url: string;
  /** Answers the series of an expression; throws with Prometheus's own words when it is wrong. */
  readonly query: (expression: string) => Promise<readonly unknown[]>;
  readonly labelValues: (label: string) => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

/** Starts a Prometheus that scrapes `target` (host:port) twice a second, with its data in a folder of its own. */
export async function startPrometheus(target: string, token: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  await writeFile(join(folder, 'token'), token);
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
      scrape_configs: [
        {
          job_name: 'plumbline',
          static_configs: [{ targets: [target] }],
          authorization: { type: 'Bearer', credentials_file: join(folder, 'token') },
        },
      ],
    }),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}${path}`);
    const answer = (await response.json()) as { status: string; error?: string; data: unknown };
    if (answer.status !== 'success') throw new Error(`${decodeURIComponent(path)}: ${answer.error ?? ''}`);
    return answer.data;
  };
  const query = async (expression: string): Promise<readonly unknown[]> =>
    ((await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as { result: unknown[] }).result;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true });
  };
  try {
    await until('Prometheus to scrape twice', async () => {
      const seen = await query('count_over_time(up[1m]) >= 3 and up == 1').catch(() => []);
      return seen.length > 0;
    });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return {
    url,
    query,
    labelValues: async (label) => (await ask(`/api/v1/label/${label}/values`)) as string[],
    stop,
  };
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await isSo()) return;
    await sleep(200);
  }
  throw new Error(`waited 20 s for ${what}`);
}

/** Every PromQL expression of a board, with the panel it is for. */
export const expressionsOf = (
  board: BoardFile,
): readonly { readonly panel: string; readonly expression: string }[] =>
  shownPanels(board.panels).flatMap((panel) =>
    (panel.targets ?? [])
      .filter(({ datasource }) => datasource.type === 'prometheus')
      .map((target) => ({ panel: panel.title ?? '', expression: String(target['expr']) })),
  );

/** What a fresh board puts in; All is `.+`. */
const promVariables: Variables = {
  job: '.+',
  instance: '.+',
  __rate_interval: '10s',
  __range: '1m',
  __interval: '10s',
};

/**
 * Runs every expression of a board; what Prometheus refuses, and what answers nothing, is a problem. `quiet`
 * names panels that a healthy service leaves empty: a counter with labels appears with its first event.
 */
export async function metricProblems(
  board: BoardFile,
  prometheus: Prometheus,
  quiet: ReadonlySet<string> = new Set(),
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { panel, expression } of expressionsOf(board)) {
    try {
      const series = await prometheus.query(expand(expression, promVariables));
      if (series.length === 0 && !quiet.has(panel)) problems.push(`${panel}: nothing for ${expression}`);
    } catch (thrown) {
      problems.push(`${panel}: ${String(thrown)}`);
    }
  }
  return problems;
}
