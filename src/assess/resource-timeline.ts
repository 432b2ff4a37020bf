import type { Assertion, Decision, Observation } from '../domain/control.ts';
import { insertSorted, placeIn } from '../lib/sorted.ts';
import { byOrder } from './resource.ts';
import type { Silence, Step } from './resource.ts';

/** What is said about one resource at every moment, by all observations of it so far. */
export interface ResourceTimeline {
  /** Takes in more observations, in any order. What was said of moments before the first of them stays. */
  add(observations: readonly Observation[]): void;
  /** When it was first observed, epoch ms; undefined when it never was. */
  readonly first: number | undefined;
  /** One entry per change, oldest first. */
  readonly steps: readonly (Step | Silence)[];
}

/**
 * The newest observation that still speaks counts; one that lies in the past without asking to be renewed gives way to
 * what was said before it.
 *
 * @param decisions all there are; those that approve a deviation from the assertion count.
 */
export function createResourceTimeline(
  assertion: Assertion,
  decisions: readonly Decision[],
): ResourceTimeline {
  const exceptions = decisions.filter(
    ({ kind, subject }) => kind === 'exception' && subject === assertion.id,
  );
  const turns = exceptions.flatMap(({ from, expires }) => [from, expires]).toSorted((a, b) => a - b);
  const ordered: Observation[] = [];
  /** Of each observation, when the unbroken run of failures began that ends with it. */
  const failingSince: number[] = [];
  const steps: (Step | Silence)[] = [];

  const findRuns = (from: number): void => {
    failingSince.length = from;
    for (let i = from; i < ordered.length; i++) {
      const [before, time] = [ordered[i - 1], ordered[i]?.time ?? 0];
      const isGoingOn = before?.result === 'fail' && before.validUntil >= time;
      failingSince.push(isGoingOn ? (failingSince[i - 1] ?? time) : time);
    }
  };

  const stepOf = (index: number, observation: Observation, time: number): Step => {
    const step = (status: Step['status'], reason: string): Step => ({
      from: time,
      status,
      reason,
      observation,
    });
    switch (observation.result) {
      case 'pass':
        return step('PASS', observation.detail);
      case 'not_applicable':
        return step('NOT_APPLICABLE', observation.detail);
      case 'error':
        return step('NO_EVIDENCE', observation.detail);
      case 'fail': {
        const exception = exceptions.find(
          ({ resource, from, expires }) =>
            (resource === '*' || resource === observation.resource) && from <= time && time < expires,
        );
        if (exception !== undefined)
          return step('EXCEPTION', `${exception.reason} (approved by ${exception.approvedBy})`);
        const isInGrace = time < (failingSince[index] ?? time) + assertion.graceMs;
        return step(isInGrace ? 'AT_RISK' : 'FAIL', observation.detail);
      }
    }
  };

  /** What is said at `time`, where `last` is the newest observation made by then, and until when nothing changes that. */
  const said = (time: number, last: number): { readonly step: Step | Silence; readonly until: number } => {
    const until = ordered[last + 1]?.time ?? Infinity;
    for (let index = last; index >= 0; index--) {
      const observation = ordered[index];
      if (observation === undefined) continue;
      if (time < observation.validUntil) {
        const step = stepOf(index, observation, time);
        return { step, until: Math.min(until, observation.validUntil, nextTurn(index, observation, time)) };
      }
      if (observation.onExpiry === 'nothing') continue;
      const reason = `last said by ${observation.by}, too long ago`;
      return { step: { from: time, status: 'NO_EVIDENCE', reason, observation }, until };
    }
    return { step: { from: time, status: undefined }, until };
  };

  /** When grace ends, or an approved deviation begins or ends. */
  const nextTurn = (index: number, { result }: Observation, time: number): number => {
    if (result !== 'fail') return Infinity;
    const graceEnds = (failingSince[index] ?? time) + assertion.graceMs;
    const turn = turns.find((moment) => moment > time) ?? Infinity;
    return graceEnds > time ? Math.min(graceEnds, turn) : turn;
  };

  return {
    add(observations) {
      const earliest = observations.reduce((first, { time }) => Math.min(first, time), Infinity);
      insertSorted(ordered, observations, byOrder);
      const from = placeIn(ordered, ({ time }) => time < earliest);
      findRuns(from);
      steps.length = placeIn(steps, (step) => step.from < earliest);
      for (let [time, last] = [earliest, from]; time < Infinity;) {
        while ((ordered[last + 1]?.time ?? Infinity) <= time) last++;
        const { step, until } = said(time, last);
        if (step.status !== steps.at(-1)?.status) steps.push(step);
        time = until;
      }
    },
    get first() {
      return ordered[0]?.time;
    },
    steps,
  };
}
