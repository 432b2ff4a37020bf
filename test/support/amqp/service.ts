import rhea from 'rhea';
import type { Connection, Message } from 'rhea';
import type { PartitionLog } from './partition-log.ts';
import type { Reply } from './requests.ts';
import { readToken } from './tokens.ts';

/** What the broker saw; for tests to look at. */
export interface Seen {
  deliveries: number;
  attaches: number;
  refusedAttaches: number;
  tokens: number;
  readonly tokenTypes: Set<string>;
  managementRequests: number;
  connections: number;
  /** What the newest connection called the host it wanted. */
  hostname: string;
}

export const nothingSeen = (): Seen => ({
  deliveries: 0,
  attaches: 0,
  refusedAttaches: 0,
  tokens: 0,
  tokenTypes: new Set(),
  managementRequests: 0,
  connections: 0,
  hostname: '',
});

export interface ServiceParts {
  readonly hub: string;
  readonly key: string;
  readonly logs: readonly PartitionLog[];
  readonly seen: Seen;
  /** Tokens live at most this long, ms, whatever they say. */
  readonly tokenLifeMs?: number | undefined;
}

/** The nodes `$cbs` and `$management`: who may do what, and what there is. */
export interface Service {
  readonly putToken: (message: Message, connection: Connection) => Reply;
  readonly readManagement: (message: Message, connection: Connection) => Reply;
  /** True when a token that has not ended covers an address that ends like this. */
  isAuthorised(connection: Connection, ending: string): boolean;
  forget(connection: Connection): void;
  expireTokens(): void;
  /** How many of the next requests are refused. */
  readonly refusing: { tokens: number; management: number };
}

const time = (epochMs: number): unknown => rhea.types.wrap_timestamp(epochMs);
const long = (value: number): unknown => rhea.types.wrap_long(value);
const ok = (body: Readonly<Record<string, unknown>>): Reply => ({ status: 200, description: 'OK', body });

export function createService({ hub, key, logs, seen, tokenLifeMs = Infinity }: ServiceParts): Service {
  /** Audience to expiry, epoch ms, by connection. */
  const tokens = new Map<Connection, Map<string, number>>();
  const refusing = { tokens: 0, management: 0 };

  const isAuthorised = (connection: Connection, ending: string): boolean =>
    [...(tokens.get(connection) ?? [])].some(
      ([audience, expiresAt]) => expiresAt > Date.now() && audience.endsWith(ending.toLowerCase()),
    );

  return {
    refusing,
    isAuthorised,
    forget: (connection) => void tokens.delete(connection),
    expireTokens: () => tokens.clear(),
    putToken(message, connection) {
      const { name = '', type = '' } = (message.application_properties ?? {}) as Record<string, string>;
      if (refusing.tokens > 0) {
        refusing.tokens--;
        return { status: 401, description: 'Unauthorized' };
      }
      const text: unknown = message.body;
      const verdict = readToken(type, typeof text === 'string' ? text : '', key, Date.now());
      if (verdict.kind === 'refused') return { status: verdict.status, description: verdict.why };
      seen.tokens++;
      seen.tokenTypes.add(type);
      const expiresAt = Math.min(verdict.expiresAt, Date.now() + tokenLifeMs);
      const known = tokens.get(connection) ?? new Map<string, number>();
      tokens.set(connection, known.set(name.toLowerCase(), expiresAt));
      return { status: 202, description: 'Accepted' };
    },
    readManagement(message, connection) {
      seen.managementRequests++;
      const asked = (message.application_properties ?? {}) as Record<string, string | undefined>;
      if (!isAuthorised(connection, `/${hub}/$management`))
        return { status: 401, description: 'Unauthorized' };
      if (refusing.management > 0) {
        refusing.management--;
        return { status: 503, description: 'The service is busy' };
      }
      if (asked['name'] !== hub) return { status: 404, description: `no such hub: ${asked['name'] ?? ''}` };
      if (asked['type'] === 'com.microsoft:eventhub') {
        const ids = logs.map((_, index) => String(index));
        return ok({
          name: hub,
          created_at: time(0),
          partition_count: logs.length,
          partition_ids: rhea.types.wrap_array(ids, 0xa1, undefined),
          georeplication_factor: 1,
        });
      }
      const partition = asked['partition'];
      const log = logs[Number(partition)];
      if (log === undefined) return { status: 404, description: `no such partition: ${partition ?? ''}` };
      const newest = log.kept.at(-1);
      return ok({
        name: hub,
        partition,
        begin_sequence_number: long(log.first),
        last_enqueued_sequence_number: long(log.last),
        last_enqueued_offset: String(log.last),
        last_enqueued_time_utc: time(newest?.enqueuedAt ?? 0),
        is_partition_empty: newest === undefined,
      });
    },
  };
}
