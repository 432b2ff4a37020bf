import { inOrder, rank } from '../../src/assess/resource.ts';
import { statuses } from '../../src/domain/control.ts';
import type { Assertion, ComputedStatus, Decision, Observation } from '../../src/domain/control.ts';

/** What is said about one resource at one moment, looked up anew in everything observed by then: what is kept up must equal it. */
export function saidAt(
  assertion: Assertion,
  decisions: readonly Decision[],
  observations: readonly Observation[],
  time: number,
): { readonly status: ComputedStatus; readonly by: Observation } | undefined {
  const made = inOrder(observations).filter((one) => one.time <= time);
  for (const [i, by] of [...made.entries()].toReversed()) {
    if (time >= by.validUntil) {
      if (by.onExpiry === 'nothing') continue;
      return { status: 'NO_EVIDENCE', by };
    }
    return { status: meaningOf(assertion, decisions, made.slice(0, i + 1), by, time), by };
  }
  return undefined;
}

function meaningOf(
  assertion: Assertion,
  decisions: readonly Decision[],
  made: readonly Observation[],
  by: Observation,
  time: number,
): ComputedStatus {
  switch (by.result) {
    case 'pass':
      return 'PASS';
    case 'not_applicable':
      return 'NOT_APPLICABLE';
    case 'error':
      return 'NO_EVIDENCE';
    case 'fail': {
      const isExcepted = decisions.some(
        ({ kind, subject, resource, from, expires }) =>
          kind === 'exception' &&
          subject === assertion.id &&
          (resource === '*' || resource === by.resource) &&
          from <= time &&
          time < expires,
      );
      if (isExcepted) return 'EXCEPTION';
      let since = by.time;
      for (const before of made.slice(0, -1).toReversed()) {
        if (before.result !== 'fail' || before.validUntil < since) break;
        since = before.time;
      }
      return time < since + assertion.graceMs ? 'AT_RISK' : 'FAIL';
    }
  }
}

/** The worst of what is said about each resource; undefined when nothing is said about any. */
export const worstOf = (said: readonly (ComputedStatus | undefined)[]): ComputedStatus | undefined =>
  statuses[Math.min(...said.map((status) => (status === undefined ? Infinity : rank(status))))];
