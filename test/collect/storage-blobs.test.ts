import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStorageBlobs } from '../../src/collect/storage-blobs.ts';
import { openBlobService } from '../../src/collect/storage-blobs/service.ts';
import { StorageBlobsSettings } from '../../src/collect/storage-blobs/settings.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { REQUESTS, blobName, blobRefused, createBlobAccount, requestLine } from '../support/azure/blobs.ts';
import type { BlobAccount } from '../support/azure/blobs.ts';
import { clockFrom, durableOf, eventsOf, poll } from '../support/azure/polling.ts';
import type { Poll } from '../support/azure/polling.ts';
import { TOKEN, startAzureServer } from '../support/azure/server.ts';
import type { AzureServer } from '../support/azure/server.ts';
import { T0 } from '../support/samples.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FLOWS = 'insights-logs-flowlogflowevent';

let account: BlobAccount;
let server: AzureServer;
beforeEach(async () => {
  account = createBlobAccount();
  server = await startAzureServer(account.answer);
});
afterEach(() => server[Symbol.asyncDispose]());

const settingsOf = (over: object) =>
  StorageBlobsSettings.parse({
    type: 'storage_blobs',
    account: server.endpoint,
    credential: { type: 'managed_identity' },
    ...over,
  });
const run = ({ over = {}, ...rest }: Omit<Poll, 'create'> & { readonly over?: object }) =>
  poll({ create: (context, parts) => createStorageBlobs(settingsOf(over), context, parts), ...rest });

const add = (resource: string, hour: number, from: number, to: number): void => {
  for (let n = from; n < to; n++)
    account.append(REQUESTS, blobName(resource, hour), requestLine(n, hour + n * 1000));
};
const numbersOf = (captures: readonly Capture[]): number[] =>
  captures.flatMap(({ body }) =>
    [
      ...Buffer.from(body)
        .toString()
        .matchAll(/"n":(\d+)/g),
    ].map(([, n]) => Number(n)),
  );
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const records = (count: number) => (captures: readonly Capture[]) => numbersOf(captures).length >= count;
const told = (_captures: readonly Capture[], problems: readonly string[]) => problems.length > 0;

test('blobs of diagnostic settings are found, read, and become events', async () => {
  add('AOAI-CLINICAL', T0, 0, 3);
  add('AOAI-RESEARCH', T0 - HOUR, 3, 5);
  account.put('backups', blobName('X', T0), 'not a log');
  account.put(REQUESTS, 'readme.txt', 'not an hour');
  const { captures, problems } = await run({ until: records(5) });
  expect(problems).toEqual([]);
  expect(eventsOf(captures).map((event) => event.class)).toEqual(upTo(5).map(() => 'azure_openai'));
  expect(new Set(captures.map(({ stream }) => stream.replace(/.*ACCOUNTS/, '')))).toEqual(
    new Set(['/AOAI-CLINICAL/h=09/m=00/PT1H.json', '/AOAI-RESEARCH/h=08/m=00/PT1H.json']),
  );
});

test('flow logs are read while their list is open, and its closing brackets move', async () => {
  const flow = (n: number): string =>
    JSON.stringify({
      time: new Date(T0 + n).toISOString(),
      category: 'FlowLogFlowEvent',
      flowRecords: { flows: [] },
      n,
    });
  const name = blobName('VNET', T0, 'macAddress=000000000001/PT1H.json');
  const write = (count: number): void =>
    account.put(FLOWS, name, `{"records":[${upTo(count).map(flow).join(',')}]}`);
  write(2);
  let grown = 2;
  const { captures, problems } = await run({
    over: { everySeconds: 1 },
    clock: clockFrom(T0, 20),
    until: (found) => {
      if (numbersOf(found).length === grown && grown < 5) write(++grown);
      return records(5)(found);
    },
  });
  expect([numbersOf(captures), problems]).toEqual([upTo(5), []]);
  expect(eventsOf(captures).every((event) => event.class === 'vnet_flow')).toBe(true);
});

test('reading goes on behind what is durable, also in blobs of hours that are over, and blobs of new resources', async () => {
  add('A', T0 - 3 * HOUR, 0, 2);
  add('A', T0, 2, 4);
  const first = await run({ until: records(4) });
  add('A', T0 - 3 * HOUR, 4, 5);
  add('A', T0, 5, 7);
  add('B', T0, 7, 8);
  const { captures } = await run({ durable: durableOf(first.captures), until: records(4) });
  expect(numbersOf(captures).toSorted((a, b) => a - b)).toEqual([4, 5, 6, 7]);
});

test('a service that was down for days reads what it missed, whatever the look-back', async () => {
  add('A', T0 - 5 * DAY, 0, 2);
  const first = await run({ until: records(2), clock: () => T0 - 5 * DAY });
  for (const days of [4, 3, 2, 1]) add('A', T0 - days * DAY + HOUR, 6 - days, 7 - days);
  add('A', T0, 6, 7);
  const { captures } = await run({ durable: durableOf(first.captures), until: records(5) });
  expect(numbersOf(captures).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6]);
});

