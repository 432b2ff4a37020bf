import type { Actor, Event } from '../../domain/event.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Clock } from '../../lib/clock.ts';
import { DATA_KEY_NOTE, PSEUDONYM_KEY_NOTE } from '../../proof/payload-check.ts';
import { openLake } from '../lake.ts';
import type { Lake, LakeOptions } from '../lake.ts';
import type { PseudonymChoice } from './columns.ts';
import { createCover } from './cover.ts';
import { keyNote } from './lake-keys.ts';
import type { LakeKeys } from './lake-keys.ts';
import { pseudonymiser } from './pseudonym.ts';

export interface Protection {
  readonly keys: LakeKeys;
  readonly pseudonymise: readonly PseudonymChoice[];
  readonly clock: Clock;
  /** Told when the next key could not be made: the one in use goes on, and the next seal tries again. */
  readonly renewalFailed: (thrown: unknown) => void;
}

/** Puts pseudonyms in the place of people. */
function hide(choices: readonly PseudonymChoice[], key: Uint8Array) {
  const pseudonymOf = pseudonymiser(key);
  const maybe = (text: string | undefined): string | undefined =>
    text === undefined ? text : pseudonymOf(text);
  const actorOf = (actor: Actor): Actor => ({
    ...actor,
    id: maybe(actor.id),
    name: maybe(actor.name),
    ip: maybe(actor.ip),
  });
  const [actor, target] = [choices.includes('actor'), choices.includes('target')];
  return <Row extends Event | Finding>(row: Row): Row => ({
    ...row,
    ...(actor ? { actor: actorOf(row.actor) } : {}),
    ...(target ? { target: maybe(row.target) } : {}),
  });
}

/**
 * Opens a lake whose payload is encrypted as it is added. The log says which keys are in use; the next one is taken
 * when its time has come, behind a seal.
 *
 * @throws PipelineError as `openLake` does.
 */
export async function openProtectedLake(options: LakeOptions, protection: Protection): Promise<Lake> {
  const { keys, pseudonymise, clock, renewalFailed } = protection;
  const lake = await openLake({ ...options, cover: createCover(() => keys.sealer) });
  const note = (): void => void lake.addNote(DATA_KEY_NOTE, keyNote(keys.current));
  note();
  const { pseudonymKey } = keys;
  if (pseudonymKey !== undefined) lake.addNote(PSEUDONYM_KEY_NOTE, keyNote(pseudonymKey.file));

  const seal: Lake['seal'] = async () => {
    const sealed = await lake.seal();
    const isRenewed = await keys.renew(clock()).catch((thrown: unknown) => {
      renewalFailed(thrown);
      return false;
    });
    if (isRenewed) note();
    return sealed;
  };
  const close: Lake['close'] = async () => {
    await lake.close();
    keys.close();
  };
  const hidden = pseudonymKey === undefined ? undefined : hide(pseudonymise, pseudonymKey.key);
  const rows =
    hidden === undefined
      ? {}
      : {
          addEvents: { value: (events: readonly Event[]) => lake.addEvents(events.map(hidden)) },
          addFindings: { value: (findings: readonly Finding[]) => lake.addFindings(findings.map(hidden)) },
        };
  return Object.create(lake, { seal: { value: seal }, close: { value: close }, ...rows }) as Lake;
}
