import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAY_MS } from '../../../src/lib/clock.ts';
import { boardProblems } from '../../support/board-contract.ts';
import type { LiveService } from '../../support/board-contract.ts';
import type { BoardFile } from '../../support/boards.ts';
import { expand } from '../../support/boards.ts';
import { NOW } from '../../support/memory-estate.ts';
import { TOKEN, serve } from '../../support/serving.ts';
import type { Served } from '../../support/serving.ts';
import { boardCalled, boardNames } from './generated.ts';

let served: Served;
let live: LiveService;
beforeAll(async () => {
  served = await serve();
  live = { url: served.url, token: TOKEN, from: NOW - 7 * DAY_MS, to: NOW };
});
afterAll(async () => await served.stop());

describe('what the service answers fits what the boards ask', () => {
  test.each(boardNames)('on %s', async (title) => {
    expect(await boardProblems(boardCalled(title), live)).toEqual([]);
  });

  test.each([1, 30, 399])('over %i days', async (days) => {
    const board = boardCalled('Compliance posture');
    expect(await boardProblems(board, { ...live, from: NOW - days * DAY_MS })).toEqual([]);
  });

  test('for one framework', async () => {
    const board = boardCalled('Compliance posture');
    expect(await boardProblems(board, { ...live, variables: { framework: 'soc2' } })).toEqual([]);
  });
});

describe('the contract test itself finds', () => {
  const changed = (from: string, to: string): BoardFile => {
    const text = JSON.stringify(boardCalled('Compliance posture'));
    if (!text.includes(from)) throw new Error(`the board has no ${from}`);
    return JSON.parse(text.replaceAll(from, to)) as BoardFile;
  };

  test.each([
    ['a column that is not there', '"selector":"fail"', '"selector":"failed"', 'has no column failed'],
    [
      'a column of another type',
      '"text":"status","type":"string"',
      '"text":"status","type":"number"',
      'status is no number',
    ],
    ['an endpoint that is not there', '/api/v1/grafana/posture-now', '/api/v1/grafana/posture', '404'],
    ['a parameter that is not taken', '"key":"framework"', '"key":"frame"', '400'],
    ['a figure that names no field', '/^fail$/', '/^failing$/', 'are called'],
    ['bars without a name', '"xField":"framework"', '"xField":"name"', 'the bars have no names'],
    [
      'ribbons that are not cut by control',
      '"fields":["control"]',
      '"fields":["status"]',
      'control soc2:CC6.1 has no look',
    ],
  ])('%s', async (_what, from, to, problem) => {
    const problems = await boardProblems(changed(from, to), live);
    expect(problems.join('\n')).toContain(problem);
  });

  test('a token that is not taken', async () => {
    const problems = await boardProblems(boardCalled('Pipeline health'), { ...live, token: 'wrong' });
    expect(problems.join('\n')).toContain('401');
  });

  test('a variable without a value', () => {
    expect(() => expand('${nothing}', {})).toThrow('${nothing} in "${nothing}" has no value');
    expect(expand('$a ${b} ${c:csv}', { a: '1', b: '2', c: '3' })).toBe('1 2 3');
  });
});
