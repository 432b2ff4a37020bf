import type { Config } from '../config.ts';
import type { Clock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { originOf } from '../proof/commits.ts';
import { ACCESS_NOTE } from '../proof/payload-check.ts';
import { loadOrCreateSigner } from '../store/keys.ts';
import { openLake } from '../store/lake.ts';
import { lakeAt } from '../store/place.ts';
import { foldersIn } from './folders.ts';

/** An entry for the log: its kind, and what it says. */
export type Noted = readonly [kind: string, note: JsonObject];

/**
 * Puts what people do with keys and payload into the log, under a writer's name of its own: the service may go on
 * meanwhile. It is durable when the call answers.
 *
 * @throws PipelineError LAKE_CONFLICT when somebody else does so at this moment; STORE_FAILED when it cannot be written.
 */
export async function noteInLog(config: Config, clock: Clock, notes: readonly Noted[]): Promise<void> {
  const { origin, container, writer: service } = config.lake;
  const folders = foldersIn(config.data);
  const writer = `${service}-keys`;
  const signer = await loadOrCreateSigner(folders.signingKey, originOf(origin, writer));
  const at = await lakeAt({ folder: folders.lake, container, writer, jitter: Math.random });
  const lake = await openLake({ ...at, origin, writer, signer, clock });
  try {
    for (const [kind, note] of notes) lake.addNote(kind, note);
    await lake.seal();
  } finally {
    await lake.close();
  }
}

/** Who looks at plain payload by hand, and why. */
export interface Access {
  readonly by: string;
  readonly reason: string;
}

/** Makes it evidence that somebody looks at plain payload, before they do. */
export const noteAccess = (
  config: Config,
  clock: Clock,
  what: string,
  { by, reason }: Access,
): Promise<void> => noteInLog(config, clock, [[ACCESS_NOTE, { what, by, reason, at: clock() }]]);
