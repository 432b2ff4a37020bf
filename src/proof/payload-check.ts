import { hash } from 'node:crypto';
import { isMap } from './canonical.ts';
import type { Json } from './canonical.ts';
import { dataKeyPath, keyPurposes, parseDataKey } from './data-key.ts';
import type { DataKeyFile, KeyPurpose } from './data-key.ts';
import { openValue, parseEncrypted, VALUE_MARK } from './encrypted-value.ts';
import type { Inflate } from './encrypted-value.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

/** Notes of the log that tell of keys, and of who looked at what they protect. */
export const DATA_KEY_NOTE = 'data-key';
export const PSEUDONYM_KEY_NOTE = 'pseudonym-key';
export const SHREDDED_NOTE = 'key-shredded';
export const ACCESS_NOTE = 'payload-access';

/** What the verifier opens encrypted bodies with. */
export interface PayloadKeys {
  /** Data keys by number. */
  readonly keys: ReadonlyMap<number, Uint8Array>;
  readonly inflate: Inflate;
}

/** What is known of the plain bytes of a stored body. */
export type BodyDigest =
  | { readonly kind: 'seen'; readonly sha256: string; readonly isOpened: boolean }
  /** It is encrypted under a key that is not at hand: what it says was not looked at. */
  | { readonly kind: 'unseen'; readonly key: number }
  /** The key at hand does not open it. */
  | { readonly kind: 'damaged'; readonly key: number };

/** The row that a body stands in. */
export interface BodyRow {
  readonly leaf: number;
  readonly stream: string;
  readonly sequence: number;
  /** What the row itself says its body hashes to, hex. */
  readonly storedSha256: string;
}

const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

/** The SHA-256 of a body's plain bytes. Bytes that hash to what the row says are plain, whatever they look like. */
export function digestOfBody(body: Uint8Array, row: BodyRow, payload: PayloadKeys | undefined): BodyDigest {
  const asStored = sha256(body);
  const value = asStored === row.storedSha256 ? undefined : parseEncrypted(body);
  if (value === undefined) return { kind: 'seen', sha256: asStored, isOpened: false };
  const key = payload?.keys.get(value.key);
  if (payload === undefined || key === undefined) return { kind: 'unseen', key: value.key };
  const place = { table: 'captures', column: 'body', row: [row.leaf, row.stream, row.sequence] };
  const plain = openValue(value, place, key, payload.inflate);
  return plain === undefined
    ? { kind: 'damaged', key: value.key }
    : { kind: 'seen', sha256: sha256(plain), isOpened: true };
}

/** Quick to say of a body that is surely not encrypted. */
export const mayBeEncrypted = (bytes: Uint8Array, from: number): boolean =>
  VALUE_MARK.every((byte, i) => bytes[from + i] === byte);

export const damagedBody = (key: number): string =>
  `the body does not open with data key ${key}: it was changed, or stood in another row`;

/** Bodies that were opened, and those that were not, by the number of their key. */
export interface PayloadTally {
  opened: number;
  readonly unseen: Map<number, number>;
}

export const createPayloadTally = (): PayloadTally => ({ opened: 0, unseen: new Map() });

export function addDigest(tally: PayloadTally, digest: BodyDigest): void {
  if (digest.kind === 'unseen') tally.unseen.set(digest.key, (tally.unseen.get(digest.key) ?? 0) + 1);
  else if (digest.kind === 'seen' && digest.isOpened) tally.opened++;
}

export function addTally(tally: PayloadTally, { opened, unseen }: PayloadTally): void {
  tally.opened += opened;
  for (const [key, count] of unseen) tally.unseen.set(key, (tally.unseen.get(key) ?? 0) + count);
}

/** Who had a key destroyed, and why. */
export interface Shredding {
  readonly key: number;
  /** The decision's own name. */
  readonly id: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly approvedBy: string;
}

