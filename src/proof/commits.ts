import { hash } from 'node:crypto';
import { canonical, isMap, parseCanonical } from './canonical.ts';
import type { Json, JsonMap } from './canonical.ts';

/**
 * The Delta commits of a seal. Their text follows from the seal's facts, so that the verifier can write each one
 * again and compare bytes. Delta Lake PROTOCOL.md: commitInfo, txn, add.
 */
export interface AddAction {
  readonly path: string;
  readonly partitionValues: { readonly day: string };
  /** Bytes. */
  readonly size: number;
  /** Epoch ms. */
  readonly modificationTime: number;
  readonly dataChange: true;
  /** Statistics as JSON text: numRecords, minValues, maxValues, nullCount. */
  readonly stats: string;
}

/** What a seal commits, apart from the tree head that covers it. */
export interface SealFacts {
  readonly origin: string;
  /** Counts from 1; also the version of its commit of `captures`. */
  readonly seal: number;
  /** When it was sealed, epoch ms. */
  readonly time: number;
  /** Files of `captures`. */
  readonly adds: readonly AddAction[];
  /** Files of every other table that has any. */
  readonly derived: Readonly<Record<string, readonly AddAction[]>>;
  /** Last sequence taken in from each stream of this seal. */
  readonly cursors: Readonly<Record<string, number>>;
  /** Digest of the newest note of each kind, this seal's included. */
  readonly notes: Readonly<Record<string, string>>;
}

/** The signed tree head of a seal. */
export interface SealHead {
  readonly logSize: number;
  /** Root hash, base64. */
  readonly root: string;
  /** The signed note. */
  readonly checkpoint: string;
}

const lines = (actions: readonly JsonMap[]): string =>
  actions.map((action) => `${canonical(action)}\n`).join('');

const commitInfo = (time: number, plumbline: JsonMap): JsonMap => ({
  commitInfo: {
    timestamp: time,
    operation: 'WRITE',
    operationParameters: { mode: 'Append' },
    isBlindAppend: true,
    engineInfo: 'plumbline',
    plumbline,
  },
});

const sealTxn = ({ origin, seal }: SealFacts): JsonMap => ({
  txn: { appId: sealAppId(origin), version: seal },
});

/** The application id under which a table remembers the last seal it has. */
export const sealAppId = (origin: string): string => `seal:${origin}`;

const asJson = (facts: SealFacts): JsonMap => facts as unknown as JsonMap;

/** SHA-256, hex, over everything that a seal commits; stands in the seal's own log entry. */
export const sealDigest = (facts: SealFacts): string => hash('sha256', canonical(asJson(facts)), 'hex');

/** The commit of `captures`: the moment a seal becomes true. */
export function capturesCommit(facts: SealFacts, head: SealHead): string {
  const { origin, seal, time, adds, derived, cursors, notes } = facts;
  return lines([
    commitInfo(time, { origin, seal, notes, derived: derived as unknown as Json, ...head }),
    ...Object.keys(cursors)
      .toSorted()
      .map((appId) => ({ txn: { appId, version: cursors[appId] } })),
    sealTxn(facts),
    ...adds.map((add) => ({ add: add as unknown as Json })),
  ]);
}

/** The commit of another table that follows from it. */
export const derivedCommit = (facts: SealFacts, table: string): string =>
  lines([
    commitInfo(facts.time, { origin: facts.origin, seal: facts.seal }),
    sealTxn(facts),
    ...(facts.derived[table] ?? []).map((add) => ({ add: add as unknown as Json })),
  ]);

/** Reads a commit of `captures` back; undefined unless it is, byte for byte, one that `capturesCommit` writes. */
export function parseCapturesCommit(
  text: string,
): { readonly facts: SealFacts; readonly head: SealHead } | undefined {
  if (!text.endsWith('\n')) return undefined;
  const [info, ...actions] = text.slice(0, -1).split('\n').map(parseCanonical);
  if (!isMap(info) || !isMap(info['commitInfo']) || !isMap(info['commitInfo']['plumbline'])) return undefined;
  const { timestamp, plumbline } = info['commitInfo'];
  const { logSize, root, checkpoint, origin, seal, notes, derived } = plumbline;
  if (typeof origin !== 'string' || !isMap(derived) || !isMap(notes)) return undefined;
  const adds: Json[] = [];
  const cursors: Record<string, number> = {};
  for (const action of actions) {
    if (!isMap(action)) return undefined;
    const { add, txn } = action;
    if (add !== undefined) adds.push(add);
    if (!isMap(txn) || typeof txn['appId'] !== 'string' || txn['appId'] === sealAppId(origin)) continue;
    cursors[txn['appId']] = Number(txn['version']);
  }
  const facts = { origin, seal, time: timestamp, adds, derived, cursors, notes } as unknown as SealFacts;
  const head = { logSize, root, checkpoint } as unknown as SealHead;
  return capturesCommit(facts, head) === text ? { facts, head } : undefined;
}

/** `00000000000000000003.json`. */
export const commitFile = (version: number): string => `${String(version).padStart(20, '0')}.json`;
