import type { ControlStatus, Posture, Status } from '../domain/control.ts';
import { ApiError } from './api-error.ts';

export type FrameworkPosture = Posture['frameworks'][number];

/**
 * The frameworks a query asks for; `all` or nothing is every one.
 *
 * @throws ApiError QUERY_INVALID when no framework has the id.
 */
export function frameworksOf(posture: Posture, id: string | undefined): readonly FrameworkPosture[] {
  if (id === undefined || id === 'all') return posture.frameworks;
  const found = posture.frameworks.filter((framework) => framework.id === id);
  if (found.length > 0) return found;
  const known = posture.frameworks.map((framework) => framework.id).join(', ');
  throw new ApiError(
    'QUERY_INVALID',
    'query.framework',
    'No framework has this id.',
    known === '' ? 'No framework is mapped yet.' : `Give all, or one of ${known}.`,
  );
}

/** Milliseconds that a control held one of the statuses within the window. */
export const timeIn = (control: ControlStatus, held: readonly Status[]): number =>
  control.history.reduce(
    (sum, step) => (held.includes(step.status) ? sum + Math.max(0, step.to - step.from) : sum),
    0,
  );

/** How many controls held each status at each of the moments, which stand in their order, within the window. */
export function countsAt(
  controls: readonly ControlStatus[],
  moments: readonly number[],
): readonly ReadonlyMap<Status, number>[] {
  const counts = moments.map(() => new Map<Status, number>());
  for (const { history } of controls) {
    let at = 0;
    for (const { from, to, status } of history) {
      for (; at < moments.length && (moments[at] ?? Infinity) < to; at++) {
        const here = counts[at];
        if ((moments[at] ?? -Infinity) >= from) here?.set(status, (here.get(status) ?? 0) + 1);
      }
    }
  }
  return counts;
}