/** Bodies under one key that were not hashed again. */
export interface UnseenPayloads {
  readonly key: number;
  readonly bodies: number;
  /** The decision that destroyed the key; undefined where the key was only not at hand. */
  readonly shredded: Shredding | undefined;
}

/** What the verifier saw of encrypted bodies. */
export interface PayloadResult {
  /** Bodies that were opened and hashed again. */
  readonly opened: number;
  readonly unseen: readonly UnseenPayloads[];
  /** Times that somebody looked at plain payload by hand, as the log has it. */
  readonly accesses: number;
}

/** What reading bodies needs, and what comes of it. */
export interface PayloadReader {
  /** Undefined: encrypted bodies are counted, not opened. */
  readonly keys: PayloadKeys | undefined;
  readonly tally: PayloadTally;
  readonly check: KeyCheck;
}

/** Collects what the logs say of keys, and compares the keys of the lake with it. */
export interface KeyCheck {
  takeNote(name: string, note: Json): void;
  /** Reports keys that are missing or were changed, and says of each key why bodies were not seen. */
  finish(tally: PayloadTally, faults: FaultList): Promise<PayloadResult>;
}

interface NotedKey {
  readonly purpose: KeyPurpose;
  readonly number: number;
  /** Digests that its file had. */
  readonly digests: Set<string>;
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

export function createKeyCheck(files: LakeFiles): KeyCheck {
  const noted = new Map<string, NotedKey>();
  const shreddings = new Map<number, Shredding>();
  let accesses = 0;

  const checkFile = async (
    path: string,
    { purpose, number, digests }: NotedKey,
    faults: FaultList,
  ): Promise<void> => {
    const bytes = await files.read(path);
    const shredding = purpose === 'data' ? shreddings.get(number) : undefined;
    if (bytes === undefined) {
      if (shredding === undefined)
        faults.add('key', path, `${purpose} key ${number} is missing, and no decision in the log says why`);
      return;
    }
    const file: DataKeyFile | undefined = parseDataKey(Buffer.from(bytes).toString());
    if (file?.purpose !== purpose || file.number !== number)
      faults.add('key', path, 'it holds no key of the lake');
    else if (file.wrapped === null) {
      if (shredding === undefined)
        faults.add(
          'key',
          path,
          `${purpose} key ${number} was destroyed, and no decision in the log says why`,
        );
    } else if (shredding !== undefined)
      faults.add('key', path, `decision ${shredding.id} destroyed it, and yet it is there: shred it again`);
    else if (!digests.has(sha256(bytes)))
      faults.add('key', path, 'it was changed: no entry of the log has this file');
  };

  return {
    takeNote(name, note) {
      if (!isMap(note)) return;
      if (name === ACCESS_NOTE) accesses++;
      const number = Number(note['number']);
      if (name === SHREDDED_NOTE) {
        shreddings.set(number, {
          key: number,
          id: text(note['id']),
          reason: text(note['reason']),
          requestedBy: text(note['requestedBy']),
          approvedBy: text(note['approvedBy']),
        });
      }
      const purpose = keyPurposes.find((one) => one === note['purpose']);
      if ((name !== DATA_KEY_NOTE && name !== PSEUDONYM_KEY_NOTE) || purpose === undefined) return;
      const path = dataKeyPath(purpose, number);
      const known = noted.get(path) ?? { purpose, number, digests: new Set<string>() };
      known.digests.add(text(note['sha256']));
      noted.set(path, known);
    },
    async finish({ opened, unseen }, faults) {
      for (const [path, known] of noted) await checkFile(path, known, faults);
      for (const [key, bodies] of unseen) {
        if (!noted.has(dataKeyPath('data', key)))
          faults.add(
            'key',
            dataKeyPath('data', key),
            `${bodies} bodies name data key ${key}, and the log has no word of such a key`,
          );
      }
      return {
        opened,
        unseen: [...unseen]
          .toSorted(([a], [b]) => a - b)
          .map(([key, bodies]) => ({ key, bodies, shredded: shreddings.get(key) })),
        accesses,
      };
    },
  };
}
