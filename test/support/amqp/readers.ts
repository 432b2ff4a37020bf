import type { Connection, EventContext, Sender } from 'rhea';
import type { Fault } from './faults.ts';
import type { PartitionLog } from './partition-log.ts';
import { createReaderLink } from './reader-link.ts';
import type { ReaderLink } from './reader-link.ts';
import type { Seen, Service } from './service.ts';

export interface ReadersParts {
  readonly hub: string;
  readonly logs: readonly PartitionLog[];
  readonly seen: Seen;
  readonly service: Service;
  readonly dropConnections: () => void;
  readonly onSent: () => void;
}

/** All links that read from the hub, and what may befall them. */
export interface Readers {
  readonly links: (partition?: number) => readonly ReaderLink[];
  linkOf(sender: Sender | undefined): ReaderLink | undefined;
  /** Takes in a new receiver, or refuses it; one with an epoch ends those before it. */
  attach(context: EventContext, address: string): void;
  closed(sender: Sender | undefined): void;
  disconnected(connection: Connection): void;
  /** Ends links whose token has ended. */
  readonly endExpired: () => void;
  readonly strike: (fault: Fault) => void;
}

const RECEIVER = /^([^/]+)\/ConsumerGroups\/([^/]+)\/Partitions\/(\d+)$/;

const numberOf = (value: unknown): number | undefined => {
  if (Buffer.isBuffer(value)) return Number(value.readBigInt64BE());
  return typeof value === 'number' ? value : undefined;
};

/** The text of a receiver's selector filter, wherever the described value keeps it. */
function filterOf(sender: Sender): string {
  const filter: unknown = (sender.source as { filter?: Record<string, unknown> }).filter?.[
    'apache.org:selector-filter:string'
  ];
  const text = typeof filter === 'object' && filter !== null && 'value' in filter ? filter.value : filter;
  return typeof text === 'string' ? text : "amqp.annotation.x-opt-offset > '@latest'";
}

export function createReaders({ hub, logs, seen, service, dropConnections, onSent }: ReadersParts): Readers {
  const readers = new Map<ReaderLink, { readonly connection: Connection; readonly group: string }>();
  /** What the next attaches on a partition are answered with. */
  const refusals = new Map<number, { readonly condition: string; times: number }>();

  const links = (partition?: number): ReaderLink[] =>
    [...readers.keys()].filter((link) => partition === undefined || link.partition === partition);
  const linkOf = (sender: Sender | undefined): ReaderLink | undefined =>
    links().find((link) => link.sender === sender);
  const end = (ending: readonly ReaderLink[], condition: string, description: string): void => {
    for (const link of ending) {
      readers.delete(link);
      link.detach(condition, description);
    }
  };
  const inGroup = (partition: number, group: string): ReaderLink[] =>
    links(partition).filter((link) => readers.get(link)?.group === group);

  function refusalOf(partition: number, epoch: number | undefined, group: string): string | undefined {
    const refusal = refusals.get(partition);
    if (refusal !== undefined && refusal.times > 0) {
      refusal.times--;
      return refusal.condition;
    }
    const highest = Math.max(-1, ...inGroup(partition, group).map((link) => link.epoch ?? -1));
    return highest > (epoch ?? -1) ? 'amqp:link:stolen' : undefined;
  }

  return {
    links,
    linkOf,
    attach({ sender, connection }, address) {
      if (sender === undefined) return;
      const [, named, group = '', id] = RECEIVER.exec(address) ?? [];
      const partition = Number(id);
      const log = logs[partition];
      const audience = `/${address}`;
      const properties = sender.properties as Record<string, unknown> | undefined;
      const epoch = numberOf(properties?.['com.microsoft:epoch']);
      seen.attaches++;
      const refusal =
        named !== hub || log === undefined
          ? 'amqp:not-found'
          : service.isAuthorised(connection, audience)
            ? refusalOf(partition, epoch, group)
            : 'amqp:unauthorized-access';
      if (refusal !== undefined || log === undefined) {
        seen.refusedAttaches++;
        sender.close({ condition: refusal ?? 'amqp:not-found', description: `refused: ${address}` });
        return;
      }
      if (epoch !== undefined)
        end(inGroup(partition, group), 'amqp:link:stolen', `New receiver with epoch ${epoch}`);
      const start = log.startOf(filterOf(sender));
      const link = createReaderLink({ partition, log, sender, epoch, audience, start, onSent });
      readers.set(link, { connection, group });
      link.pump();
    },
    closed(sender) {
      const link = linkOf(sender);
      if (link !== undefined) readers.delete(link);
    },
    disconnected(connection) {
      for (const [link, reader] of readers) if (reader.connection === connection) readers.delete(link);
    },
    endExpired() {
      const over = [...readers].filter(
        ([link, { connection }]) => !service.isAuthorised(connection, link.audience),
      );
      end(
        over.map(([link]) => link),
        'amqp:unauthorized-access',
        'ExpiredToken',
      );
    },
    strike(fault) {
      switch (fault.kind) {
        case 'steal':
          return end(links(fault.partition), 'amqp:link:stolen', 'New receiver with higher epoch');
        case 'stale-epoch':
          refusals.set(fault.partition, { condition: 'amqp:link:stolen', times: fault.times });
          return end(links(fault.partition), 'amqp:link:stolen', 'Receiver with higher epoch exists');
        case 'busy':
          refusals.set(fault.partition, { condition: 'com.microsoft:server-busy', times: fault.times });
          return end(links(fault.partition), 'com.microsoft:server-busy', 'The service is busy');
        case 'detach':
          return end(links(fault.partition), 'amqp:link:detach-forced', 'The link was moved');
        case 'drop':
          return dropConnections();
        case 'token-expiry':
          service.expireTokens();
          return end(links(), 'amqp:unauthorized-access', 'ExpiredToken');
        case 'token-refusal':
          service.refusing.tokens += fault.times;
          return;
        case 'management-down':
          service.refusing.management += fault.times;
          return;
        case 'reorder':
          for (const { mood } of links(fault.partition)) mood.swap = true;
          return;
        case 'duplicate':
          for (const { mood } of links(fault.partition)) mood.again = fault.times;
          return;
        case 'leave-out':
          for (const { mood } of links(fault.partition)) mood.skip = true;
          return;
        case 'stall':
          for (const { mood } of links(fault.partition)) mood.isStalled = true;
          return;
        case 'slow':
          for (const { mood } of links(fault.partition)) mood.slow = fault.times * 10;
      }
    },
  };
}
