/** One of two things whose costs are compared: it works off a load stretch by stretch. */
export interface Side {
  readonly name: string;
  /** Records of the whole load. */
  readonly records: number;
  readonly run: (stretch: number) => void;
}

/** What the load cost each side, round by round: ms of all threads of the process. */
export type Costs = readonly [above: readonly number[], below: readonly number[]];

/**
 * Two sides work off their loads in turn, a stretch each of some ten milliseconds, so that whatever else the machine
 * does meets both alike; who begins changes from stretch to stretch. A first round warms up and does not count. Nothing
 * is collected in between but what the process collects by itself, as in a stream.
 */
export function takeTurns(
  above: Side,
  below: Side,
  { rounds, stretches }: { readonly rounds: number; readonly stretches: number },
  onRound: (round: number) => void,
): Costs {
  const costs: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const sum = [0, 0];
    for (let stretch = 0; stretch < stretches; stretch++)
      for (const turn of [0, 1]) {
        const nth = (turn + stretch + round) % 2;
        const before = process.cpuUsage();
        (nth === 0 ? above : below).run(stretch);
        const { user, system } = process.cpuUsage(before);
        sum[nth] = (sum[nth] ?? 0) + (user + system) / 1000;
      }
    if (round > 0) for (const nth of [0, 1] as const) costs[nth].push(sum[nth] ?? 0);
    onRound(round);
  }
  return costs;
}
