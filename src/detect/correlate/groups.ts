import { findingId } from '../../domain/finding.ts';
import { keyOf, MOST_GROUPS } from './member.ts';
import type { Member, Placed } from './member.ts';
import type { CorrelationPlan } from './plan.ts';
import { createWindow } from './window.ts';
import type { Window } from './window.ts';

/** A finding lists the newest of its events, this many; how many there were is said beside them. */
export const MOST_EVENTS = 50;

/** At this instant the condition of a correlation holds for one of its groups. */
export interface Moment {
  /** Id of the finding it belongs to: that of its rule, group and window. */
  readonly id: string;
  /** True for the first of a window: this one makes the finding. */
  readonly isFirst: boolean;
  readonly group: readonly string[];
  readonly time: number;
  /** What the measure came to. */
  readonly value: number;
  /** Events, or findings and moments of correlations below, that the window holds. */
  readonly count: number;
  /** When the first of them happened, epoch ms. */
  readonly since: number;
  /** Ids of the newest events behind them, oldest first. */
  readonly events: readonly string[];
  readonly carried: readonly (readonly string[])[];
}

/** The groups of one correlation. Instants come in order, each once. */
export interface Groups {
  /** Members in all windows. */
  readonly held: number;
  /** Time of the newest member of the group that has been quiet longest; undefined when there is no group. */
  readonly quietestAt: number | undefined;
  /** Takes what happened at one instant; answers where the condition holds then, with the last of the group's events. */
  take(
    time: number,
    placed: readonly Placed[],
  ): readonly { readonly moment: Moment; readonly last: Member }[];
  /** Forgets groups whose whole window lies before anything that can still come. */
  sweep(watermark: number): void;
  /** Takes the older half of its members from the group that has been quiet longest; answers how many. */
  evict(): number;
}

interface Group {
  readonly values: readonly string[];
  readonly members: Member[];
  /** Members before this place are gone. */
  head: number;
  readonly window: Window;
  readonly carried: readonly Map<string, number>[];
  newest: number;
  /** The last window that made a finding. */
  found: number;
}

export function createGroups(plan: CorrelationPlan): Groups {
  const { correlation, carried } = plan;
  const { timespanMs, condition, rules } = correlation;
  const identity = correlation.id ?? correlation.name ?? correlation.title;
  /** In the order of their newest member: the one touched last stands last. */
  const groups = new Map<string, Group>();
  let held = 0;
  let newestKey: string | undefined;

  const groupFor = (key: string, values: readonly string[]): Group => {
    const known = groups.get(key);
    if (known !== undefined && key === newestKey) return known;
    if (known !== undefined) groups.delete(key);
    const group = known ?? {
      values,
      members: [],
      head: 0,
      window: createWindow(condition.measure, condition.bounds, rules.length),
      carried: carried.map(() => new Map<string, number>()),
      newest: -Infinity,
      found: -Infinity,
    };
    groups.set(key, group);
    newestKey = key;
    return group;
  };

  const tally = (group: Group, { carried: values }: Member, step: 1 | -1): void => {
    for (const [index, counts] of group.carried.entries())
      for (const value of values[index] ?? []) {
        const count = (counts.get(value) ?? 0) + step;
        if (count > 0) counts.set(value, count);
        else counts.delete(value);
      }
  };

  const dropOldest = (group: Group): void => {
    const oldest = group.members[group.head];
    if (oldest === undefined) return;
    group.window.remove(oldest);
    tally(group, oldest, -1);
    group.head++;
    held--;
    if (group.head > 64 && group.head * 2 > group.members.length) {
      group.members.splice(0, group.head);
      group.head = 0;
    }
  };

  const momentOf = (group: Group, time: number, value: number): Moment => {
    const window = Math.floor(time / timespanMs);
    const isFirst = group.found !== window;
    group.found = window;
    const { members, head } = group;
    return {
      id: findingId(identity, `${keyOf(group.values)}@${window}`),
      isFirst,
      group: group.values,
      time,
      value,
      count: members.length - head,
      since: members[head]?.time ?? time,
      events: newestEvents(members, head),
      // One more than may be used tells that there are too many.
      carried: group.carried.map(firstKeys),
    };
  };

  return {
    get held() {
      return held;
    },
    get quietestAt() {
      const quietest = groups.values().next();
      return quietest.done === true ? undefined : quietest.value.newest;
    },
    take(time, placed) {
      const touched = new Map<Group, Member[]>();
      for (const { group: values, member } of placed.toSorted(byOrder)) {
        const group = groupFor(keyOf(values), values);
        const fresh = touched.get(group);
        if (fresh === undefined) {
          touched.set(group, [member]);
          group.newest = time;
          while ((group.members[group.head]?.time ?? Infinity) < time - timespanMs) dropOldest(group);
        } else fresh.push(member);
        group.members.push(member);
        group.window.add(member);
        tally(group, member, 1);
        held++;
      }
      const found: { moment: Moment; last: Member }[] = [];
      for (const [group, fresh] of touched) {
        const value = group.window.passing(time - timespanMs, fresh);
        const last = fresh.at(-1);
        if (value !== undefined && last !== undefined)
          found.push({ moment: momentOf(group, time, value), last });
      }
      return found;
    },
    sweep(watermark) {
      for (const [key, group] of groups) {
        if (group.newest + timespanMs >= watermark) return;
        held -= group.members.length - group.head;
        groups.delete(key);
        if (key === newestKey) newestKey = undefined;
      }
    },
    evict() {
      const [first] = groups;
      if (first === undefined) return 0;
      const [key, group] = first;
      const size = group.members.length - group.head;
      const drop = Math.ceil(size / 2);
      for (let i = 0; i < drop; i++) dropOldest(group);
      if (drop === size) {
        groups.delete(key);
        if (key === newestKey) newestKey = undefined;
      }
      return drop;
    },
  };
}

/** Events of one instant have no order of their own: they are taken in the order of the rules, then of their ids. */
function byOrder(a: Placed, b: Placed): number {
  const first = (a.member.rules[0] ?? 0) - (b.member.rules[0] ?? 0);
  return first !== 0 ? first : a.member.id < b.member.id ? -1 : a.member.id > b.member.id ? 1 : 0;
}

function newestEvents(members: readonly Member[], head: number): readonly string[] {
  const ids = new Set<string>();
  for (let i = members.length - 1; i >= head && ids.size < MOST_EVENTS; i--)
    for (const id of members[i]?.events.toReversed() ?? []) if (ids.size < MOST_EVENTS) ids.add(id);
  return [...ids].toReversed();
}

function firstKeys(counts: ReadonlyMap<string, number>): readonly string[] {
  const keys: string[] = [];
  for (const key of counts.keys()) if (keys.push(key) > MOST_GROUPS) break;
  return keys;
}