test('what is older than the look-back is left out when nothing of a resource was read before', async () => {
  add('A', T0 - 3 * HOUR, 0, 1);
  add('A', T0 - 2 * HOUR, 1, 2);
  add('A', T0, 2, 3);
  const { captures } = await run({ over: { lookbackHours: 1.5 }, until: records(2) });
  expect(numbersOf(captures)).toEqual([1, 2]);
});

test('a period asks for what can still grow: one listing a resource and no blob that is unchanged', async () => {
  for (let hour = 0; hour < 48; hour++) add('A', T0 - hour * HOUR, hour, hour + 1);
  const asked: string[] = [];
  await run({
    over: { everySeconds: 1, lookbackHours: 100, containers: [REQUESTS] },
    clock: clockFrom(T0, 40),
    until: (found) => {
      asked.push(...server.requests.slice(asked.length).map(({ url }) => url.search || 'blob'));
      return records(48)(found) && asked.length >= 1 + 1 + 48 + 4;
    },
  });
  const later = asked.slice(1 + 1 + 48);
  expect(
    later.every((query) => query.includes('prefix=') && decodeURIComponent(query).includes('d=02/')),
  ).toBe(true);
});

test('settled hours of yesterday are listed until they are settled', async () => {
  const midnight = Date.UTC(2026, 2, 2);
  add('A', midnight - HOUR, 0, 1);
  let isLate = false;
  const { captures } = await run({
    over: { everySeconds: 1 },
    clock: clockFrom(midnight + 60_000, 40),
    until: (found) => {
      if (!isLate && numbersOf(found).length === 1) {
        isLate = true;
        add('A', midnight - HOUR, 1, 2);
        add('A', midnight, 2, 3);
      }
      return records(3)(found);
    },
  });
  expect(numbersOf(captures)).toEqual([0, 1, 2]);
});

