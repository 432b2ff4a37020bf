import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { filesBelow } from '../support/lakes.ts';
import { diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';

interface Verification {
  readonly ok: boolean;
  readonly keyFrom: string;
  readonly size: number;
  readonly faults: readonly { readonly kind: string; readonly place: string; readonly what: string }[];
}

/** A lake of two seals, made once; each test gets a copy to spoil. */
let original: Workplace;
let earlier: string;
let place: Workplace;
const at = (path: string): string => join(place.folder, 'data', path);
const lake = (path = ''): string => at(join('lake', path));

beforeAll(async () => {
  original = createLeanWorkplace();
  writeFileSync(join(original.folder, 'one.json'), envelope(diagnosticsDeleted('aoai-1'), ordinary()));
  await original.run('replay', 'one.json');
  earlier = join(original.folder, 'earlier');
  cpSync(join(original.folder, 'data'), earlier, { recursive: true });
  writeFileSync(join(original.folder, 'two.json'), envelope(diagnosticsDeleted('aoai-2')));
  await original.run('replay', 'two.json');
});
afterAll(() => original[Symbol.dispose]());
beforeEach(() => {
  place = createLeanWorkplace();
  cpSync(join(original.folder, 'data'), join(place.folder, 'data'), { recursive: true });
});
afterEach(() => place[Symbol.dispose]());

async function verify(
  ...argv: readonly string[]
): Promise<{ code: number; err: string; result: Verification }> {
  const { code, out, err } = await place.run('verify', '--output', 'json', ...argv);
  return { code, err, result: (out === '' ? undefined : JSON.parse(out)) as Verification };
}
const listed = (folder: string): string[] =>
  readdirSync(lake(folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
const segment = (table: string): string => listed(table).find((path) => path.endsWith('.parquet')) ?? '';
const bundle = (): string => listed('log/main/tile/entries').findLast((path) => /\.p\/\d+$/.test(path)) ?? '';

/** Changes one byte in the middle of a file. */
function tamper(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

describe('an untouched lake', () => {
  test('verifies with our own key: what was checked, under which root, and what no check can show', async () => {
    const { code, out, err } = await place.run('verify');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^verified: 2 messages and \d+ rows in \d+ files match the signed log \(key: own signing key\)$/m,
    );
    expect(out).toMatch(
      /^origin plumbline\.example\/lake\/main, \d+ leaves, root \S{44}\n2 checkpoints, 2 seals, /m,
    );
    expect(out).toMatch(/^Not proven by this:\n {2}– what was lost before it reached the streams/m);
  });

  test('verifies anywhere with the key that lies in it, and says that this proves less', async () => {
    const away = join(place.folder, 'copy-for-the-auditor');
    cpSync(lake(), away, { recursive: true });
    expect((await verify('--lake', away)).result).toMatchObject({ ok: true, keyFrom: 'the lake itself' });
  });

  test('verifies with a key had from elsewhere, as text or in a file', async () => {
    const key = readFileSync(lake('log/main/verifier.vkey'), 'utf8').trim();
    writeFileSync(join(place.folder, 'their.vkey'), `${key}\n`);
    for (const given of [key, 'their.vkey'])
      expect((await verify('--key', given)).result).toMatchObject({ ok: true, keyFrom: 'given' });
  });

  test('gives no line as NDJSON, and changes nothing on disk', async () => {
    const before = filesBelow(place.folder);
    expect(await place.run('verify', '-o', 'ndjson')).toEqual({ code: 0, out: '', err: '' });
    expect(filesBelow(place.folder)).toEqual(before);
  });
});

describe('tampering ends with 1 and names the place', () => {
  const deeds: readonly (readonly [string, () => string])[] = [
    ['a byte of a message', () => segment('captures')],
    ['a byte of a finding', () => segment('findings')],
    ['a byte of an observation', () => segment('observations')],
    ['a byte of the log', bundle],
    ['a byte of a commit', () => 'captures/_delta_log/00000000000000000001.json'],
    ['a byte of the checkpoint', () => 'log/main/checkpoint'],
  ];
  for (const [what, file] of deeds) {
    test(`${what} changed`, async () => {
      const path = file();
      tamper(lake(path));
      const { code, result } = await verify();
      expect([code, result.ok]).toEqual([1, false]);
      expect(result.faults.map(({ place: where }) => where).join('\n')).toContain(path.split('/').at(-1));
      const table = await place.run('verify');
      expect(table.code).toBe(1);
      expect(table.out).toMatch(/^✕ \w+ {2}\S/m);
      expect(table.out).toMatch(/^NOT verified: \d+ differences? between evidence and proof$/m);
    });
  }

  test('a file taken out, and one put in', async () => {
    rmSync(lake(segment('findings')));
    expect((await verify()).code).toBe(1);
    writeFileSync(lake('log/main/extra'), '');
    expect((await verify()).result.faults.map(({ place: where }) => where)).toContain('log/main/extra');
  });

  test('a report on it is still written, says that it does not verify, and ends with 1', async () => {
    tamper(lake('log/main/checkpoint'));
    const { code, err } = await place.run('report');
    expect(code).toBe(1);
    expect(err).toMatch(/^NOT verified/);
  });
});

describe('another key', () => {
  test('than the one that signed is a fault, wherever it comes from', async () => {
    using other = createLeanWorkplace();
    writeFileSync(join(other.folder, 'x.json'), envelope(ordinary()));
    await other.run('replay', 'x.json');
    const key = readFileSync(join(other.folder, 'data/lake/log/main/verifier.vkey'), 'utf8').trim();
    const given = await verify('--key', key);
    expect([given.code, given.result.ok]).toEqual([1, false]);
    cpSync(join(other.folder, 'data/keys'), at('keys'), { recursive: true });
    expect(await verify()).toMatchObject({ code: 1, result: { keyFrom: 'own signing key' } });
  });

  for (const key of ['nonsense', 'a+b+c', 'name+00000000+AAAA', ''])
    test(`"${key}" is none: a usage error`, async () => {
      const { code, err } = await verify('--key', key);
      expect(code).toBe(2);
      expect(err).toMatch(/^plumbline: verifier key: /);
    });
});

describe('a checkpoint that was kept elsewhere', () => {
  const keep = (from: string, name: string): string => {
    writeFileSync(join(place.folder, name), readFileSync(join(from, 'lake/log/main/checkpoint')));
    return name;
  };
  const rollBack = (): void => {
    rmSync(lake(), { recursive: true });
    cpSync(join(earlier, 'lake'), lake(), { recursive: true });
  };

  test('is still contained in the log that grew since', async () => {
    expect((await verify('--since', keep(earlier, 'old'), keep(at(''), 'new'))).code).toBe(0);
  });

  test('shows a lake that was rolled back, which by itself looks whole', async () => {
    const kept = keep(at(''), 'kept');
    rollBack();
    expect((await verify()).code).toBe(0);
    const { code, result } = await verify('--since', kept);
    expect(code).toBe(1);
    expect(result.faults).toMatchObject([
      { kind: 'rollback', what: expect.stringContaining('rolled back') as string },
    ]);
  });

  test('shows a history that was rewritten with the same key', async () => {
    const kept = keep(at(''), 'kept');
    rollBack();
    writeFileSync(join(place.folder, 'forged.json'), envelope(ordinary(7)));
    expect((await place.run('replay', 'forged.json')).code).toBe(0);
    const { code, result } = await verify('--since', kept);
    expect(code).toBe(1);
    expect(result.faults.map(({ kind }) => kind)).toContain('rollback');
  });

  test('that is not there cannot be compared: exit 3; that is none is a fault', async () => {
    expect((await verify('--since', 'nowhere')).code).toBe(3);
    writeFileSync(join(place.folder, 'junk'), 'junk\n');
    expect((await verify('--since', 'junk')).code).toBe(1);
  });
});

describe('a lake without evidence never looks fine', () => {
  test('an empty log is nothing to verify, said plainly: exit 4', async () => {
    rmSync(lake(), { recursive: true });
    mkdirSync(lake('log/main'), { recursive: true });
    cpSync(join(earlier, 'lake/log/main/verifier.vkey'), lake('log/main/verifier.vkey'));
    const { code, out } = await place.run('verify');
    expect(code).toBe(4);
    expect(out).toMatch(
      /^NOTHING to verify: the evidence log is empty\. If it ever held evidence, all of it is gone/m,
    );
    expect(out).not.toMatch(/^verified/m);
  });

  test('the same with a kept checkpoint is tampering: exit 1', async () => {
    const kept = join(place.folder, 'kept');
    cpSync(lake('log/main/checkpoint'), kept);
    rmSync(lake(), { recursive: true });
    mkdirSync(lake('log/main'), { recursive: true });
    cpSync(join(earlier, 'lake/log/main/verifier.vkey'), lake('log/main/verifier.vkey'));
    expect((await verify('--since', 'kept')).code).toBe(1);
  });

  test('an emptied folder beside the key that signed it is tampering: exit 1', async () => {
    rmSync(lake(), { recursive: true });
    mkdirSync(lake());
    const { code, out, err } = await place.run('verify');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/a signing key lies beside it .*its evidence log is gone/);
  });

  test('tables whose log is gone are tampering too', async () => {
    rmSync(lake('log'), { recursive: true });
    expect((await place.run('verify')).code).toBe(1);
  });

  test('a log whose tables are gone is tampering', async () => {
    for (const table of ['captures', 'events', 'findings', 'observations'])
      rmSync(lake(table), { recursive: true });
    expect((await verify()).code).toBe(1);
  });

  test('a folder that never was a lake is no lake: exit 3', async () => {
    mkdirSync(join(place.folder, 'pictures'));
    for (const folder of ['pictures', 'nowhere']) {
      const { code, out, err } = await place.run('verify', '--lake', folder);
      expect([code, out]).toEqual([3, '']);
      expect(err).not.toBe('');
    }
    expect(existsSync(join(place.folder, 'pictures/log'))).toBe(false);
  });
});
