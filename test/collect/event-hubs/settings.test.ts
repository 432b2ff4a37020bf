import { describe, expect, test } from 'vitest';
import { EventHubsSettings, placeOf } from '../../../src/collect/event-hubs/settings.ts';
import { explainTrouble, troubleOf } from '../../../src/collect/event-hubs/trouble.ts';

describe('trouble', () => {
  const coded = (code: string): Error => Object.assign(new Error('what the service said'), { code });

  test.each([
    [coded('ReceiverDisconnectedError'), 'stolen'],
    [coded('UnauthorizedError'), 'unauthorised'],
    [Object.assign(new Error('no'), { name: 'CredentialUnavailableError' }), 'unauthorised'],
    [Object.assign(new Error('no'), { name: 'AuthenticationRequiredError' }), 'unauthorised'],
    [coded('MessagingEntityNotFoundError'), 'missing'],
    [coded('ServerBusyError'), 'busy'],
    [coded('DetachForcedError'), 'broken'],
    [new AggregateError([coded('ServerBusyError'), new Error('x')]), 'busy'],
    ['a text', 'broken'],
  ] as const)('%s is told apart', (thrown, trouble) => {
    expect(troubleOf(thrown)).toBe(trouble);
  });

  test('is explained with what to do first', () => {
    expect(explainTrouble(coded('UnauthorizedError'))).toMatch(/Data Receiver.*\(what the service said\)$/);
  });
});

describe('settings', () => {
  const base = { type: 'event_hubs' };
  const connectionString = 'Endpoint=sb://Example.servicebus.windows.net/;SharedAccessKey=k=;EntityPath=Logs';

  test.each([
    [
      'a connection string',
      { connectionString },
      { namespace: 'example.servicebus.windows.net', hub: 'Logs' },
    ],
    [
      'a connection string of a namespace',
      { connectionString: 'Endpoint=sb://h:9;SharedAccessKey=k', hub: 'x' },
      { namespace: 'h', hub: 'x' },
    ],
    [
      'a namespace',
      { namespace: 'EX.servicebus.windows.net', hub: 'x', credential: { type: 'default' } },
      { namespace: 'ex.servicebus.windows.net', hub: 'x' },
    ],
    ['nothing that can be read', { connectionString: 'x' }, undefined],
  ])('of %s say where the hub is', (_what, over, place) => {
    expect(placeOf(EventHubsSettings.parse({ ...base, ...over }))).toEqual(place);
  });

  test.each([
    [{}, /either connectionString, or namespace/],
    [{ connectionString, namespace: 'x' }, /either connectionString/],
    [{ namespace: 'x', hub: 'y' }, /needs a credential/],
    [{ namespace: 'x', credential: { type: 'default' } }, /which hub/],
    [{ connectionString, claims: {} }, /either container/],
    [{ connectionString, claims: { container: 'https://a.example.com/c' } }, /needs the credential/],
  ])('that cannot work are refused: %j', (over, words) => {
    const { error } = EventHubsSettings.safeParse({ ...base, ...over });
    expect(error?.issues.map(({ message }) => message).join('; ')).toMatch(words);
  });
});
