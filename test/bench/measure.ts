import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** One thing whose speed is asked. `prepare` is not timed; the round ends with `run`. */
export interface Arm {
  readonly name: string;
  readonly prepare?: () => Promise<void>;
  readonly run: () => Promise<void> | void;
}

/** One run of one arm: wall clock, and what all threads of the process computed, in ms. */
export interface Took {
  readonly wall: number;
  readonly cpu: number;
}

/** What an arm took, round by round. */
export type Rounds = ReadonlyMap<string, readonly Took[]>;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function once({ prepare, run }: Arm): Promise<Took> {
  await prepare?.();
  // Each arm pays for its own garbage alone.
  collectGarbage();
  const cpuBefore = process.cpuUsage();
  const from = performance.now();
  await run();
  const wall = performance.now() - from;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wall, cpu: (user + system) / 1000 };
}

/**
 * Runs all arms once a round, in turn, so that whatever else the machine does meets all of them alike; the order
 * turns by one each round. A first round warms up and does not count.
 */
export async function measure(
  arms: readonly Arm[],
  rounds: number,
  onRound: (round: number) => void,
): Promise<Rounds> {
  const took = new Map<string, Took[]>(arms.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (let i = 0; i < arms.length; i++) {
      const arm = arms[(i + round) % arms.length];
      if (arm === undefined) continue;
      const result = await once(arm);
      if (round > 0) took.get(arm.name)?.push(result);
    }
    onRound(round);
  }
  return took;
}

/** The middle of what was measured, and how far it scattered. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError for no values at all. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (min === undefined || max === undefined || low === undefined || high === undefined)
    throw new RangeError('nothing was measured');
  return { median: (low + high) / 2, min, max };
}
