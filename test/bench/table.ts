import type { Spread } from './measure.ts';
import { stages } from './stages.ts';
import type { Summary, WayIn } from './summary.ts';

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
const scatter = ({ median, min, max }: Spread): string =>
  `${percent(median).padStart(8)}   (${percent(min)} to ${percent(max)})`;

function wayInLines({ name, records, bytes, perSecond, ratios, shares }: WayIn): string[] {
  const what = new Map<string, string>([...stages, ['rest', 'count, alert, the loop itself']]);
  const rates = Object.entries(perSecond).map(
    ([arm, { records: rate, megabytes }]) =>
      `  ${arm.padEnd(28)}${`${Math.round(rate / 100) / 10}k`.padStart(8)} records/s ${megabytes.toFixed(1).padStart(8)} MB/s`,
  );
  return [
    `${name}: ${records} records, ${(bytes / 1e6).toFixed(1)} MB`,
    ...rates,
    '  ratio, by the clock',
    ...ratios.map(({ of, wall }) => `  ${of.padEnd(28)}${scatter(wall)}`),
    '  ratio, by the work of all threads',
    ...ratios.map(({ of, cpu }) => `  ${of.padEnd(28)}${scatter(cpu)}`),
    '  share of the pipeline',
    ...Object.entries(shares).map(
      ([stage, share]) => `  ${stage.padEnd(28)}${scatter(share).padEnd(40)}${what.get(stage) ?? ''}`,
    ),
    '',
  ];
}

/** The measurement for people. Rates are this machine's and this hour's; only the ratios are claims. */
export const tableOf = ({ machine, rounds, waysIn }: Summary): string =>
  [
    machine,
    `${rounds} rounds of interleaved arms: median (min to max)`,
    '',
    ...waysIn.flatMap(wayInLines),
  ].join('\n');
