import { cosignaturesOf } from './cosignature.ts';
import type { Cosignature } from './cosignature.ts';
import { NoteError } from './note.ts';
import type { NoteVerifier } from './note.ts';
import { openByChain } from './rotation.ts';
import type { LogPlace } from './verify-head.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

/** A witness's word, and for which checkpoint. */
export interface SeenBy extends Cosignature {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
}

/**
 * The words of trusted witnesses: under the checkpoints that were kept elsewhere, and those that lie in the logs as
 * `cosigned/<size>`. A forged one is a fault, and so is one for a checkpoint that the log did not sign.
 */
export async function readCosignatures(
  files: LakeFiles,
  places: readonly LogPlace[],
  notes: readonly string[],
  witnesses: readonly NoteVerifier[],
  faults: FaultList,
): Promise<SeenBy[]> {
  const seen: SeenBy[] = [];
  const look = (note: string, place: string, { folder, chain, verifier }: LogPlace): void => {
    try {
      const { checkpoint } = openByChain(note, chain);
      if (place.startsWith(folder) && place !== `${folder}/cosigned/${checkpoint.size}`)
        throw new NoteError(`it is of size ${checkpoint.size}`);
      for (const word of cosignaturesOf(note, witnesses))
        seen.push({ ...word, origin: verifier.name, size: checkpoint.size });
    } catch (thrown) {
      if (!(thrown instanceof NoteError)) throw thrown;
      faults.add('checkpoint', place, thrown.message);
    }
  };
  for (const log of places) {
    for (const path of await files.list(`${log.folder}/cosigned`)) {
      const bytes = await files.read(path);
      if (bytes !== undefined) look(Buffer.from(bytes).toString(), path, log);
    }
  }
  if (witnesses.length === 0) return seen;
  for (const [i, note] of notes.entries()) {
    const log = places.find(({ verifier }) => note.startsWith(`${verifier.name}\n`));
    if (log !== undefined) look(note, `known checkpoint ${i + 1}`, log);
  }
  return seen;
}
