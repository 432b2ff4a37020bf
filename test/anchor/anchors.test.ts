import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import type { Head } from '../../src/anchor/anchor.ts';
import { createAnchor } from '../../src/anchor/registry.ts';
import { imprintOf, timeStampProblem, timeStampQuery } from '../../src/anchor/time-stamp.ts';

const head: Head = {
  origin: 'lake.example.com/prod/main',
  size: 42,
  checkpoint: 'lake.example.com/prod/main\n42\nAAAA\n\n— lake.example.com/prod/main abc=\n',
};
const context = { fetch, clock: () => 0, signal: new AbortController().signal };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-anchor-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

type Answer = { readonly status: number; readonly body: Uint8Array | string };
async function listening(answer: (body: Buffer, headers: NodeJS.Dict<string | string[]>) => Answer) {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { status, body } = answer(Buffer.concat(parts), request.headers);
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/anchor?code=secret`;
}

test('a file is written once, and another checkpoint of its size is refused', async () => {
  const path = folder();
  const anchor = createAnchor({ type: 'file', path }, context);
  const receipt = await anchor(head);
  await anchor(head);
  expect(Buffer.from(receipt).toString()).toBe(head.checkpoint);
  expect(readdirSync(path)).toEqual(['lake.example.com-prod-main.42.checkpoint']);
  await expect(anchor({ ...head, checkpoint: 'another' })).rejects.toThrow(/another checkpoint of this size/);
  expect(readFileSync(join(path, 'lake.example.com-prod-main.42.checkpoint'), 'utf8')).toBe(head.checkpoint);
});

test('a webhook gets the checkpoint with its token, and its answer is the receipt', async () => {
  const seen: unknown[] = [];
  const url = await listening((body, headers) => {
    seen.push([body.toString(), headers['authorization']]);
    return { status: 200, body: 'taken in as 7' };
  });
  const receipt = await createAnchor({ type: 'webhook', url, token: 'very-secret' }, context)(head);
  expect(seen).toEqual([[head.checkpoint, 'Bearer very-secret']]);
  expect(Buffer.from(receipt).toString()).toBe('taken in as 7');
});

test('a webhook that refuses is named without what is secret', async () => {
  const url = await listening(() => ({ status: 503, body: 'no' }));
  const sending = createAnchor({ type: 'webhook', url, token: 'very-secret' }, context)(head);
  await expect(sending).rejects.toThrow(/it answered 503/);
  await expect(sending).rejects.not.toThrow(/secret/);
});

test('a mail has the checkpoint in it', async () => {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        mails.push(Buffer.concat(parts).toString());
        done();
      });
    },
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close(() => undefined);
  });
  const { port } = server.server.address() as AddressInfo;
  const settings = { type: 'mail' as const, from: 'lake@example.com', to: ['auditor@example.com'] };
  const receipt = await createAnchor({ ...settings, server: `smtp://127.0.0.1:${port}` }, context)(head);
  expect(mails.join('')).toContain('Subject: Evidence log lake.example.com/prod/main, 42 leaves');
  expect(Buffer.from(receipt).toString()).toContain(head.checkpoint);
  const refused = createAnchor({ ...settings, server: 'smtp://me:secret@127.0.0.1:1' }, context)(head);
  await expect(refused).rejects.toThrow(/mail 127\.0\.0\.1:1: \w+/);
  await expect(refused).rejects.not.toThrow(/secret/);
});

/** An authority made with openssl; undefined where that is missing. */
function authority(at: string): ((query: Buffer) => Buffer) | undefined {
  const run = (...words: string[]): void => void execFileSync('openssl', words, { cwd: at, stdio: 'pipe' });
  try {
    run('version');
  } catch (thrown) {
    if (process.env['CI'] === 'true') throw thrown;
    return undefined;
  }
  const config = `[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\nextendedKeyUsage=critical,timeStamping\n
[tsa]\ndefault_tsa=one\n[one]\nserial=serial\nsigner_cert=cert.pem\ncerts=cert.pem\nsigner_key=key.pem\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\n`;
  writeFileSync(join(at, 'c.cnf'), config);
  writeFileSync(join(at, 'serial'), '01\n');
  run(
    ...'req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=tsa.example.com -config c.cnf'.split(
      ' ',
    ),
  );
  return (query) => {
    writeFileSync(join(at, 'q.tsq'), query);
    run(...'ts -reply -queryfile q.tsq -out r.tsr -config c.cnf -section one'.split(' '));
    return readFileSync(join(at, 'r.tsr'));
  };
}

test('a time-stamp authority signs the checkpoint, and openssl verifies what it signed', async (context_) => {
  const at = folder();
  const stamp = authority(at);
  if (stamp === undefined) {
    context_.skip('openssl is not on this machine');
    return;
  }
  const url = await listening((body) => ({ status: 200, body: stamp(body) }));
  const receipt = Buffer.from(await createAnchor({ type: 'rfc3161', url }, context)(head));
  writeFileSync(join(at, 'head'), head.checkpoint);
  writeFileSync(join(at, 'receipt.tsr'), receipt);
  const verified = execFileSync(
    'openssl',
    'ts -verify -data head -in receipt.tsr -CAfile cert.pem'.split(' '),
    { cwd: at, stdio: 'pipe' },
  );
  expect(verified.toString()).toMatch(/Verification: OK/);
  expect(timeStampProblem(receipt, Buffer.from('something else'))).toBe('its token is for something else');
  for (let cut = 0; cut < receipt.length; cut += 97)
    expect(timeStampProblem(receipt.subarray(0, cut), Buffer.from(head.checkpoint))).toBeDefined();
});

test('a query is the bytes that RFC 3161 asks for', () => {
  const query = timeStampQuery(Buffer.from('x'));
  expect(query.subarray(0, 5).toString('hex')).toBe('3039020101');
  expect(query.includes(imprintOf(Buffer.from('x')))).toBe(true);
});

test.each([
  ['a refusal', '30053003020102', 'the authority refused, status 2'],
  ['a grant without a token', '30053003020100', 'there is no token in it'],
  ['a token that is not signed', '300930030201003002 0500', 'its token is not signed'],
  ['nothing', '', 'the answer is cut short'],
  ['a length without end', '3080', 'the answer is no DER'],
  ['a text', '68656c6c6f', 'the answer is cut short'],
])('%s is no time stamp', (_, hex, problem) => {
  expect(timeStampProblem(Buffer.from(hex.replaceAll(' ', ''), 'hex'), Buffer.from('x'))).toBe(problem);
});

test('no bytes whatever are taken for a time stamp, or end the program', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(timeStampProblem(Buffer.from(bytes), Buffer.from('x'))).toBeDefined();
    }),
  );
});
