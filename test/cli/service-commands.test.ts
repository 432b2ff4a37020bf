import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import type { Child } from '../support/child.ts';
import { createWorkplace } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';

interface TappedLine {
  readonly source: string;
  readonly class: string;
  readonly detections: readonly string[];
  readonly record?: unknown;
}

// Asked by all at once: it goes on taking records in, as fast as it can, for as long as it runs.
describe.each(['1', '2'])('a running service with %s workers', (workers) => {
  let place: Workplace;
  let child: Child;
  let url: string;
  const ask = (...argv: readonly string[]) =>
    place.runWith({ fetch: globalThis.fetch }, ...argv, '-c', 'plumbline.yml', '--url', url);
  const linesOf = (out: string) =>
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as TappedLine);

  beforeAll(async () => {
    place = createWorkplace();
    const text = `sources: { day: { type: demo, records: 200000 }, night: { type: demo, records: 200000, seed: night } }
workers: ${workers}
serve: { port: 0 }
`;
    writeFileSync(join(place.folder, 'plumbline.yml'), text);
    child = startChild(['run', '--config', 'plumbline.yml'], { cwd: place.folder });
    [, url = ''] = await child.until(/"url":"(http:[^"]+)"/);
    // A worker says how its sources are, and what its stages did, within a second.
    const textOf = async (path: string): Promise<string> => await (await fetch(url + path)).text();
    const isSeen = async (): Promise<boolean> =>
      /^(?!.*"starting").*day.*night/s.test(await textOf('/readyz')) &&
      (await textOf('/metrics')).includes('plumbline_stage_received_total{stage="detect"}');
    while (!(await isSeen())) await new Promise((resolve) => setTimeout(resolve, 100));
  }, 60_000);
  afterAll(async () => {
    await child[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  test.concurrent('is seen by top, with rates', async () => {
    const { code, out } = await ask('top', '--once', '--every', '1', '-o', 'json');
    expect(code).toBe(0);
    const view = JSON.parse(out) as {
      status: string;
      sources: { source: string; state: string; recordsPerSecond: number }[];
      stages: { stage: string }[];
    };
    expect(view.status).toBe('ok');
    expect(view.sources.map(({ source, state }) => [source, state])).toEqual([
      ['day', 'ok'],
      ['night', 'ok'],
    ]);
    for (const { recordsPerSecond } of view.sources) expect(recordsPerSecond).toBeGreaterThanOrEqual(0);
    expect(view.stages.map(({ stage }) => stage)).toContain('detect');
  });

  test.concurrent('shows a sample of its events to a tap, without their records', async () => {
    const { code, out } = await ask('tap', '--limit', '5', '-o', 'ndjson');
    expect(code).toBe(0);
    const lines = linesOf(out);
    expect(lines).toHaveLength(5);
    for (const { record, class: eventClass } of lines)
      expect([record, typeof eventClass]).toEqual([undefined, 'string']);
  });

  test.concurrent('shows only what was asked for', async () => {
    const { out } = await ask(
      'tap',
      '--limit',
      '3',
      '--source',
      'night',
      '--class',
      'storage',
      '-o',
      'ndjson',
    );
    expect(linesOf(out).map((line) => [line.source, line.class])).toEqual(
      Array.from({ length: 3 }, () => ['night', 'storage']),
    );
  });

  test.concurrent('refuses a tap without its token', async () => {
    writeFileSync(join(place.folder, 'other-token'), 'x'.repeat(40));
    const { code, err } = await ask('tap', '--token-file', join(place.folder, 'other-token'));
    expect(code).toBe(3);
    expect(err).toMatch(/it does not take the token of .*other-token; name its token file with --token-file/);
  });
});

test('without a service both say how to start one', async () => {
  using place = createWorkplace();
  for (const command of ['top', 'tap']) {
    const { code, err } = await place.run(command, '--url', 'http://127.0.0.1:9');
    expect(code).toBe(3);
    expect(err).toMatch(
      /service at http:\/\/127\.0\.0\.1:9: no network in tests; is it running\? plumbline run starts it/,
    );
  }
});
