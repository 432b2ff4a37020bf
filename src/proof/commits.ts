import { hash } from 'node:crypto';
import { canonical, isMap, parseCanonical } from './canonical.ts';
import type { Json, JsonMap } from './canonical.ts';
import { parsePosition } from './position.ts';
import type { CommitPosition } from './position.ts';

/**
 * The Delta commits of a seal. Their text follows from the seal's facts, so that the verifier can write each one
 * again and compare bytes; only the version, which is the next one free when it is created, does not. That is signed.
 * Delta Lake PROTOCOL.md: commitInfo, metaData, txn, remove, add.
 */
export interface AddAction {
  readonly path: string;
  readonly partitionValues: { readonly day: string };
  /** Bytes. */
  readonly size: number;
  /** Epoch ms. */
  readonly modificationTime: number;
  /** False where the rows were in the table before, in other files. */
  readonly dataChange: boolean;
  /** Statistics as JSON text: numRecords, minValues, maxValues, nullCount. */
  readonly stats: string;
}

/** A file that a maintenance seal takes out of its table. */
export interface RemoveAction {
  readonly path: string;
  readonly partitionValues: { readonly day: string };
  /** Bytes. */
  readonly size: number;
  /** Epoch ms. */
  readonly deletionTimestamp: number;
  readonly extendedFileMetadata: true;
  /** False where other files of the same seal hold the rows. */
  readonly dataChange: boolean;
}

/** What a seal does to the tables. Appending is what the intake does; the others are maintenance. */
export type SealOperation = 'WRITE' | 'OPTIMIZE' | 'DELETE';

