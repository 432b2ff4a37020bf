import type { Obstacle } from '../detect/explain.ts';
import type { Explained } from './explain-events.ts';
import { columns, count } from './text.ts';

/** Why a rule matches a record or not, for people: the verdict, what stands between, then every test. */
export function explanationText(explanation: Explained): string {
  const { detection, matched, isRouted, condition, searches, leaves, filters, nearest } = explanation;
  const { eventId, class: eventClass } = explanation;
  const verdict = matched ? '✓ matches' : '✕ does not match';
  return [
    `${verdict}  ${detection.name} (${detection.level}) on ${eventId}, ${eventClass}`,
    ...(isRouted ? [] : [`the rule is for another log source: it is never asked about ${eventClass}`]),
    ...filters
      .filter(({ takesAway }) => takesAway)
      .map(({ title, file }) => `the filter "${title}" (${file}) takes the match away`),
    ...nearestText(nearest),
    `condition: ${condition}`,
    ...columns(searches.map(({ name, passed }) => [mark(passed), name])).map((line) => `  ${line}`),
    ...columns(
      leaves.map(({ search, field, test, passed, actual }) => [
        mark(passed),
        search,
        field,
        test,
        actual.length === 0 ? '(not there)' : valuesText(actual),
      ]),
    ).map((line) => `    ${line}`),
    ...placesText(explanation),
  ].join('\n');
}

const mark = (passed: boolean): string => (passed ? '✓' : '✕');

const valuesText = (values: readonly string[]): string =>
  values
    .map((value) => JSON.stringify(value))
    .join(', ')
    .slice(0, 120);

function nearestText(nearest: readonly Obstacle[]): readonly string[] {
  if (nearest.length === 0) return [];
  return [
    `nearest to a match: ${count(nearest.length)} test${nearest.length === 1 ? '' : 's'} short`,
    ...nearest.flatMap(({ search, field, test, is, places, closest }) => {
      const there = places.filter(({ values }) => values.length > 0);
      const at = there.map(({ path, values }) => `${path} = ${valuesText(values)}`).join('; ');
      const looked = places.map(({ path }) => path).join(', ');
      return [
        `  ${search}: ${field} ${is === 'fits' ? 'must not be, and is: ' : ''}${closest?.wanted ?? test}`,
        ...(places.length === 0 ? [] : [`    ${at === '' ? `nothing at ${looked}` : at}`]),
        ...(closest === undefined || at === '' ? [] : [`    ${closest.why}`]),
      ];
    }),
  ];
}

/** Where fields were found that the rule spells otherwise, and what fits only folded. */
const placesText = ({ fields }: Explained): readonly string[] =>
  fields.flatMap(({ field, places, isFolded }) => {
    const there = places.filter(({ values }) => values.length > 0).map(({ path }) => path);
    const isAliased = there.some((path) => path !== field);
    return [
      ...(isAliased ? [`${field} was read at ${there.join(', ')}`] : []),
      ...(isFolded ? [`${field} fits because letter case, odd spaces and dashes do not count`] : []),
    ];
  });
