import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Config } from '../../src/config.ts';
import { SECOND_MS } from '../../src/lib/clock.ts';
import { END_MARGIN_MS, divideDrain } from '../../src/workers/drain.ts';
import { productFolder } from '../support/cli.ts';

const { drainWithin } = Config.parse({});
const textOf = (path: string): string => readFileSync(join(productFolder, path), 'utf8');
/** `60s` or `2min`, in ms. */
function durationOf(text: string | undefined): number {
  const [, count, unit] = /^(\d+)(s|min)$/.exec(text ?? '') ?? [];
  return Number(count) * (unit === 'min' ? 60 : 1) * SECOND_MS;
}
const Compose = z.object({ services: z.object({ plumbline: z.object({ stop_grace_period: z.string() }) }) });

describe('the time to end', () => {
  test('is divided between the threads and the main thread, which ends after them', () => {
    expect(divideDrain(25_000)).toEqual({ threadsMs: 15_000, mainMs: 10_000 });
  });

  test('is shorter than systemd waits before it kills', () => {
    const limit = /^TimeoutStopSec=(\S+)$/m.exec(textOf('deploy/plumbline.service'))?.[1];
    expect(durationOf(limit)).toBeGreaterThanOrEqual(drainWithin + END_MARGIN_MS);
  });

  test('is shorter than Compose waits before it kills', () => {
    const { plumbline } = Compose.parse(parse(textOf('docker-compose.yml'))).services;
    expect(durationOf(plumbline.stop_grace_period)).toBeGreaterThanOrEqual(drainWithin + END_MARGIN_MS);
  });
});
