import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../../src/detect/engine/engine.ts';
import { ruleOf, selection } from '../../sigma/support.ts';
import { compare } from './agreement.ts';
import { packs } from './pairs.ts';

test('an engine says which rules of a list match a record, as their places in the list, in order', () => {
  const engine = createEngine([
    selection('operationName: Delete'),
    selection('operationName: Write'),
    ruleOf(`
    selection:
        operationName|startswith: del
    filter:
        resultType: Failure
    condition: selection and not filter`),
    selection('callerIpAddress|cidr: 192.0.2.0/24'),
  ]);
  expect(engine({ operationName: 'DELETE', callerIpAddress: '192.0.2.7' })).toEqual([0, 2, 3]);
  expect(engine({ OperationName: 'delete', resultType: 'Failure' })).toEqual([0]);
  expect(engine({ operationName: ['Read', 'Write'] })).toEqual([1]);
  expect(engine({})).toEqual([]);
  expect(createEngine([])({ operationName: 'Write' })).toEqual([]);
});

describe('the fast engine and the plain evaluator', () => {
  test('say the same of 10,000 generated pairs, of which a fair share matches', () => {
    let pairs = 0;
    let matches = 0;
    fc.assert(
      fc.property(packs(40, 25), (pack) => {
        const agreement = compare(pack, createEngine);
        pairs += agreement.pairs;
        matches += agreement.matches;
        expect(agreement.differences).toEqual([]);
      }),
      { numRuns: 10, endOnFailure: true },
    );
    expect(pairs).toBeGreaterThanOrEqual(10_000);
    expect(matches / pairs).toBeGreaterThan(0.2);
    expect(matches / pairs).toBeLessThan(0.8);
  }, 120_000);
});
