import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** What a system offers of this. */
interface Scheduler {
  readonly platform: NodeJS.Platform;
  readonly getPriority: () => number;
  /** Of the calling thread, or of another of this process. */
  readonly setPriority: (niceness: number, thread?: number) => void;
  /** Ids of the threads in which V8 collects garbage and compiles for all others. */
  readonly helpers: () => readonly number[];
}

const OWN_THREADS = '/proc/self/task';

const thisMachine: Scheduler = {
  platform: process.platform,
  getPriority: () => getPriority(),
  setPriority: (niceness, thread = 0) => setPriority(thread, niceness),
  helpers: () =>
    readdirSync(OWN_THREADS)
      .filter((thread) => readFileSync(`${OWN_THREADS}/${thread}/comm`, 'utf8').trim() === 'V8Worker')
      .map(Number),
};

/** About a third of the weight of a thread that did not step back (sched(7), the nice value). */
const STEPS = 5;

/**
 * Has the calling thread, and those it starts from now on, step back behind the others of this process where cores are
 * short: those answer people, in a few milliseconds each, and it computes all the time. V8's helpers go with it: most of what they
 * do they do for it, four at once, for four milliseconds each before an answer's turn comes. Further back they would hold up the
 * collections of those who answer. Linux counts niceness by the thread; elsewhere it would be that of the whole process, and
 * nothing is done. Where a system forbids it, all stay equal.
 */
export function stepBack({ platform, ...of }: Scheduler = thisMachine): void {
  if (platform !== 'linux') return;
  try {
    const niceness = Math.min(constants.priority.PRIORITY_LOW, of.getPriority() + STEPS);
    of.setPriority(niceness);
    for (const helper of of.helpers()) of.setPriority(niceness, helper);
  } catch {
    // Not worth a word: it is a matter of milliseconds.
  }
}
