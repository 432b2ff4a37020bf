import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact } from '../../src/normalise/redact.ts';

const secret = 'Zk3vQ9pL7xT2mN8wR5yB1cD4fG6hJ0aS+eU/iO==';
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url({ sub: 'ada@example.com', aud: 'x' })}.${'s1G-n_'.repeat(8)}`;
const run = (text: string) => {
  const { body, redactions } = redact(Buffer.from(text));
  return { text: Buffer.from(body).toString(), redactions };
};

test('cuts a SAS signature out of a storage record and leaves the rest', () => {
  const uri = `https://sttraining.blob.core.windows.net/a.parquet?sv=2023-11-03&sp=r&sig=${encodeURIComponent(secret)}&se=2026-03-03`;
  const before = JSON.stringify({ category: 'StorageRead', uri });
  const { text, redactions } = run(before);
  expect(JSON.parse(text)).toEqual({
    category: 'StorageRead',
    uri: 'https://sttraining.blob.core.windows.net/a.parquet?sv=2023-11-03&sp=r&sig=REDACTED&se=2026-03-03',
  });
  expect(redactions).toEqual([`sas-signature@${before.indexOf('&sig=') + 5}`]);
});

test('gives back the very same array when there is nothing to cut out', () => {
  const body = Buffer.from(
    JSON.stringify({
      uri: 'https://example.com/?api-version=7.4&design=1',
      by: 'ada@example.com',
      note: 'J=@%',
    }),
  );
  expect(redact(body).body).toBe(body);
  expect(redact(body).redactions).toEqual([]);
});

const nested = (value: unknown): string =>
  JSON.stringify({ text: JSON.stringify({ text: JSON.stringify(value) }) });

