/** One of two things whose costs are compared: it works off a load stretch by stretch. */
export interface Side {
  readonly name: string;
  /** Records of the whole load. */
  readonly records: number;
  readonly run: (stretch: number) => void;
}

/** What the load cost each side, round by round: ms of all threads of the process. */
export type Costs = readonly [above: readonly number[], below: readonly number[]];

/** Rounds of so many ms of both sides together warm up. */
const WARM_UP = 4000;

/**
 * Two sides work off their loads in turn, a stretch each of some ten milliseconds, so that whatever else the machine
 * does meets both alike; who begins changes from stretch to stretch. First rounds warm up and do not count: a process
 * that watches a stream for months has compiled in its first seconds what comes once in a hundred records, too. Nothing
 * is collected in between but what the process collects by itself, as in a stream.
 */
export function takeTurns(
  above: Side,
  below: Side,
  { rounds, stretches }: { readonly rounds: number; readonly stretches: number },
  onRound: (round: number) => void,
): Costs {
  const costs: [number[], number[]] = [[], []];
  let warmth = 0;
  for (let round = 0; costs[0].length < rounds; round++) {
    const sum: [number, number] = [0, 0];
    for (let stretch = 0; stretch < stretches; stretch++)
      for (const turn of [0, 1]) {
        const nth = (turn + stretch + round) % 2 === 0 ? 0 : 1;
        const before = process.cpuUsage();
        (nth === 0 ? above : below).run(stretch);
        const { user, system } = process.cpuUsage(before);
        sum[nth] += (user + system) / 1000;
      }
    if (warmth < WARM_UP) {
      warmth += sum[0] + sum[1];
      if (warmth >= WARM_UP) onRound(0);
    } else {
      for (const nth of [0, 1] as const) costs[nth].push(sum[nth]);
      onRound(costs[0].length);
    }
  }
  return costs;
}
