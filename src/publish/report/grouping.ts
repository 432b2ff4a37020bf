import type { Finding } from '../../domain/finding.ts';
import { causeOf, incidentKey } from '../../domain/incident.ts';
import type { Incident } from '../../domain/incident.ts';
import { compareLevels } from '../../domain/severity.ts';
import type { Level } from '../../domain/severity.ts';

/** Detail rows on a page; beyond that no browser opens it with joy. */
export const MAX_FINDING_ROWS = 400;
/** Every group gets up to this many rows before any gets more, so that one flood cannot hide the rest. */
const FAIR_ROWS = 5;

export interface FindingGroup {
  readonly key: string;
  readonly title: string;
  readonly level: Level;
  readonly assertion: string;
  /** Undefined when no incident of this cause is given: its findings are shown all the same. */
  readonly incident: Incident | undefined;
  /** Newest first, cut to its share of the rows. */
  readonly shown: readonly Finding[];
  readonly total: number;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Open first, then the worse level, then the older. */
export const incidentOrder = (a: Incident, b: Incident): number =>
  (a.state === b.state ? 0 : a.state === 'open' ? -1 : 1) ||
  compareLevels(b.level, a.level) ||
  a.firstSeen - b.firstSeen ||
  byText(a.key, b.key);

/** Findings by cause, in the order of their incidents, those without an incident last. */
export function groupFindings(
  findings: readonly Finding[],
  incidents: readonly Incident[],
  maxRows = MAX_FINDING_ROWS,
): readonly FindingGroup[] {
  const newestFirst = findings.toSorted((a, b) => b.time - a.time || byText(a.id, b.id));
  const byKey = Map.groupBy(newestFirst, (finding) => incidentKey(causeOf(finding)));
  const ordered: { incident: Incident | undefined; key: string; of: readonly Finding[] }[] = [];
  for (const incident of incidents.toSorted(incidentOrder)) {
    ordered.push({ incident, key: incident.key, of: byKey.get(incident.key) ?? [] });
    byKey.delete(incident.key);
  }
  for (const [key, of] of [...byKey].toSorted(([a], [b]) => byText(a, b)))
    ordered.push({ incident: undefined, key, of });

  let left = maxRows;
  const fair = ordered.map(({ of }) => {
    const rows = Math.min(of.length, FAIR_ROWS, left);
    left -= rows;
    return rows;
  });
  return ordered.flatMap(({ incident, key, of }, i) => {
    const more = Math.min(of.length - (fair[i] ?? 0), left);
    left -= more;
    const worst = of.toSorted((a, b) => compareLevels(b.level, a.level))[0];
    const level = incident?.level ?? worst?.level;
    if (level === undefined) return [];
    return {
      key,
      title: incident?.title ?? worst?.title ?? key,
      level,
      assertion: incident?.assertion ?? worst?.assertion ?? '',
      incident,
      shown: of.slice(0, (fair[i] ?? 0) + more),
      total: of.length,
    };
  });
}
