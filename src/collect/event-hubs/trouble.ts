import { describeError } from '../../lib/errors.ts';

/** What ended a link, told apart by what to do about it. */
export type Trouble = 'stolen' | 'unauthorised' | 'missing' | 'busy' | 'broken';

const byCode: Readonly<Record<string, Trouble>> = {
  ReceiverDisconnectedError: 'stolen',
  UnauthorizedError: 'unauthorised',
  MessagingEntityNotFoundError: 'missing',
  MessagingEntityDisabledError: 'missing',
  ServerBusyError: 'busy',
  QuotaExceededError: 'busy',
};

const byName: Readonly<Record<string, Trouble>> = {
  AuthenticationError: 'unauthorised',
  AuthenticationRequiredError: 'unauthorised',
  CredentialUnavailableError: 'unauthorised',
  AggregateAuthenticationError: 'unauthorised',
};

/** Tells the errors of the SDK apart; the first of several decides. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return troubleOf(thrown.errors[0]);
  if (!(thrown instanceof Error)) return 'broken';
  const code = 'code' in thrown && typeof thrown.code === 'string' ? byCode[thrown.code] : undefined;
  return code ?? byName[thrown.name] ?? 'broken';
}

const advice: Readonly<Record<Trouble, string>> = {
  stolen:
    'another receiver took the partition; give each lake a consumer group of its own, or configure claims',
  unauthorised:
    'the hub refuses us; we need the role Azure Event Hubs Data Receiver, or a policy that may listen',
  missing: 'there is no such hub, consumer group or partition; look at their names',
  busy: 'the namespace is busy; it may need more throughput units',
  broken: 'the namespace cannot be reached; is the network rule open, and the address right?',
};

/** What happened, and what to do. */
export const explainTrouble = (thrown: unknown): string =>
  `${advice[troubleOf(thrown)]} (${describeError(thrown)})`;
