import { seededRandom } from '../../../src/lib/random.ts';

/** What may go wrong between a hub and who reads it. `times` counts attaches or messages. */
export type Fault =
  | { readonly kind: 'steal'; readonly partition: number }
  | { readonly kind: 'stale-epoch'; readonly partition: number; readonly times: number }
  | { readonly kind: 'reorder'; readonly partition: number }
  | { readonly kind: 'duplicate'; readonly partition: number; readonly times: number }
  | { readonly kind: 'leave-out'; readonly partition: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'detach'; readonly partition: number }
  | { readonly kind: 'busy'; readonly partition: number; readonly times: number }
  | { readonly kind: 'token-expiry' }
  | { readonly kind: 'token-refusal'; readonly times: number }
  | { readonly kind: 'management-down'; readonly times: number }
  | { readonly kind: 'stall'; readonly partition: number }
  | { readonly kind: 'slow'; readonly partition: number; readonly times: number };

export const faultKinds = [
  'steal',
  'stale-epoch',
  'reorder',
  'duplicate',
  'leave-out',
  'drop',
  'detach',
  'busy',
  'token-expiry',
  'token-refusal',
  'management-down',
  'stall',
  'slow',
] as const satisfies readonly Fault['kind'][];

/** A fault, and after how many deliveries in all it strikes. */
export interface Strike {
  readonly after: number;
  readonly fault: Fault;
}

/** Faults at random points of a day's deliveries; the same seed gives the same schedule. */
export function faultSchedule(
  seed: string,
  size: { readonly deliveries: number; readonly partitions: number; readonly strikes: number },
): Strike[] {
  const random = seededRandom(`faults/${seed}`);
  return Array.from({ length: size.strikes }, () => {
    const kind = random.pick(faultKinds);
    const partition = random.int(0, size.partitions - 1);
    const fault: Fault = { kind, partition, times: random.int(1, 4) };
    return { after: random.int(0, size.deliveries), fault };
  }).toSorted((a, b) => a.after - b.after);
}
