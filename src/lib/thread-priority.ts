import { constants, getPriority, setPriority } from 'node:os';

/** What a system offers of this. */
interface Scheduler {
  readonly platform: NodeJS.Platform;
  readonly getPriority: () => number;
  readonly setPriority: (niceness: number) => void;
}

const thisMachine: Scheduler = {
  platform: process.platform,
  getPriority: () => getPriority(),
  setPriority: (niceness) => setPriority(0, niceness),
};

/** About a third of the weight of a thread that did not step back (sched(7), the nice value). */
const STEPS = 5;

/**
 * Has the calling thread, and those it starts from now on, step back behind the others of this process where cores are
 * short: those answer people, in a few milliseconds each, and it computes all the time. Linux counts niceness by the
 * thread; elsewhere it would be that of the whole process, and nothing is done. Where a system forbids it, all stay equal.
 */
export function stepBack({ platform, ...of }: Scheduler = thisMachine): void {
  if (platform !== 'linux') return;
  try {
    of.setPriority(Math.min(constants.priority.PRIORITY_LOW, of.getPriority() + STEPS));
  } catch {
    // Not worth a word: it is a matter of milliseconds.
  }
}
