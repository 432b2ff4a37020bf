import { getPriority } from 'node:os';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { stepBack } from '../../src/lib/thread-priority.ts';

const after = (platform: NodeJS.Platform, niceness: number): number => {
  const threads = new Map([[0, niceness]]);
  stepBack({
    platform,
    getPriority: () => niceness,
    setPriority: (to, thread = 0) => threads.set(thread, to),
    helpers: () => [7],
  });
  expect(threads.get(7)).toBe(platform === 'linux' ? threads.get(0) : undefined);
  return threads.get(0) ?? Number.NaN;
};

test('a thread steps back by five with those that help it, never beyond the last, and only where a thread can', () => {
  expect(after('linux', 0)).toBe(5);
  expect(after('linux', 3)).toBe(8);
  expect(after('linux', 17)).toBe(19);
  expect(after('darwin', 0)).toBe(0);
  expect(after('win32', 0)).toBe(0);
});

test('where a system forbids it, nothing happens', () => {
  const setPriority = (): never => {
    throw new Error('EACCES');
  };
  expect(() =>
    stepBack({ platform: 'linux', getPriority: () => 0, setPriority, helpers: () => [] }),
  ).not.toThrow();
});

test.runIf(process.platform === 'linux')(
  'it is the thread that steps back with the helpers, and not the one that started it',
  async () => {
    const module = JSON.stringify(new URL('../../src/lib/thread-priority.ts', import.meta.url).href);
    const code = `import(${module}).then(({ stepBack }) => {
    stepBack();
    require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority());
  });`;
    const before = getPriority();
    const worker = new Worker(code, { eval: true });
    const [priority] = (await once(worker, 'message')) as [number];
    await worker.terminate();
    expect(priority).toBe(Math.min(19, before + 5));
    expect(getPriority()).toBe(before);
  },
);
