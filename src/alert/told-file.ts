import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { levels } from '../domain/severity.ts';
import type { Told } from './routing.ts';

/** Where it is kept what people were told, so that a restart neither tells it again nor forgets to end it. */
export interface ToldMemory {
  read(): Told;
  write(told: Told): void;
}

const state = z.enum(['open', 'resolved']);
const level = z.enum(levels);
const Incident = z.object({
  key: z.string(),
  title: z.string(),
  level,
  assertion: z.string(),
  resourceId: z.string().optional(),
  state,
  firstSeen: z.number(),
  lastSeen: z.number(),
  count: z.number(),
  findingIds: z.array(z.string()),
  controls: z.array(z.string()),
  runbook: z.string(),
});
const ToldFile = z.record(
  z.string(),
  z.object({
    state,
    level,
    storm: z.string().optional(),
    covers: z.array(z.string()),
    incident: Incident.optional(),
  }),
);

/**
 * Keeps it in a JSON file. One that is missing or unreadable counts as "nobody was told": a page too many is better
 * than one too few, and its key is the same.
 *
 * @param onProblem told, in words, when the file cannot be read or written.
 */
export function toldFile(path: string, onProblem: (problem: string) => void): ToldMemory {
  const attempt = <T>(work: () => T, otherwise: T): T => {
    try {
      return work();
    } catch (thrown) {
      const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
      if (!isMissing) onProblem(`${path}: ${thrown instanceof Error ? thrown.name : 'unknown'}`);
      return otherwise;
    }
  };
  return {
    read: () =>
      attempt(() => {
        const known = ToldFile.parse(JSON.parse(readFileSync(path, 'utf8')));
        return new Map(
          Object.entries(known).map(([key, { storm, incident, ...rest }]) => [
            key,
            {
              ...rest,
              storm,
              incident: incident && { ...incident, resourceId: incident.resourceId },
            },
          ]),
        );
      }, new Map()),
    write: (told) =>
      attempt(() => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(`${path}.new`, `${JSON.stringify(Object.fromEntries(told), null, 1)}\n`);
        renameSync(`${path}.new`, path);
      }, undefined),
  };
}
