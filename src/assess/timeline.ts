/** A value from `from` on, until the next one. */
interface From<S> {
  readonly from: number;
  readonly status: S;
}

/** Merges step functions into one by `combine`, called with every part's value at each change; parts that have not begun are left out. */
export function mergeSteps<S, R>(
  parts: readonly (readonly From<S>[])[],
  combine: (values: readonly S[]) => R,
): From<R>[] {
  const changes = parts.flatMap((steps, part) => steps.map(({ from, status }) => ({ from, part, status })));
  changes.sort((a, b) => a.from - b.from);
  const now = new Map<number, S>();
  const merged: From<R>[] = [];
  for (const [index, change] of changes.entries()) {
    now.set(change.part, change.status);
    if (changes[index + 1]?.from === change.from) continue;
    const status = combine([...now.values()]);
    if (merged.at(-1)?.status !== status) merged.push({ from: change.from, status });
  }
  return merged;
}

/** The steps cut to `[from, to)`, each with its end; `before` holds until the first one. */
export function cutSteps<S>(
  steps: readonly From<S>[],
  before: S,
  window: { readonly from: number; readonly to: number },
): { from: number; to: number; status: S }[] {
  const cut: { from: number; to: number; status: S }[] = [];
  let open = { from: window.from, status: before };
  for (const step of steps) {
    if (step.from <= window.from) open = { from: window.from, status: step.status };
    else if (step.from < window.to && step.status !== open.status) {
      cut.push({ ...open, to: step.from });
      open = step;
    }
  }
  if (window.from < window.to) cut.push({ from: open.from, status: open.status, to: window.to });
  return cut;
}

/** The value at `time`, and since when; undefined before the first step. */
export const stepAt = <S, T extends From<S>>(steps: readonly T[], time: number): T | undefined =>
  steps.findLast(({ from }) => from <= time);