/** What a seal commits, apart from the tree head that covers it. */
export interface SealFacts {
  /** The writer's log: the lake's origin, a slash, the writer's name. */
  readonly origin: string;
  /** Counts from 1, for each writer. */
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
  /** (Default: WRITE) */
  readonly operation?: SealOperation | undefined;
  /** Files taken out, by table; of maintenance alone. */
  readonly removes?: Readonly<Record<string, readonly RemoveAction[]>> | undefined;
  /** New descriptions of tables whose columns have grown, by table: the `metaData` action. */
  readonly metaData?: Readonly<Record<string, JsonMap>> | undefined;
  /** Each of its commits says, signed, at which version of its table it stands. (Default: none does, as of old) */
  readonly positions?: 'signed' | undefined;
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

const modes: Readonly<Record<SealOperation, JsonMap>> = {
  WRITE: { mode: 'Append' },
  OPTIMIZE: {},
  DELETE: {},
};

const commitInfo = ({ time, operation = 'WRITE' }: SealFacts, plumbline: JsonMap): JsonMap => ({
  commitInfo: {
    timestamp: time,
    operation,
    operationParameters: modes[operation],
    isBlindAppend: operation === 'WRITE',
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

/** What a seal does to the files and columns of one table. */
function tableActions({ adds, derived, removes, metaData }: SealFacts, table: string): JsonMap[] {
  const added = table === 'captures' ? adds : (derived[table] ?? []);
  const described = metaData?.[table];
  return [
    ...(described === undefined ? [] : [{ metaData: described }]),
    ...(removes?.[table] ?? []).map((remove) => ({ remove: remove as unknown as Json })),
    ...added.map((add) => ({ add: add as unknown as Json })),
  ];
}

const withoutCaptures = <T>(by: Readonly<Record<string, T>> | undefined): JsonMap | undefined => {
  const others = Object.entries(by ?? {}).filter(([table]) => table !== 'captures');
  return others.length === 0 ? undefined : (Object.fromEntries(others) as unknown as JsonMap);
};

const asMember = (position: CommitPosition | undefined): JsonMap =>
  position === undefined ? {} : { position: { ...position } };

/**
 * The commit of `captures`: the moment a seal becomes true. It says what the other tables' commits will say.
 *
 * @param position where it stands, of a seal whose positions are signed.
 */
export function capturesCommit(facts: SealFacts, head: SealHead, position?: CommitPosition): string {
  const { origin, seal, derived, cursors, notes } = facts;
  const others = {
    derived: derived as unknown as Json,
    removes: withoutCaptures(facts.removes),
    metaData: withoutCaptures(facts.metaData),
  };
  return lines([
    commitInfo(facts, { origin, seal, notes, ...others, ...head, ...asMember(position) }),
    ...Object.keys(cursors)
      .toSorted()
      .map((appId) => ({ txn: { appId, version: cursors[appId] } })),
    sealTxn(facts),
    ...tableActions(facts, 'captures'),
  ]);
}

/** The commit of another table that follows from it. */
export const derivedCommit = (facts: SealFacts, table: string, position?: CommitPosition): string =>
  lines([
    commitInfo(facts, { origin: facts.origin, seal: facts.seal, ...asMember(position) }),
    sealTxn(facts),
    ...tableActions(facts, table),
  ]);

/** Tables besides `captures` that a seal commits to, in the order of their names. */
export const derivedTables = ({ derived, removes, metaData }: SealFacts): string[] =>
  [...new Set([derived, removes ?? {}, metaData ?? {}].flatMap((by) => Object.keys(by)))]
    .filter((table) => table !== 'captures')
    .toSorted();

/** What a commit of `captures` says. */
export interface CapturesCommit {
  readonly facts: SealFacts;
  readonly head: SealHead;
  readonly position: CommitPosition | undefined;
}

/** Reads a commit of `captures` back; undefined unless it is, byte for byte, one that `capturesCommit` writes. */
export function parseCapturesCommit(text: string): CapturesCommit | undefined {
  if (!text.endsWith('\n')) return undefined;
  const [info, ...actions] = text.slice(0, -1).split('\n').map(parseCanonical);
  if (!isMap(info) || !isMap(info['commitInfo']) || !isMap(info['commitInfo']['plumbline'])) return undefined;
  const { timestamp, operation, plumbline } = info['commitInfo'];
  const { logSize, root, checkpoint, origin, seal, notes, derived } = plumbline;
  if (typeof origin !== 'string' || !isMap(derived) || !isMap(notes)) return undefined;
  const adds: Json[] = [];
  const removed: Json[] = [];
  const cursors: Record<string, number> = {};
  let described: JsonMap | undefined;
  for (const action of actions) {
    if (!isMap(action)) return undefined;
    const { add, remove, metaData, txn } = action;
    if (add !== undefined) adds.push(add);
    if (remove !== undefined) removed.push(remove);
    if (isMap(metaData)) described = metaData;
    if (!isMap(txn) || typeof txn['appId'] !== 'string' || txn['appId'] === sealAppId(origin)) continue;
    cursors[txn['appId']] = Number(txn['version']);
  }
  const removes = withCaptures(plumbline['removes'], removed.length === 0 ? undefined : removed);
  const metaData = withCaptures(plumbline['metaData'], described);
  const position = parsePosition(plumbline['position']);
  const facts = {
    origin,
    seal,
    time: timestamp,
    adds,
    derived,
    cursors,
    notes,
    removes,
    metaData,
    operation: operation === 'WRITE' ? undefined : operation,
    positions: position === undefined ? undefined : 'signed',
  } as unknown as SealFacts;
  if (operation !== 'WRITE' && operation !== 'OPTIMIZE' && operation !== 'DELETE') return undefined;
  const head = { logSize, root, checkpoint } as unknown as SealHead;
  return capturesCommit(facts, head, position) === text ? { facts, head, position } : undefined;
}

function withCaptures(others: Json | undefined, captures: Json | undefined): JsonMap | undefined {
  if (others === undefined && captures === undefined) return undefined;
  return { ...(isMap(others) ? others : {}), ...(captures === undefined ? {} : { captures }) };
}

/** Whose commit one of any table is. */
export interface CommitOwner {
  readonly origin: string;
  readonly seal: number;
  readonly position: CommitPosition | undefined;
}

/** Which seal a commit of any table belongs to; undefined when it is none that a writer of ours makes. */
export function sealOfCommit(text: string): CommitOwner | undefined {
  const end = text.indexOf('\n');
  const info = parseCanonical(end < 0 ? text : text.slice(0, end));
  if (!isMap(info) || !isMap(info['commitInfo']) || !isMap(info['commitInfo']['plumbline'])) return undefined;
  const { origin, seal } = info['commitInfo']['plumbline'];
  return typeof origin === 'string' && Number.isSafeInteger(seal)
    ? { origin, seal: Number(seal), position: parsePosition(info['commitInfo']['plumbline']['position']) }
    : undefined;
}

/** A writer's name, which is also that of its folder: `log/<writer>`. */
export const WRITER_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The origin of a writer's log. */
export const originOf = (lake: string, writer: string): string => `${lake}/${writer}`;

/** The writer that an origin names; undefined when it names none. */
export function writerOf(origin: string): string | undefined {
  const writer = origin.slice(origin.lastIndexOf('/') + 1);
  return origin.includes('/') && WRITER_NAME.test(writer) ? writer : undefined;
}

/** The folder of a writer's log. */
export const logFolder = (writer: string): string => `log/${writer}`;

/** `00000000000000000003.json`. */
export const commitFile = (version: number): string => `${String(version).padStart(20, '0')}.json`;
