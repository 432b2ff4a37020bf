import type { EventHubConsumerClient, EventPosition, ReceivedEventData } from '@azure/event-hubs';
import { createHandOver } from './hand-over.ts';
import type { Window } from './credit.ts';

/** One message of a partition. */
export interface HubEvent {
  readonly sequence: number;
  readonly offset: string;
  /** When the hub took it in, epoch ms. */
  readonly enqueuedAt: number;
  readonly body: Uint8Array;
}

export interface LinkRequest {
  readonly partition: string;
  readonly from: EventPosition;
  readonly window: Window;
  readonly ownerLevel: number;
}

/** An idle read of the SDK ends after this, so that it looks whether its connection is still there. */
const IDLE_READ_SECONDS = 5;

/** The bytes of a body. Producers other than Azure's services may send text or values instead of bytes. */
export function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  if (Array.isArray(body) && body.every((part) => part instanceof Uint8Array)) return Buffer.concat(body);
  return Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? 'null'));
}

const eventOf = ({ sequenceNumber, offset, enqueuedTimeUtc, body }: ReceivedEventData): HubEvent => ({
  sequence: sequenceNumber,
  offset,
  enqueuedAt: enqueuedTimeUtc.getTime(),
  body: bytesOf(body),
});

/**
 * Reads a partition over one link until it breaks or the signal aborts. The handler that the SDK calls never throws:
 * after a thrown error that says `retryable` the SDK would go on with the next batch, and after any other leave the
 * partition alone for a minute. Its promise is open until the reader comes back for more, which is the back-pressure.
 */
export async function* readLink(
  client: EventHubConsumerClient,
  { partition, from, window, ownerLevel }: LinkRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly HubEvent[]> {
  const offered = createHandOver<readonly HubEvent[]>();
  const over = Promise.withResolvers<void>();
  const onAbort = (): void => offered.end();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) return;
  const subscription = client.subscribe(
    partition,
    {
      processEvents: async (received) => {
        if (received.length === 0) return;
        const events = received.map(eventOf);
        window.observe(Math.max(...events.map(({ body }) => body.byteLength)));
        await offered.give(events);
      },
      processError: async (thrown) => {
        offered.fail(thrown);
        // Held until this link is closed: the SDK would try again by itself at once, and with no pause.
        await over.promise;
      },
      processClose: async () => offered.fail(new Error('the link was closed')),
    },
    {
      startPosition: from,
      ownerLevel,
      maxBatchSize: window.batch,
      prefetchCount: window.ahead,
      maxWaitTimeInSeconds: IDLE_READ_SECONDS,
      skipParsingBodyAsJson: true,
    },
  );
  try {
    yield* offered.items();
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.resolve();
    void subscription.close().catch(() => undefined);
  }
}
