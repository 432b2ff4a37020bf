import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDesk } from '../../src/alert/desk.ts';
import type { DeskSettings } from '../../src/alert/desk.ts';
import type { Delivery } from '../../src/alert/notifier.ts';
import type { Told } from '../../src/alert/routing.ts';
import { toldFile } from '../../src/alert/told-file.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { T0, aFinding, resourceOf } from '../support/samples.ts';
import { anIncident } from './samples.ts';

const context = { detection: () => undefined, controlsOf: () => [] };
const delivered: Delivery = { kind: 'delivered', attempts: 1 };
const failed = (isFinal = false): Delivery => ({ kind: 'failed', attempts: 1, reason: 'no', isFinal });

/** A receiver that keeps what it was told and answers from a script, the last answer again and again. */
function receiver(...answers: readonly Delivery[]) {
  const told: Pick<Incident, 'key' | 'state' | 'level'>[] = [];
  return {
    told,
    states: () => told.map(({ state }) => state),
    notifier: {
      type: 'script',
      notify: ({ key, state, level }: Incident) => {
        const answer = answers[Math.min(told.length, answers.length - 1)] ?? delivered;
        told.push({ key, state, level });
        return Promise.resolve(answer);
      },
    },
  };
}

const desk = (
  receivers: readonly Pick<ReturnType<typeof receiver>, 'notifier'>[],
  over: Partial<DeskSettings> = {},
) =>
  createDesk(context, {
    routing: { minLevel: 'high', stormLimit: 3 },
    clock: () => T0,
    notifiers: receivers.map(({ notifier }, index) => ({ name: `n${index + 1}`, notifier })),
    ...over,
  });

const finding = (index: number, over: Partial<Finding> = {}): Finding =>
  aFinding({ id: `fnd-${index}`, resourceId: resourceOf(`aoai-${index}`), ...over });
const never = (): boolean => false;
const always = (): boolean => true;

test('people are told of a cause once, and once more when it is gone', async () => {
  const one = receiver();
  const alerts = desk([one]);
  alerts.observe([finding(1), finding(1, { id: 'fnd-1b', time: T0 + 1 })]);
  expect(await alerts.round(never, T0)).toMatchObject([
    { notifier: 'n1', state: 'open', outcome: 'delivered' },
  ]);
  expect(await alerts.round(never, T0)).toEqual([]);
  expect(await alerts.round(always, T0)).toMatchObject([{ state: 'resolved', outcome: 'delivered' }]);
  expect(await alerts.round(always, T0)).toEqual([]);
  expect(one.states()).toEqual(['open', 'resolved']);
  expect(new Set(one.told.map(({ key }) => key)).size).toBe(1);
});

test('a cause that comes back is told again, under the same key', async () => {
  const one = receiver();
  const alerts = desk([one]);
  alerts.observe([finding(1)]);
  await alerts.round(never, T0);
  await alerts.round(always, T0);
  alerts.observe([finding(1, { id: 'fnd-again', time: T0 + 5 })]);
  await alerts.round(never, T0);
  expect(one.states()).toEqual(['open', 'resolved', 'open']);
  expect(new Set(one.told.map(({ key }) => key)).size).toBe(1);
});

test('nobody is told below the level asked for, until it rises to it', async () => {
  const one = receiver();
  const alerts = desk([one]);
  alerts.observe([finding(1, { level: 'medium' })]);
  await alerts.round(never, T0);
  expect(one.told).toEqual([]);
  alerts.observe([finding(1, { id: 'fnd-worse', level: 'critical' })]);
  await alerts.round(never, T0);
  expect(one.told).toMatchObject([{ state: 'open', level: 'critical' }]);
});

test('with nobody to tell, incidents are still kept and resolved', async () => {
  const alerts = desk([]);
  alerts.observe([finding(1)]);
  expect(await alerts.round(never, T0)).toEqual([]);
  expect(alerts.incidents()).toMatchObject([{ state: 'open', count: 1 }]);
  await alerts.round(always, T0);
  expect(alerts.incidents()).toMatchObject([{ state: 'resolved' }]);
});

