import type {
  EventHubConsumerClient,
  EventHubConsumerClientOptions,
  TokenCredential,
} from '@azure/event-hubs';
import { SECOND_MS } from '../../lib/clock.ts';
import { PipelineError } from '../../lib/errors.ts';
import { answerAddresses, onConnections, refuseWhenClosed } from './connections.ts';
import type { LinkMaker } from './connections.ts';
import { boundCredit, createWindow } from './credit.ts';
import { readLink } from './link.ts';
import type { HubEvent } from './link.ts';
import { createQuestions } from './questions.ts';
import type { EventHubsSettings, HubPlace } from './settings.ts';

/** What the hub says of a partition. */
export interface PartitionState {
  /** Oldest sequence that retention has left. */
  readonly first: number;
  /** Newest sequence; -1 when there never was one. */
  readonly last: number;
  /** Of the newest, epoch ms. */
  readonly enqueuedAt: number;
}

/** A hub, reached through the SDK. Each partition is read over a connection of its own, so that one that hurts hurts alone. */
export interface Hub {
  partitions(signal: AbortSignal): Promise<readonly string[]>;
  state(partition: string, signal: AbortSignal): Promise<PartitionState>;
  /** Events after a sequence, or from the earliest, until the signal aborts. Ends with an error when the link does. */
  read(
    partition: string,
    after: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<readonly HubEvent[]>;
  close(): Promise<void>;
}

/** How long one request or attach may take. */
const OPERATION_MS = 10 * SECOND_MS;
/** How long a question may take in all: what it needs first (a connection, a token, a link) and the request itself. */
const ANSWER_MS = 15 * SECOND_MS;
/** How long to wait for a client that closes; one whose connection is dead may never answer. */
const CLOSE_MS = 2 * SECOND_MS;

/** Closes what is to be closed, and waits for it no longer than it is worth. */
export async function closeSoon(closing: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, CLOSE_MS);
  });
  await Promise.race([closing.catch(() => undefined), patience]);
  clearTimeout(timer);
}

/** Opens a hub: nothing is sent yet. The SDK is loaded here, and nowhere else. */
export async function openHub(
  settings: EventHubsSettings,
  place: HubPlace,
  credential: TokenCredential | undefined,
): Promise<Hub> {
  const { EventHubConsumerClient, earliestEventPosition } = await import('@azure/event-hubs');
  const options: EventHubConsumerClientOptions = {
    // Errors come up at once: how to go on after them is decided in one place, and not twice.
    retryOptions: { maxRetries: 0, timeoutInMs: OPERATION_MS },
    // The SDK starts a partition again from where it first stood; that is never to happen by itself.
    loadBalancingOptions: { updateIntervalInMs: 2 ** 31 - 1 },
    ...(settings.endpoint === undefined ? {} : { customEndpointAddress: settings.endpoint }),
    ...(settings.transport === 'web_sockets' ? { webSocketOptions: { webSocket: WebSocket } } : {}),
  };

  const create = (): EventHubConsumerClient => {
    const { consumerGroup, connectionString } = settings;
    try {
      if (credential !== undefined && settings.namespace !== undefined)
        return new EventHubConsumerClient(consumerGroup, settings.namespace, place.hub, credential, options);
      const text = connectionString ?? '';
      return /EntityPath=/i.test(text)
        ? new EventHubConsumerClient(consumerGroup, text, options)
        : new EventHubConsumerClient(consumerGroup, text, place.hub, options);
    } catch {
      // What the SDK says here repeats the connection string, key included.
      throw new PipelineError(
        'CONFIG_INVALID',
        `event_hubs ${place.namespace}/${place.hub}`,
        'the connection string cannot be read; copy it whole from a shared access policy, and let `hub` agree with its EntityPath',
      );
    }
  };

  const closed = new WeakSet<EventHubConsumerClient>();
  const close = (client: EventHubConsumerClient): Promise<void> => {
    closed.add(client);
    return closeSoon(client.close());
  };

  const connect = (guard?: (connection: LinkMaker) => void): EventHubConsumerClient => {
    const client = create();
    onConnections(client, (connection) => {
      answerAddresses(connection);
      guard?.(connection);
      refuseWhenClosed(connection, () => closed.has(client));
    });
    return client;
  };

  const questions = createQuestions({ connect, close, withinMs: ANSWER_MS });

  return {
    partitions: (abortSignal) =>
      questions.ask((client) => client.getPartitionIds({ abortSignal }), abortSignal),
    state: (partition, abortSignal) =>
      questions.ask(async (client) => {
        const found = await client.getPartitionProperties(partition, { abortSignal });
        return {
          first: found.beginningSequenceNumber,
          last: found.lastEnqueuedSequenceNumber,
          enqueuedAt: found.lastEnqueuedOnUtc.getTime(),
        };
      }, abortSignal),
    async *read(partition, after, signal) {
      const window = createWindow(settings.bufferMessages, settings.bufferMib * 1_048_576);
      const client = connect((connection) => boundCredit(connection, window.heldBack));
      try {
        const from =
          after === undefined ? earliestEventPosition : { sequenceNumber: after, isInclusive: false };
        const link = { partition, from, window, ownerLevel: settings.ownerLevel };
        yield* readLink(client, link, signal);
      } finally {
        await close(client);
      }
    },
    close: () => questions.close(),
  };
}
