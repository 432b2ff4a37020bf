import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../support/child.ts';
import type { Child } from '../support/child.ts';
import type { FaultWorld } from './world.ts';

export const RUNNING = /"msg":"plumbline: running"/;

/** Starts `plumbline run`. */
export const startService = (world: FaultWorld, env: Readonly<Record<string, string>> = {}): Child =>
  startChild(['run', '--config', 'plumbline.yml'], { cwd: world.folder, env });

/** Waits until every source was read to its end and the store takes evidence, then asks to end; answers the exit code. */
export async function finish(service: Child): Promise<number | null> {
  await using child = service;
  const [, url = ''] = await child.until(/"url":"(http:[^"]+)"/);
  for (;;) {
    const answer = (await (await fetch(`${url}/readyz`)).json()) as {
      components: readonly { name: string; state: string; detail: string }[];
    };
    const sources = answer.components.filter(({ name }) => name.startsWith('inbox'));
    const store = answer.components.find(({ name }) => name === 'store');
    const isRead = sources.length > 0 && sources.every(({ detail }) => detail === 'read to its end');
    if (isRead && store?.state === 'ok') break;
    await sleep(50);
  }
  child.process.kill('SIGTERM');
  return (await child.ended).code;
}
