import { readdirSync, readFileSync } from 'node:fs';

/** What a thread did in a while, ms: computed, and waited for a core although it could have gone on. */
export interface Ran {
  readonly computed: number;
  readonly waited: number;
}

const NS_PER_MS = 1e6;
const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or the thread has ended.
    return '';
  }
};

/** Reads what the scheduler says of a thread (Linux, `/proc/*` + `/schedstat`); all zero where it says nothing. */
function ranOf(schedstat: string): Ran {
  const [computed = 0, waited = 0] = textOf(schedstat).split(' ').map(Number);
  return { computed: computed / NS_PER_MS, waited: waited / NS_PER_MS };
}

/** The thread that serves in a process. */
function servingThread(pid: number): string {
  const folder = `/proc/${pid}/task`;
  const threads = textOf(`/proc/${pid}/comm`) === '' ? [] : readdirSync(folder);
  const serving = threads.find((thread) => textOf(`${folder}/${thread}/comm`).trim() === 'plumbline serve');
  return `${folder}/${serving ?? pid}/schedstat`;
}

/** Follows both ends of a question: the thread that serves, and this one, which asks. */
export function watchThreads(pid: number): () => { readonly serving: Ran; readonly asking: Ran } {
  const serving = servingThread(pid);
  return () => ({ serving: ranOf(serving), asking: ranOf('/proc/thread-self/schedstat') });
}

export const since = (before: Ran, now: Ran): Ran => ({
  computed: now.computed - before.computed,
  waited: now.waited - before.waited,
});
