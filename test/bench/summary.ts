import { cpus } from 'node:os';
import type { Load } from './load.ts';
import { spread } from './measure.ts';
import type { Rounds, Spread, Took } from './measure.ts';
import { stages } from './stages.ts';

/** What was measured on one way in. Ratios are taken within a round, so that the machine's other work cancels out. */
export interface WayIn {
  readonly name: string;
  readonly records: number;
  readonly bytes: number;
  readonly perSecond: Readonly<Record<'bare' | 'pipeline' | 'verify', Rate>>;
  readonly ratios: readonly Ratio[];
  /** Of the pipeline's wall clock, in the order of the stages; `rest` is counting, alerting, the loop itself. */
  readonly shares: Readonly<Record<string, Spread>>;
}

interface Rate {
  readonly records: number;
  readonly megabytes: number;
}

interface Ratio {
  readonly of: string;
  readonly wall: Spread;
  /** The same with the work of all threads in place of the clock. */
  readonly cpu: Spread;
}

export interface Summary {
  readonly machine: string;
  readonly rounds: number;
  readonly waysIn: readonly WayIn[];
}

export const machine = (): string =>
  `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;

/** Sums up the arms of one way in, whose names begin with its own. */
export function summarise(name: string, load: Load, records: number, rounds: Rounds): WayIn {
  const tookOf = (arm: string): readonly Took[] => rounds.get(`${name}/${arm}`) ?? [];
  const rate = (arm: string, bytes: number): Rate => {
    const { median } = spread(tookOf(arm).map(({ wall }) => wall));
    return { records: (records / median) * 1000, megabytes: bytes / median / 1000 };
  };
  /** How fast `arm` is beside `anchor`: 1 when a byte takes the same in both. */
  const ratio = (of: string, arm: string, bytes: number, anchor: string, anchorBytes: number): Ratio => {
    const anchors = tookOf(anchor);
    const perRound = (clock: keyof Took): Spread =>
      spread(
        tookOf(arm).map(
          (took, i) => bytes / took[clock] / (anchorBytes / (anchors[i]?.[clock] ?? Number.NaN)),
        ),
      );
    return { of, wall: perRound('wall'), cpu: perRound('cpu') };
  };
  const wholes = tookOf('pipeline');
  const shareOf = (from: readonly Took[] | undefined, to: readonly Took[]): Spread =>
    spread(to.map(({ wall }, i) => (wall - (from?.[i]?.wall ?? 0)) / (wholes[i]?.wall ?? Number.NaN)));
  const prefixes = [...stages.map(([stage]) => [stage, tookOf(stage)] as const), ['rest', wholes] as const];
  return {
    name,
    records,
    bytes: load.bytes,
    perSecond: {
      bare: rate('bare', load.textBytes),
      pipeline: rate('pipeline', load.bytes),
      verify: rate('verify', load.bytes),
    },
    ratios: [
      ratio('pipeline / bare JSON.parse', 'pipeline', load.bytes, 'bare', load.textBytes),
      ratio('verify / pipeline', 'verify', load.bytes, 'pipeline', load.bytes),
    ],
    shares: Object.fromEntries(
      prefixes.map(([stage, took], i) => [stage, shareOf(prefixes[i - 1]?.[1], took)]),
    ),
  };
}