const planted: readonly (readonly [kind: string, value: unknown])[] = [
  ['sas-signature', { uri: `https://x/?sig=${encodeURIComponent(secret)}` }],
  [
    'sas-signature',
    { uri: `/x?next=${encodeURIComponent(`https://y/?a=1&sig=${encodeURIComponent(secret)}&b=2`)}` },
  ],
  ['sas-signature', { uri: `/x?next=${encodeURIComponent(encodeURIComponent(`https://y/?sig=${secret}`))}` }],
  [
    'storage-key',
    {
      conn: `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${secret};EndpointSuffix=core.windows.net`,
    },
  ],
  ['shared-access-key', { conn: `Endpoint=sb://x/;SharedAccessKeyName=root;SharedAccessKey=${secret}` }],
  [
    'client-secret',
    { body: `grant_type=client_credentials&client_secret=${encodeURIComponent(secret)}&scope=x` },
  ],
  ['client-secret', { client_secret: secret }],
  ['client-secret', { clientSecret: secret }],
  ['password', { conn: `Server=x;User Id=sa;Password=${secret};Encrypt=true` }],
  ['password', { adminPassword: `quo"te\\and\n${secret}` }],
  ['api-key', { headers: { 'api-key': secret } }],
  ['api-key', { headers: { 'Ocp-Apim-Subscription-Key': secret } }],
  ['api-key', { apiKey: secret }],
  ['api-key', { log: `GET /openai api-key: ${secret} accept: */*` }],
  ['api-key', { uri: `https://x/?subscription-key=${secret}` }],
  ['bearer-token', { authorization: `Bearer ${secret}` }],
  ['bearer-token', { uri: `/x?auth=Bearer%20${encodeURIComponent(secret)}&y=1` }],
  ['jwt', { token: jwt }],
  ['jwt', { message: `token ${jwt}, expired` }],
  ['userinfo-password', { url: `https://ada:${encodeURIComponent(secret)}@example.com/x` }],
  ['userinfo-password', { url: `amqps://ada:p@ss${encodeURIComponent(secret)}@example.com` }],
  ['private-key', { pem: `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----\n` }],
  ['private-key', { pem: `-----BEGIN PRIVATE KEY-----\n${secret}` }],
  ['token', { refresh_token: secret }],
];

describe.each(planted)('%s %#', (kind, value) => {
  test.each([
    ['as it is', JSON.stringify(value)],
    ['as text in text in JSON', nested(value)],
    ['with slashes escaped', JSON.stringify(value).replaceAll('/', '\\/')],
    [
      'with plus and equals escaped',
      JSON.stringify(value).replaceAll('+', '\\u002B').replaceAll('=', '\\u003D'),
    ],
    ['with ampersands escaped', JSON.stringify(value).replaceAll('&', '\\u0026')],
  ])('%s', (_, before) => {
    const { text, redactions } = run(before);
    expect(redactions.some((each) => each.startsWith(`${kind}@`))).toBe(true);
    for (const part of ['Zk3vQ9pL', '7xT2mN8wR', '5yB1cD4fG6', 'hJ0aS', jwt.slice(10, 40), 's1G-n_s1G']) {
      expect(text).not.toContain(part);
    }
    expect(() => JSON.parse(text) as unknown).not.toThrow();
    expect(run(text)).toEqual({ text, redactions: [] });
    for (const each of redactions) {
      const offset = Number(each.split('@')[1]);
      expect(offset).toBeGreaterThan(0);
      expect(offset).toBeLessThan(before.length);
    }
  });
});

test.each([
  ['a key that is a name', { additionalDetails: [{ key: 'User-Agent', value: 'curl' }] }],
  ['a sign-in method', { authenticationMethod: 'Password', passwordPolicies: 'DisablePasswordExpiration' }],
  ['a masked value', { password: '********', client_secret: '', 'api-key': null }],
  ['a host that looks like a token', { host: 'moneyJournalArchive2024.example.com.test' }],
  ['an address with a port', { url: 'https://example.com:8443/x?user=ada@example.com' }],
  ['a word after Bearer', { text: 'Bearer token expired' }],
  ['a hash of a token', { tokenHash: `key1(${'A'.repeat(64)}),SasSignature(${'B'.repeat(64)})` }],
  ['a public key', { pem: '-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----' }],
  ['a query that ends in sig', { uri: '/x?presig=1&Big=2' }],
])('%s is no secret', (_, value) => {
  const body = Buffer.from(JSON.stringify(value));
  expect(redact(body).body).toBe(body);
});

test('finds secrets in UTF-16 too', () => {
  const { body, redactions } = redact(Buffer.from(`\uFEFF{"uri":"/x?sig=${secret}"}`, 'utf16le'));
  expect(Buffer.from(body).toString()).toBe('{"uri":"/x?sig=REDACTED"}');
  expect(redactions).toHaveLength(1);
});

const frames = fc.constantFrom(
  'https://x/?sig=',
  'AccountKey=',
  'SharedAccessKey=',
  'client_secret=',
  'password=',
  'Bearer ',
  'https://ada:',
  'api-key: ',
  'eyJ',
  '%3D',
  'sig%3D',
  '-----BEGIN PRIVATE KEY-----',
  'x',
);
const tails = fc.constantFrom(
  '&',
  ';',
  '@example.com',
  ' ',
  '',
  '"',
  '\\',
  '\n-----END PRIVATE KEY-----',
  '%26',
  '\u2028',
  'é',
);
const soup = fc
  .array(fc.tuple(frames, fc.base64String({ minLength: 0, maxLength: 40 }), tails), { maxLength: 5 })
  .map((parts) => parts.map((part) => part.join('')).join(''));

test('valid JSON stays valid JSON of the same shape, and redacting twice is redacting once (property)', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.oneof(fc.string(), fc.constantFrom('password', 'api-key', 'client_secret', 'key')),
        fc.oneof(soup, fc.jsonValue()),
      ),
      fc.nat(2),
      (value, depth) => {
        let text = JSON.stringify(value);
        for (let i = 0; i < depth; i++) text = JSON.stringify({ text });
        const once = run(text);
        expect(Object.keys(JSON.parse(once.text) as object).length).toBe(
          Object.keys(JSON.parse(text) as object).length,
        );
        expect(run(once.text)).toEqual({ text: once.text, redactions: [] });
      },
    ),
    { numRuns: 1000 },
  );
});

test('bytes of any kind never throw, and redacting twice is redacting once (property)', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        soup.map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        const once = redact(bytes);
        const twice = redact(once.body);
        expect(Buffer.compare(twice.body, once.body)).toBe(0);
      },
    ),
    { numRuns: 1000 },
  );
});

test('a signature put anywhere in any JSON text does not survive (property)', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.stringMatching(/^[A-Za-z0-9]{24,44}$/), (before, after, key) => {
      const text = JSON.stringify({
        uri: `${before}?sig=${key}&${after}`,
        conn: `${before};AccountKey=${key};${after}`,
      });
      expect(run(text).text).not.toContain(key);
    }),
  );
});
