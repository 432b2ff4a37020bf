import { expect, test } from 'vitest';
import { attackCoverage } from '../../src/detect/coverage.ts';
import type { Tagged } from '../../src/detect/coverage.ts';
import { navigatorLayer } from '../../src/detect/coverage-navigator.ts';
import { retiredTactics, retiredTechniques, techniqueNames } from '../../src/detect/coverage-techniques.ts';
import { badAttackTags } from '../../src/detect/tags.ts';
import { shippedInput } from '../support/shipped.ts';

const { detections, correlations } = shippedInput();
const shipped = [...detections, ...(correlations ?? [])];

const rule = (name: string, techniques: readonly string[], over: Partial<Tagged> = {}): Tagged => ({
  name,
  techniques,
  tactics: ['impact'],
  observes: 'fail',
  ...over,
});

test('a technique has a name and the rules that find it', () => {
  const { techniques } = attackCoverage([
    rule('b_rule', ['T1485', 'AML.T0054']),
    rule('a_rule', ['T1485']),
    rule('restores', ['T1490'], { observes: 'pass' }),
  ]);
  expect(techniques).toEqual([
    { id: 'T1485', name: 'Data Destruction', retiredIds: [], rules: ['a_rule', 'b_rule'], blind: [] },
    { id: 'AML.T0054', name: 'LLM Jailbreak', retiredIds: [], rules: ['b_rule'], blind: [] },
  ]);
});

test('a retired id is flagged, and counted where ATT&CK has the technique now', () => {
  const { techniques, retired, tactics } = attackCoverage([
    rule('old', ['T1562.008'], { tactics: ['defense-evasion'] }),
    rule('new', ['T1685.002']),
  ]);
  expect(techniques).toMatchObject([{ id: 'T1685.002', retiredIds: ['T1562.008'], rules: ['new', 'old'] }]);
  expect(retired).toEqual([
    { tag: 'T1562.008', successors: ['T1685.002'], rules: ['old'] },
    { tag: 'defense-evasion', successors: ['stealth', 'defense-impairment'], rules: ['old'] },
  ]);
  expect(tactics).toMatchObject([
    { tactic: 'defense-evasion', successors: ['stealth', 'defense-impairment'] },
    { tactic: 'impact', successors: [] },
  ]);
});

test('a technique outside our table keeps its id', () => {
  expect(attackCoverage([rule('a', ['T1059.001'])]).techniques).toMatchObject([
    { id: 'T1059.001', name: undefined },
  ]);
});

test('every technique that a shipped rule names has a name, none is retired, and no name is idle', () => {
  const named = new Set(shipped.flatMap(({ techniques }) => techniques));
  expect([...named].filter((id) => techniqueNames[id] === undefined)).toEqual([]);
  expect(Object.keys(techniqueNames).filter((id) => !named.has(id))).toEqual([]);
  expect(attackCoverage(shipped).retired).toEqual([]);
});

test('successors are not retired themselves, and are ids and tactics that tags may name', () => {
  for (const successor of Object.values(retiredTechniques)) {
    expect(retiredTechniques[successor]).toBeUndefined();
    expect(badAttackTags([`attack.${successor.toLowerCase()}`])).toEqual([]);
  }
  for (const tactic of Object.values(retiredTactics).flat())
    expect(badAttackTags([`attack.${tactic}`])).toEqual([]);
});

test('a Navigator layer has what its format 4.5 requires, and ATT&CK techniques alone', () => {
  const coverage = attackCoverage(
    [rule('a', ['T1485', 'AML.T0054']), rule('b', ['T1485']), rule('c', ['T1490'])],
    (name) => name === 'c',
  );
  const layer = navigatorLayer(coverage, { rules: '3' });
  expect(layer).toMatchObject({
    versions: { attack: '19', layer: '4.5' },
    domain: 'enterprise-attack',
    gradient: { minValue: 0, maxValue: 2 },
    metadata: [{ name: 'rules', value: '3' }],
  });
  expect(layer.name).not.toBe('');
  expect(layer.techniques).toEqual([
    { techniqueID: 'T1485', score: 2, comment: 'a\nb', metadata: [] },
    {
      techniqueID: 'T1490',
      score: 0,
      comment: '',
      color: expect.stringMatching(/^#[\dA-F]{6}$/) as string,
      metadata: [{ name: 'blind', value: 'c' }],
    },
  ]);
  expect(navigatorLayer({ techniques: [] }, {}).gradient).toMatchObject({ minValue: 0, maxValue: 1 });
});
