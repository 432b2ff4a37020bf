import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parquetReader } from '../../src/store/parquet-reader.ts';
import type { CliRun, Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { filesBelow } from '../support/lakes.ts';
import { accountPath, diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';

const FROM_ENV = 'EnvSecretEnvSecretEnvSecret12345';
const FROM_FILE = 'FileSecretFileSecretFileSecret99';

let place: Workplace;
let secrets: string[];
beforeEach(() => {
  place = createLeanWorkplace();
  secrets = [FROM_ENV, FROM_FILE];
  mkdirSync(join(place.folder, 'etc'));
  writeFileSync(join(place.folder, 'etc/routing-key'), `${FROM_FILE}\n`);
  writeFileSync(join(place.folder, 'x.json'), envelope(diagnosticsDeleted('aoai-1'), ordinary()));
  writeFileSync(
    join(place.folder, 'etc/plumbline.yml'),
    `data: ../data
alerts:
  notifiers:
    - { type: pagerduty, routingKey: '\${PD_KEY}', baseUrl: 'http://127.0.0.1:1', attempts: 1 }
    - { type: pagerduty, routingKey: '\${file:routing-key}', baseUrl: 'http://127.0.0.1:1', attempts: 1 }
serve: { port: 0 }
`,
  );
});
afterEach(() => place[Symbol.dispose]());

const run = (env: Record<string, string>, ...argv: readonly string[]): Promise<CliRun> =>
  place.runWith({ env, fetch: () => Promise.reject(new Error(`cannot reach it with ${FROM_ENV}`)) }, ...argv);

/** Nothing that was said or written holds a secret; the files that the test itself made do. */
function expectNoSecret(...runs: readonly CliRun[]): void {
  for (const secret of secrets) {
    for (const { out, err } of runs) expect(out + err).not.toContain(secret);
    const leaks = filesBelow(place.folder).filter(({ bytes }) => bytes.includes(secret));
    expect(leaks.map(({ path }) => path).filter((path) => !path.endsWith('routing-key'))).toEqual([]);
  }
}

const commands: readonly (readonly string[])[] = [
  ['validate'],
  ['replay', 'x.json'],
  ['replay', 'x.json', '--output', 'json'],
  ['report'],
  ['verify'],
  ['verify', '--output', 'json'],
  ['explain', 'soc2:CC7.2'],
  ['explain', 'azure_diagnostic_settings_deleted', '--event', 'x.json', '--output', 'json'],
  ['publish', 'sentinel'],
  ['doctor'],
];

test('no command prints or writes a secret of the configuration, in any form of output', async () => {
  const runs: CliRun[] = [];
  for (const argv of commands) {
    const done = await run({ PD_KEY: FROM_ENV }, ...argv, '--config', 'etc/plumbline.yml');
    expect([argv, done.code]).not.toEqual([argv, 2]);
    runs.push(done);
  }
  expectNoSecret(...runs);
});

describe('a secret that is wrong is named by where it stands, never shown', () => {
  const wrong: readonly (readonly [string, Record<string, string>])[] = [
    ['too short', { PD_KEY: 'ShortSecret' }],
    ['too long', { PD_KEY: `${FROM_ENV}${FROM_ENV}` }],
    ['with a line break at its end', { PD_KEY: `${FROM_ENV}\n` }],
    ['empty', { PD_KEY: '' }],
    ['that looks like a reference', { PD_KEY: '${OTHER_SECRET_4711}' }],
    ['that is not set', {}],
  ];
  for (const [what, env] of wrong) {
    test(`a secret ${what}`, async () => {
      secrets.push(...Object.values(env).filter((value) => value.trim() !== ''));
      const runs: CliRun[] = [];
      for (const argv of commands) {
        const done = await run(env, ...argv, '--config', 'etc/plumbline.yml');
        expect([argv, done.code]).toEqual([argv, 2]);
        expect(done.out + done.err).toMatch(/^etc\/plumbline\.yml:4:\d+ {2}/m);
        runs.push(done);
      }
      expectNoSecret(...runs);
    });
  }
});

describe('keys and tokens that records carry', () => {
  const signature = 'c2lnbmF0dXJlLW9mLWEtc2FzLXVybC1vZi0zMi1ieXRlcw';
  const accountKey = `${'QWNjb3VudEtleU9mU2l4dHlGb3VyQnl0ZXM'.repeat(3).slice(0, 86)}==`;
  const leaky = {
    ...diagnosticsDeleted('aoai-1'),
    properties: {
      url: `https://stclaims.blob.core.windows.net/exports?sv=2024-01-01&sig=${signature}%3D&se=2026-04-01`,
      requestbody: `{"connection":"DefaultEndpointsProtocol=https;AccountName=st;AccountKey=${accountKey};EndpointSuffix=core.windows.net"}`,
    },
  };

  test('are in no output, no report and no row of the lake', async () => {
    secrets = [signature, accountKey];
    writeFileSync(join(place.folder, 'etc/leaky.ndjson'), `${JSON.stringify(leaky)}\n`);
    const argv = ['replay', 'etc/leaky.ndjson', '--output', 'json'];
    const explained = ['explain', 'azure_diagnostic_settings_deleted', '--event', 'etc/leaky.ndjson'];
    const [replayed, why] = [await place.run(...argv), await place.run(...explained, '--output', 'json')];
    expect([replayed.code, why.code]).toEqual([0, 0]);
    expect(replayed.out).toContain(accountPath('aoai-1').toLowerCase());
    const written = filesBelow(join(place.folder, 'data'));
    for (const secret of secrets) {
      expect(replayed.out + replayed.err + why.out + why.err).not.toContain(secret);
      for (const { path, bytes } of written) expect([path, bytes.includes(secret)]).toEqual([path, false]);
    }
    const captures = written.filter(({ path }) => /captures\/.*\.parquet$/.test(path));
    expect(captures).toHaveLength(1);
    for (const { path } of captures)
      for await (const rows of parquetReader.captures(readFileSync(path)))
        for (const { body, redactions } of rows) {
          expect(redactions).not.toBe('');
          for (const secret of secrets) expect(Buffer.from(body).toString()).not.toContain(secret);
        }
  });
});