test('threads share out the resources', async () => {
  const resources = ['A', 'B', 'C', 'D', 'E', 'F'];
  for (const [n, resource] of resources.entries()) add(resource, T0, n, n + 1);
  const of = async (index: number) => {
    let rounds = 0;
    return numbersOf(
      (await run({ context: { shard: { index, count: 2 } }, until: () => ++rounds > 60 })).captures,
    );
  };
  const [left, right] = [await of(0), await of(1)];
  expect([...left, ...right].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
});

test('an account with a hierarchical namespace, which takes no long delimiter, is read too', async () => {
  const flat = createBlobAccount(2, true);
  await using other = await startAzureServer(flat.answer);
  for (let n = 0; n < 5; n++) flat.append(REQUESTS, blobName(`R${n}`, T0), requestLine(n, T0));
  const { captures, problems } = await run({ over: { account: other.endpoint }, until: records(5) });
  expect([numbersOf(captures).toSorted((a, b) => a - b), problems]).toEqual([upTo(5), []]);
});

describe('a service that falters is asked again', () => {
  const line = Buffer.from(requestLine(0, T0));
  test.each([
    ['429 with Retry-After', [blobRefused(429, 'TooManyRequests', { 'retry-after': '0' })]],
    ['500', [blobRefused(500, 'InternalError')]],
    ['503', [blobRefused(503, 'ServerBusy'), blobRefused(503, 'ServerBusy', { 'retry-after': '0' })]],
    ['a body that breaks off', [{ kind: 'truncated', body: line } as const]],
    ['a body that stalls', [{ kind: 'stalled', body: line } as const]],
  ])('%s', async (_what, faults) => {
    add('A', T0, 0, 2);
    const over = { containers: [REQUESTS], timeoutSeconds: 0.3 };
    // Behind the listing of resources, of blobs, and while a blob is read.
    for (const before of [0, 1, 2]) {
      const asked = server.requests.length;
      let isFailed = false;
      const answer = server.failAfter(asked + before, ...faults);
      const { captures, problems } = await run({ over, until: records(2) });
      isFailed = answer();
      expect([numbersOf(captures), problems, isFailed]).toEqual([[0, 1], [], true]);
    }
  });
});

describe('a refusal says what is missing', () => {
  test.each([
    [401, 'InvalidAuthenticationInfo', /the token was not accepted \(401\)/],
    [
      403,
      'AuthorizationPermissionMismatch',
      /give the identity the role Storage Blob Data Reader on localhost/,
    ],
    [
      404,
      'ContainerNotFound',
      /insights-logs-requestresponse is not there or not visible \(404\); check `containers`/,
    ],
  ])('%i', async (status, code, message) => {
    add('A', T0, 0, 1);
    server.failNext(blobRefused(status, code));
    const { problems, lines } = await run({ over: { containers: [REQUESTS] }, until: told });
    expect(problems[0]).toMatch(message);
    expect(lines).toMatch(message);
    expect(problems[0] + lines).not.toContain(TOKEN);
  });

  test('and does not stop the other resources; what was refused is read in a later period', async () => {
    add('A', T0, 0, 1);
    add('B', T0, 1, 2);
    server.failAfter(server.requests.length + 1, blobRefused(403, 'AuthorizationFailure'));
    const { captures, problems, now } = await run({
      over: { containers: [REQUESTS], everySeconds: 1, parallel: 1 },
      clock: clockFrom(T0, 20),
      until: records(2),
    });
    expect(numbersOf(captures)).toEqual([1, 0]);
    expect([problems.length, now]).toEqual([1, []]);
  });

  test('of the account as a whole names the account', async () => {
    server.failNext(blobRefused(403, 'AuthorizationFailure'));
    const { problems } = await run({ until: told });
    expect(problems[0]).toMatch(/role Storage Blob Data Reader on account localhost/);
  });
});

describe('a blob that cannot be had', () => {
  test.each([
    [409, 'BlobArchived'],
    [412, 'LeaseIdMissing'],
  ])(
    '(%i %s) is tried again, and left out with a word once the next day of its lane is there',
    async (status, code) => {
      add('A', T0 - DAY, 0, 1);
      const spoil = { isOn: true };
      const spoilt = await startAzureServer((request) =>
        spoil.isOn && request.url.pathname.includes('d%3D01')
          ? blobRefused(status, code)
          : account.answer(request),
      );
      const over = { account: spoilt.endpoint, containers: [REQUESTS], everySeconds: 1, lookbackHours: 30 };
      const first = await run({ over, until: told });
      expect(first.captures).toEqual([]);
      add('A', T0, 1, 2);
      const { captures, problems } = await run({ over, until: records(1) });
      expect(numbersOf(captures)).toEqual([1]);
      expect(problems.join()).toMatch(/PT1H\.json is not given out: up to \d+ bytes are left out/);
      await spoilt[Symbol.asyncDispose]();
    },
  );

  test('because it was deleted since it was listed is a gap', async () => {
    add('A', T0, 0, 1);
    server.failAfter(server.requests.length + 2, blobRefused(404, 'BlobNotFound'));
    const { problems, lines } = await run({ over: { containers: [REQUESTS] }, until: told });
    expect(problems[0]).toMatch(/PT1H\.json was deleted before it was read: \d+ bytes from byte 0 on/);
    expect(lines).toContain('records are missing');
  });

  test('and was deleted before it could be is a gap', async () => {
    add('A', T0, 0, 1);
    const refused = blobRefused(403, 'AuthorizationFailure');
    server.failAfter(server.requests.length + 2, refused);
    let isRemoved = false;
    const { problems } = await run({
      over: { containers: [REQUESTS], everySeconds: 1 },
      clock: clockFrom(T0, 20),
      until: (_found, said) => {
        if (said.length > 0 && !isRemoved) {
          isRemoved = true;
          account.remove(REQUESTS, blobName('A', T0));
        }
        return said.some((problem) => problem.includes('deleted'));
      },
    });
    expect(problems.at(-1)).toMatch(/was deleted before it was read: up to \d+ bytes/);
  });

  test('as it was, because it was written anew, is told and read whole', async () => {
    add('A', T0, 0, 3);
    let isAnew = false;
    const { captures, problems } = await run({
      over: { everySeconds: 1 },
      clock: clockFrom(T0, 20),
      until: (found) => {
        if (!isAnew && numbersOf(found).length === 3) {
          isAnew = true;
          account.remove(REQUESTS, blobName('A', T0));
          add('A', T0, 7, 9);
        }
        return records(5)(found);
      },
    });
    expect(numbersOf(captures)).toEqual([0, 1, 2, 7, 8]);
    expect(problems[0]).toContain('was written anew');
  });
});

describe('settings', () => {
  test.each([
    [{ connectionString: 'x' }, 'give either account and credential, or connectionString'],
    [{ account: undefined }, 'give either account and credential, or connectionString'],
    [{ credential: undefined }, 'an account needs a credential'],
    [{ containers: ['Not_A_Container'] }, 'the name of a container'],
    [{ everySeconds: 0 }, 'Too small'],
  ])('refuse %j', (over, message) => {
    expect(() => settingsOf(over)).toThrow(message);
  });

  test('whose connection string is broken do not show it', async () => {
    const settings = settingsOf({
      account: undefined,
      credential: undefined,
      connectionString: 'AccountKey=hidden',
    });
    const opening = openBlobService(settings, undefined, new AbortController().signal);
    await expect(opening).rejects.toThrow(/storage_blobs connectionString: it cannot be read/);
    await expect(opening).rejects.not.toThrow(/hidden/);
  });
});
