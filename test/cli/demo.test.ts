import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { lockLake } from '../../src/store/lock.ts';
import { createWorkplace } from '../support/cli.ts';
import type { CliRun, Workplace } from '../support/cli.ts';
import { filesBelow, sizeOf } from '../support/lakes.ts';
import { envelope, ordinary } from '../support/records.ts';

/** A quiet day: its stories are those of a busy one. */
const quiet = ['demo', '--records', '12000'];
let place: Workplace;
let day: CliRun;
beforeAll(async () => {
  place = createWorkplace();
  day = await place.run(...quiet, '--once', '--story', 'public-ai', '--fail-on', 'critical');
}, 60_000);
afterAll(() => place[Symbol.dispose]());

describe('a day with one story', () => {
  test('fits a screen of 80 columns, names the story, and ends with 0', () => {
    expect([day.code, day.err]).toEqual([0, '']);
    for (const line of day.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(day.out).toMatch(/^Planted stories: 1 of 1 found$/m);
    expect(day.out).toMatch(/✓ {2}AI account opened to the public network +1 finding$/m);
    expect(day.out).toMatch(/verified: [\d,]+ messages/);
  });

  test('names the files it wrote, and they are there', () => {
    for (const [, file = ''] of day.out.matchAll(/^(?:Lake|Report) +(\S+)$/gm))
      expect([
        file,
        file === 'data/demo/lake' ||
          readFileSync(join(place.folder, file), 'utf8').startsWith('<!doctype html>'),
      ]).toEqual([file, true]);
  });

  test('writes no colours where nobody asked for any', () => {
    expect(day.out).not.toContain('\u001b');
  });
});

describe('--data', () => {
  const writeIn = (file: string, text: string): void => {
    mkdirSync(join(place.folder, file, '..'), { recursive: true });
    writeFileSync(join(place.folder, file), text);
  };
  const refused = async (data: string): Promise<void> => {
    const before = filesBelow(join(place.folder, data));
    const { code, out, err } = await place.run('demo', '--once', '--data', data);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/this is no lake of a demo; name another folder with --data\n$/);
    expect(filesBelow(join(place.folder, data))).toEqual(before);
  };

  test('with a lake of somebody else in it is refused, and nothing in it is touched', async () => {
    writeFileSync(join(place.folder, 'x.json'), envelope(ordinary()));
    await place.run('replay', 'x.json');
    await refused('data');
  });

  test('with anything else called lake in it is refused as well', async () => {
    writeIn('unsealed/lake/log/main/verifier.vkey', 'plumbline.example/lake/main+00000000+AAAA\n');
    await refused('unsealed');
    writeIn('keyless/lake/log/main/checkpoint', 'plumbline.example/demo/main\n0\n');
    await refused('keyless');
    writeIn('foreign/lake/holiday.txt', 'mine');
    await refused('foreign');
  });

  test('in which a demo is being played is refused: exit 3', async () => {
    const lake = join(place.folder, 'data/demo/lake');
    const player = lockLake(lake, 'main');
    onTestFinished(() => player.release());
    const { code, out, err } = await place.run('demo', '--once');
    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(/another process is writing to it/);
    expect(sizeOf(lake)).toBeGreaterThan(0);
  });
});

describe('what cannot be played', () => {
  for (const argv of [
    ['--story', 'no-such-story'],
    ['--port', '70000'],
    ['--port', 'http'],
    ['--fail-on', 'urgent'],
    ['--output', 'yaml'],
    ['--nonsense'],
    ['argument'],
    ['--seed', ''],
    ['--records', '10'],
  ])
    test(`"${argv.join(' ')}" is a usage error, before anything is written`, async () => {
      using elsewhere = createWorkplace();
      const { code, out, err } = await elsewhere.run('demo', '--once', ...argv);
      expect([code, out]).toEqual([2, '']);
      expect(err).not.toBe('');
      expect(filesBelow(elsewhere.folder)).toEqual([]);
    });
});

test('played again and stopped halfway, the earlier day is replaced: sealed, reported, exit 130', async () => {
  const lake = join(place.folder, 'data/demo/lake');
  const whole = sizeOf(lake);
  const stop = new AbortController();
  const run = place.runWith({ signal: stop.signal }, ...quiet);
  const sealed = (): number => {
    try {
      return sizeOf(lake);
    } catch {
      return 0;
    }
  };
  await vi.waitUntil(() => sealed() > 0 && sealed() < whole, { timeout: 30_000, interval: 5 });
  stop.abort();
  const { code, out, err } = await run;
  expect(code).toBe(130);
  expect(err).toBe('plumbline: interrupted; the day was not played to its end\n');
  expect(out).toMatch(/verified: [\d,]+ messages/);
  expect(sealed()).toBeLessThan(whole);
  expect((await place.run('verify', '--lake', 'data/demo/lake')).code).toBe(0);
}, 60_000);