describe('what did not arrive', () => {
  test('is told again in the next round, and then no more', async () => {
    const one = receiver(failed(), delivered);
    const alerts = desk([one]);
    alerts.observe([finding(1)]);
    expect(await alerts.round(never, T0)).toMatchObject([{ outcome: 'failed' }]);
    expect(await alerts.round(never, T0)).toMatchObject([{ outcome: 'delivered' }]);
    expect(await alerts.round(never, T0)).toEqual([]);
  });

  test('is not told again when it was refused for good', async () => {
    const one = receiver(failed(true));
    const alerts = desk([one]);
    alerts.observe([finding(1)]);
    await alerts.round(never, T0);
    expect(await alerts.round(never, T0)).toEqual([]);
  });

  test('at one of two receivers is offered to both again: a page too many is better than one too few', async () => {
    const up = receiver();
    const down = receiver(failed(), delivered);
    const alerts = desk([up, down]);
    alerts.observe([finding(1)]);
    await alerts.round(never, T0);
    await alerts.round(never, T0);
    expect([up.states(), down.states()]).toEqual([
      ['open', 'open'],
      ['open', 'open'],
    ]);
    expect(await alerts.round(never, T0)).toEqual([]);
  });

  test('of an all-clear is told again, so that no page stays open for ever', async () => {
    const one = receiver(delivered, failed(), delivered);
    const alerts = desk([one]);
    alerts.observe([finding(1)]);
    await alerts.round(never, T0);
    await alerts.round(always, T0);
    await alerts.round(always, T0);
    expect(one.states()).toEqual(['open', 'resolved', 'resolved']);
  });
});

describe('a restart', () => {
  function memory() {
    let kept: Told = new Map();
    return { read: () => kept, write: (told: Told) => void (kept = told) };
  }

  test('tells nobody again what they know, and ends what is over', async () => {
    const [one, kept] = [receiver(), memory()];
    const before = desk([one], { memory: kept });
    before.observe([finding(1), finding(2)]);
    await before.round(never, T0);
    const after = desk([one], { memory: kept });
    after.observe([finding(1), finding(2)]);
    expect(await after.round(never, T0)).toEqual([]);
    expect(await after.round(always, T0)).toHaveLength(2);
    expect(one.states()).toEqual(['open', 'open', 'resolved', 'resolved']);
  });

  test('in a storm does not raise another storm', async () => {
    const [one, kept] = [receiver(), memory()];
    const many = [1, 2, 3, 4].map((index) => finding(index));
    const before = desk([one], { memory: kept });
    before.observe(many);
    await before.round(never, T0);
    const after = desk([one], { memory: kept });
    after.observe(many);
    expect(await after.round(never, T0)).toEqual([]);
    await after.round(always, T0);
    expect(one.states()).toEqual(['open', 'resolved']);
    expect(new Set(one.told.map(({ key }) => key)).size).toBe(1);
  });

  test('tells what had not arrived before it', async () => {
    const kept = memory();
    const before = desk([receiver(failed())], { memory: kept });
    before.observe([finding(1)]);
    await before.round(never, T0);
    const up = receiver();
    const after = desk([up], { memory: kept });
    after.observe([finding(1)]);
    await after.round(never, T0);
    expect(up.states()).toEqual(['open']);
  });
});

describe('the file that remembers what people were told', () => {
  const inFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-told-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  };
  const told: Told = new Map([
    ['inc-1', { state: 'open', level: 'high', storm: 'inc-storm-1', covers: [], incident: undefined }],
    [
      'inc-storm-1',
      { state: 'open', level: 'high', storm: undefined, covers: ['inc-1'], incident: anIncident() },
    ],
    [
      'inc-2',
      {
        state: 'resolved',
        level: 'critical',
        storm: undefined,
        covers: [],
        incident: anIncident({ resourceId: undefined }),
      },
    ],
  ]);

  test('gives back what was put into it, in a folder of its own making, and leaves nothing half-written', () => {
    const path = join(inFolder(), 'state', 'told.json');
    const problems: string[] = [];
    toldFile(path, (problem) => problems.push(problem)).write(told);
    expect(toldFile(path, (problem) => problems.push(problem)).read()).toEqual(told);
    expect([problems, readdirSync(join(path, '..'))]).toEqual([[], ['told.json']]);
  });

  test('that is not there yet means that nobody was told, which is no problem', () => {
    const problems: string[] = [];
    expect(toldFile(join(inFolder(), 'told.json'), (problem) => problems.push(problem)).read()).toEqual(
      new Map(),
    );
    expect(problems).toEqual([]);
  });

  for (const text of ['', '{', '[]', '{"a":1}', '{"a":{"state":"ajar"}}', 'null', '\u0000'])
    test(`with ${JSON.stringify(text)} in it counts as lost, and says so`, () => {
      const path = join(inFolder(), 'told.json');
      writeFileSync(path, text);
      const problems: string[] = [];
      expect(toldFile(path, (problem) => problems.push(problem)).read()).toEqual(new Map());
      expect(problems).toHaveLength(1);
      expect(readFileSync(path, 'utf8')).toBe(text);
    });

  test('that cannot be written is a problem, not the end of alerting', async () => {
    const path = join(inFolder(), 'told.json');
    mkdirSync(path);
    const [problems, one]: [string[], ReturnType<typeof receiver>] = [[], receiver()];
    const alerts = desk([one], { memory: toldFile(path, (problem) => problems.push(problem)) });
    alerts.observe([finding(1)]);
    expect(await alerts.round(never, T0)).toMatchObject([{ outcome: 'delivered' }]);
    expect(problems.length).toBeGreaterThan(0);
  });
});
