import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/lib/random.ts';
import { RUNNING, finish, startService } from './service.ts';
import { createFaultWorld } from './world.ts';

export interface KillPlan {
  readonly seed: string;
  readonly kills: number;
  readonly workers: number;
  /** Every so many kills the lake is verified as the kill left it. */
  readonly lookEvery: number;
  readonly say?: (text: string) => void;
}

export interface KillOutcome {
  readonly kills: number;
  /** Of those, before the service said that it runs. */
  readonly whileStarting: number;
  readonly records: number;
  /** What was wrong in between, and in the end. */
  readonly faults: readonly string[];
  /** Of the last run, which was left alone. */
  readonly exitCode: number | null;
}

/** Kills a real `plumbline run` at random points of its life, start after start, then lets one finish, and looks. */
export async function runKills(plan: KillPlan): Promise<KillOutcome> {
  const random = seededRandom(plan.seed);
  const { say = () => undefined } = plan;
  using world = createFaultWorld({ workers: plan.workers });
  const faults: string[] = [];
  let whileStarting = 0;
  world.grow(60);
  await finish(startService(world));
  let startTook = 1000;
  for (let kill = 1; kill <= plan.kills; kill++) {
    world.grow(80 + random.int(0, 160));
    await using child = startService(world);
    if (random.next() < 0.3) {
      await sleep(random.next() * startTook);
    } else {
      const startedAt = performance.now();
      await child.until(RUNNING);
      startTook = performance.now() - startedAt;
      await sleep(random.next() * 350);
    }
    if (!RUNNING.test(child.err())) whileStarting++;
    child.process.kill('SIGKILL');
    await child.ended;
    if (kill % plan.lookEvery === 0) {
      faults.push(...(await world.faults()).map((fault) => `after kill ${kill}: ${fault}`));
      say(`${kill} kills, ${faults.length} faults`);
    }
  }
  const exitCode = await finish(startService(world));
  faults.push(...(await world.differences()));
  return { kills: plan.kills, whileStarting, records: world.records(), faults, exitCode };
}
