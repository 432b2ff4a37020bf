import { unknownSdk } from './connections.ts';
import type { LinkMaker } from './connections.ts';

/** What the SDK calls a receiver's link, as far as credit goes. */
interface CreditLink {
  readonly credit: number;
  addCredit(count: number): void;
}

const isCreditLink = (value: unknown): value is CreditLink =>
  typeof value === 'object' &&
  value !== null &&
  'credit' in value &&
  typeof value.credit === 'number' &&
  'addCredit' in value &&
  typeof value.addCredit === 'function';

/** Grants what was asked for less what is still out, and less what there is no room for. */
function bound(link: unknown, heldBack: () => number): unknown {
  if (!isCreditLink(link)) throw unknownSdk();
  const addCredit = link.addCredit.bind(link);
  link.addCredit = (asked) => {
    const granted = asked - link.credit - heldBack();
    if (granted > 0) addCredit(granted);
  };
  return link;
}

/**
 * Bounds what partition links of a connection may have on their way. The SDK asks for a full window at each read and
 * forgets the credit that is still out, so that every read which brought little leaves some behind: after an idle
 * night a burst would fill the memory (Azure/azure-sdk-for-js#39452), and there is no setting for it.
 */
export function boundCredit(connection: LinkMaker, heldBack: () => number): void {
  const create = connection.createReceiver.bind(connection);
  connection.createReceiver = async (options) => bound(await create(options), heldBack);
}

/** How many messages of a partition may be on their way: as many as were asked for, fewer when they are large. */
export interface Window {
  /** Handed over at once. */
  readonly batch: number;
  /** Waiting behind that, on the wire or in the SDK. */
  readonly ahead: number;
  /** How many of `ahead` must not be granted now. */
  readonly heldBack: () => number;
  /** Told of the largest body, in bytes, of each batch. */
  observe(largest: number): void;
}

/** The largest message that the Standard tier takes: what is reckoned with until messages were seen. */
const LARGEST_MESSAGE_BYTES = 1_048_576;

/**
 * A quarter of the messages is handed over at once, the rest waits ahead. Sizes are reckoned with the largest body
 * lately: one that is larger counts at once, smaller ones lower the reckoning by half with each batch.
 */
export function createWindow(messages: number, bytes: number): Window {
  const batch = Math.max(1, Math.floor(messages / 4));
  const ahead = messages - batch;
  let size = LARGEST_MESSAGE_BYTES;
  return {
    batch,
    ahead,
    // Half of the bytes are for what was handed over and is still held there.
    heldBack: () => Math.max(0, ahead - Math.max(1, Math.floor(bytes / 2 / size))),
    observe(largest) {
      size = Math.max(largest, size / 2, 1);
    },
  };
}
