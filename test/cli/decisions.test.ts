import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { productFolder } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import type { CliRun, Workplace } from '../support/cli.ts';
import { filesBelow, notesOf } from '../support/lakes.ts';
import { accountPath, diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';

const ASSERTION = 'logging.diagnostic-settings.kept';

let place: Workplace;
beforeEach(() => {
  place = createLeanWorkplace();
  writeFileSync(join(place.folder, 'plumbline.yml'), 'decisions: decisions.yml\n');
  writeFileSync(join(place.folder, 'x.json'), envelope(diagnosticsDeleted('aoai-1', 5), ordinary(170)));
});
afterEach(() => place[Symbol.dispose]());

const exception = (over: Readonly<Record<string, string>> = {}) => ({
  id: 'EXC-1',
  kind: 'exception',
  subject: ASSERTION,
  resource: `${accountPath('AOAI-1')}/providers/microsoft.insights/diagnosticSettings/to-hub`,
  reason: 'The setting moves to the new hub.',
  requestedBy: 'ada@example.com',
  approvedBy: 'grace@example.com',
  from: '2026-03-01',
  expires: '2026-04-01',
  ...over,
});
const decide = (...decisions: readonly object[]): void =>
  writeFileSync(join(place.folder, 'decisions.yml'), JSON.stringify({ decisions }));
const run = (...argv: readonly string[]): Promise<CliRun> => place.run(...argv, '--config', 'plumbline.yml');

/** Status and reason of the assertion, and of a control that rests on it, after a replay. */
async function statuses() {
  await run('replay', 'x.json');
  const { out } = await run('explain', 'soc2:CC7.2', '--output', 'json');
  const { control, assertions } = JSON.parse(out) as {
    control: { status: string; isMetAdjusted: boolean };
    assertions: { assertion: string; status: string; reason: string }[];
  };
  return { control, assertion: assertions.find(({ assertion }) => assertion === ASSERTION) };
}

test('without a decision a failure is a FAIL', async () => {
  decide();
  expect(await statuses()).toMatchObject({ assertion: { status: 'FAIL' }, control: { status: 'FAIL' } });
});

test('an approved exception makes of it an EXCEPTION, with the reason and who approved it', async () => {
  decide(exception());
  const { assertion } = await statuses();
  expect(assertion).toMatchObject({
    status: 'EXCEPTION',
    reason: 'The setting moves to the new hub. (approved by grace@example.com)',
  });
});

test('the report says so too, and still shows the finding', async () => {
  decide(exception());
  await statuses();
  await run('report');
  const report = filesBelow(join(place.folder, 'data/reports')).find(({ path }) => path.includes('report-'));
  const html = report?.bytes.toString() ?? '';
  expect(html).toMatch(/exception/i);
  expect(html).toContain('Azure diagnostic settings deleted');
});

describe('an exception covers nothing', () => {
  const uncovering: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['before it begins', { from: '2026-03-03' }],
    ['from the moment it expires', { expires: '2026-03-02T10:00:00Z' }],
    ['on another resource', { resource: accountPath('aoai-2') }],
    ['of another assertion', { subject: 'ai.access.keyless' }],
  ];
  for (const [when, over] of uncovering) {
    test(`it does not count ${when}`, async () => {
      decide(exception(over));
      expect((await statuses()).assertion).toMatchObject({ status: 'FAIL' });
    });
  }
});

test('an exception for all resources covers this one', async () => {
  decide(exception({ resource: '*' }));
  expect((await statuses()).assertion).toMatchObject({ status: 'EXCEPTION' });
});

test('whoever asked cannot approve: nothing is started', async () => {
  decide(exception({ approvedBy: 'Ada@Example.com' }));
  const { code, out, err } = await run('replay', 'x.json');
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^decisions\.yml:1:\d+ {2}.*whoever asks for a decision cannot approve it/);
  expect(filesBelow(place.folder).some(({ path }) => path.includes('/lake/'))).toBe(false);
});

test('decisions are evidence: their digest is in the signed log, and a changed file is another one', async () => {
  decide(exception());
  await run('replay', 'x.json');
  decide(exception({ reason: 'Something else.' }));
  writeFileSync(join(place.folder, 'y.json'), envelope(ordinary(1)));
  await run('replay', 'y.json');
  await run('replay', 'y.json');
  expect(notesOf(join(place.folder, 'data/lake'), 'decisions')).toHaveLength(2);
  expect((await run('verify')).code).toBe(0);
});

test('the example that is shipped is valid', async () => {
  const example = readFileSync(join(productFolder, 'docs/examples/decisions.yml'), 'utf8');
  writeFileSync(join(place.folder, 'decisions.yml'), example);
  const done = await place.runWith({ productFolder }, 'validate', '--config', 'plumbline.yml');
  expect(done).toMatchObject({ code: 0, err: '' });
});
