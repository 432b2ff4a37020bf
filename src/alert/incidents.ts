import type { Detection } from '../domain/detection.ts';
import type { Finding } from '../domain/finding.ts';
import { causeOf, incidentKey, safeSubject } from '../domain/incident.ts';
import type { Cause, Incident } from '../domain/incident.ts';
import { resourceLabel } from '../domain/resource.ts';
import { compareLevels } from '../domain/severity.ts';
import { DAY_MS } from '../lib/clock.ts';

export const MAX_FINDING_IDS = 20;

export interface IncidentContext {
  /** The loaded detection by its `name`; undefined for a finding of a rule that is gone. */
  readonly detection: (name: string) => Pick<Detection, 'runbook'> | undefined;
  /** Control ids that rest on an assertion. */
  readonly controlsOf: (assertion: string) => readonly string[];
  /**
   * How long after a resolution the findings of an incident are still known, so that a replay cannot
   * count or reopen twice. (Default: 30 days, beyond any Event Hubs retention on the standard tier.)
   */
  readonly rememberMs?: number;
}

/**
 * Open incidents and the ones resolved lately. The same findings in any order, repeated or split into
 * other batches, give the same incidents; only a resolution in between makes a difference.
 */
export interface IncidentBook {
  /** Takes findings in; returns the incidents that changed by it, in the order of `incidents()`. */
  observe(findings: readonly Finding[]): readonly Incident[];
  /** Asks for each open incident whether its cause is gone; returns those resolved. */
  resolve(isClear: (incident: Incident) => boolean, now: number): readonly Incident[];
  /** Every incident known, oldest first, resolved ones included until they are forgotten. */
  incidents(): readonly Incident[];
}

interface Entry {
  readonly cause: Cause;
  /** Every finding counted, of earlier episodes too: a replayed one is known again. */
  readonly seen: Set<string>;
  /** Findings of the present episode, newest last, cut to what the incident shows. */
  newest: readonly Finding[];
  lead: Finding;
  count: number;
  firstSeen: number;
  state: Incident['state'];
  resolvedAt: number;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byAge = (a: Finding, b: Finding): number => a.time - b.time || byText(a.id, b.id);

/** The finding that speaks for the incident: highest level, then first by detection name, so that order cannot matter. */
const leads = (a: Finding, b: Finding): boolean =>
  (compareLevels(a.level, b.level) || byText(b.detectionName, a.detectionName) || byAge(b, a)) > 0;

/** `AI account aoai-clinical: diagnostic settings deleted`; without names of people, because it leaves the house. */
function titleOf(cause: Cause, lead: Finding): string {
  const subject = safeSubject(cause);
  if (subject.kind === 'reference') return `${lead.title} (${subject.text})`;
  const label = resourceLabel(subject.text);
  return `${label.slice(0, 1).toUpperCase()}${label.slice(1)}: ${lead.title}`;
}

function resourceOf(cause: Cause): string | undefined {
  const { kind, text } = safeSubject(cause);
  return kind === 'resource' ? text : undefined;
}

function startEpisode(
  entry: Omit<Entry, 'newest' | 'lead' | 'count' | 'firstSeen' | 'state'>,
  first: Finding,
): Entry {
  return { ...entry, newest: [], lead: first, count: 0, firstSeen: first.time, state: 'open' };
}

function add(entry: Entry, finding: Finding): void {
  entry.seen.add(finding.id);
  entry.count += 1;
  entry.firstSeen = Math.min(entry.firstSeen, finding.time);
  entry.newest = [...entry.newest, finding].toSorted(byAge).slice(-MAX_FINDING_IDS);
  if (leads(finding, entry.lead)) entry.lead = finding;
}

export function createIncidentBook(context: IncidentContext): IncidentBook {
  const { detection, controlsOf, rememberMs = 30 * DAY_MS } = context;
  const entries = new Map<string, Entry>();

  const incidentOf = (key: string, entry: Entry): Incident => ({
    key,
    title: titleOf(entry.cause, entry.lead),
    level: entry.lead.level,
    assertion: entry.cause.assertion,
    resourceId: resourceOf(entry.cause),
    state: entry.state,
    firstSeen: entry.firstSeen,
    lastSeen: entry.newest.at(-1)?.time ?? entry.firstSeen,
    count: entry.count,
    findingIds: entry.newest.map((finding) => finding.id),
    controls: [...new Set(controlsOf(entry.cause.assertion))].toSorted(byText),
    runbook: detection(entry.lead.detectionName)?.runbook ?? '',
  });
  const listed = (keys: Iterable<string>): readonly Incident[] =>
    [...keys]
      .flatMap((key) => {
        const entry = entries.get(key);
        return entry === undefined ? [] : [incidentOf(key, entry)];
      })
      .toSorted((a, b) => a.firstSeen - b.firstSeen || byText(a.key, b.key));

  return {
    observe(findings) {
      const changed = new Set<string>();
      for (const finding of findings) {
        const cause = causeOf(finding);
        const key = incidentKey(cause);
        const known = entries.get(key);
        if (known?.seen.has(finding.id) === true) continue;
        const entry =
          known?.state === 'open'
            ? known
            : startEpisode({ cause, seen: known?.seen ?? new Set(), resolvedAt: 0 }, finding);
        add(entry, finding);
        entries.set(key, entry);
        changed.add(key);
      }
      return listed(changed);
    },

    resolve(isClear, now) {
      const resolved = new Set<string>();
      for (const [key, entry] of entries) {
        if (entry.state === 'resolved') {
          if (now - entry.resolvedAt > rememberMs) entries.delete(key);
        } else if (isClear(incidentOf(key, entry))) {
          entry.state = 'resolved';
          entry.resolvedAt = now;
          resolved.add(key);
        }
      }
      return listed(resolved);
    },

    incidents: () => listed(entries.keys()),
  };
}
