import type { Elsewhere } from '../cli/engine.ts';
import type { Observation } from '../domain/control.ts';
import type { Finding } from '../domain/finding.ts';
import type { Passed, PassedArrival } from '../pipeline.ts';

/**
 * The parts that live in the main thread, seen from a worker: what they would be told is kept until it is sealed, then
 * sent. One place tells people, or each worker would page for the same cause; and one place correlates, because a user's
 * events come through many partitions.
 */
export function createElsewhere(send: (passed: Passed) => void): Elsewhere {
  let findings: Finding[] = [];
  let observations: Observation[] = [];
  let arrivals: PassedArrival[] = [];
  return {
    desk: {
      observe: (found) => void findings.push(...found),
      round: () => Promise.resolve([]),
      incidents: () => [],
    },
    clearance: { observe: (seen) => void observations.push(...seen), isClear: () => false },
    outbox: {
      cut() {
        const passed = { findings, observations, arrivals };
        findings = [];
        observations = [];
        arrivals = [];
        const isEmpty = passed.findings.length + passed.observations.length + passed.arrivals.length === 0;
        return () => {
          if (!isEmpty) send(passed);
        };
      },
    },
    correlating: ({ items, uses, silent }) => ({
      concerns: (id) => (uses.get(id)?.length ?? 0) > 0,
      isSilent: (id) => silent.has(id),
      take({ stream, receivedAt }, events, matched) {
        if (items.length > 0)
          arrivals.push({ stream, receivedAt, times: events.map(({ time }) => ({ time })), matched });
        return [];
      },
      tick: () => [],
      finish: () => [],
      restore: () => Promise.resolve(),
      size: { waiting: 0, held: 0 },
      watermark: -Infinity,
    }),
  };
}
