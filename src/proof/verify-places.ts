import { logFolder, writerOf } from './commits.ts';
import type { NoteVerifier } from './note.ts';
import { readChain, strangerIn } from './verify-head.ts';
import type { LogPlace } from './verify-head.ts';
import { eachPath } from './verify-port.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

/** The logs to verify, by the name of the key; and the names of those that are not there. */
export interface LogPlaces {
  readonly places: readonly LogPlace[];
  readonly absent: readonly string[];
}

/**
 * The logs to verify: those whose keys are given. A log without a key is a fault, and so is a key without a writer's name.
 * A key of another lake is no wrong key: its log is looked at with the key that lies in it, so that what else is wrong is
 * told as well.
 */
export async function placesOf(
  files: LakeFiles,
  verifiers: readonly NoteVerifier[],
  faults: FaultList,
): Promise<LogPlaces> {
  const present = new Set<string>();
  await eachPath(files, 'log', (path) => present.add(path.split('/', 2)[1] ?? ''));
  const places = new Map<string, LogPlace>();
  const absent: string[] = [];
  for (const verifier of verifiers) {
    const { name } = verifier;
    const writer = writerOf(name);
    if (writer === undefined) {
      faults.add('key', name, 'the key names no writer of a lake');
      continue;
    }
    const folder = logFolder(writer);
    if (present.size > 0 && !present.has(writer)) {
      faults.add(
        'origin',
        folder,
        `there is no log of ${name}: it was removed, or its key is of another lake`,
      );
      absent.push(name);
      continue;
    }
    const stranger = await strangerIn(files, folder, verifier);
    if (stranger !== undefined)
      faults.add(
        'origin',
        folder,
        `it is the log of ${stranger.name}, and the key is of ${name}: another lake`,
      );
    const trusted = stranger ?? verifier;
    places.set(writer, { folder, verifier: trusted, chain: await readChain(files, folder, trusted, faults) });
  }
  for (const writer of present)
    if (!places.has(writer)) faults.add('key', `log/${writer}`, 'no key was given to verify it with');
  return {
    places: [...places.values()].toSorted((a, b) => (a.verifier.name < b.verifier.name ? -1 : 1)),
    absent,
  };
}

/** A checkpoint that was kept elsewhere. */
export interface KeptNote {
  /** `known checkpoint 1`. */
  readonly place: string;
  readonly note: string;
}

/** Kept checkpoints by the log that they are of; those of no log here are faults. */
export function notesByLog(
  notes: readonly string[],
  { places, absent }: LogPlaces,
  faults: FaultList,
): ReadonlyMap<LogPlace, readonly KeptNote[]> {
  const byLog = new Map<LogPlace, KeptNote[]>();
  const [first] = places;
  for (const [i, note] of notes.entries()) {
    const place = `known checkpoint ${i + 1}`;
    const name = note.split('\n', 1)[0] ?? '';
    // One that is of no log at all is doubted with the first, which says why.
    const log =
      places.find(({ verifier }) => verifier.name === name) ??
      (writerOf(name) === undefined ? first : undefined);
    if (log !== undefined) byLog.set(log, [...(byLog.get(log) ?? []), { place, note }]);
    else if (absent.includes(name))
      faults.add('rollback', place, `it is of the log ${name}, which is not in the lake any more`);
    else
      faults.add('origin', place, `it is of the log ${name}, and the lake has no such log: of another lake`);
  }
  return byLog;
}
