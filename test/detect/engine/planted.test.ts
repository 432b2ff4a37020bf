import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Formula, Known, Truth } from '../../../src/detect/engine/formula.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import type { ValueTest } from '../../../src/sigma/ast.ts';
import { compare, plainVerdicts } from './agreement.ts';
import { packs } from './pairs.ts';
import type { Pack } from './pairs.ts';

/** Drawn once: the engine as it is has to agree on them, and no engine with a planted bug may. */
let drawn: readonly (readonly [Pack, ReturnType<typeof plainVerdicts>])[] = [];
beforeAll(() => {
  drawn = fc.sample(packs(40, 25), 10).map((pack) => [pack, plainVerdicts(pack)]);
});
afterEach(() => {
  vi.doUnmock('../../../src/detect/engine/formula.ts');
  vi.doUnmock('../../../src/detect/engine/text-index.ts');
  vi.doUnmock('../../../src/detect/engine/record-fields.ts');
  vi.resetModules();
});

/** Whether the engine, as its modules are now, differs from the plain evaluator on one of the pairs. */
async function differs(): Promise<boolean> {
  vi.resetModules();
  const { createEngine } = await import('../../../src/detect/engine/engine.ts');
  return drawn.some(([pack, verdicts]) => compare(pack, createEngine, verdicts).differences.length > 0);
}

type TruthGiven = (formula: Formula, known: Known, record?: JsonObject) => Truth;

/** Has rules dropped, or counted as matched, as the bug says. */
const plantInTruth = (ask: (plain: TruthGiven, formula: Formula, known: Known) => Truth): void => {
  vi.doMock(import('../../../src/detect/engine/formula.ts'), async (original) => {
    const module = await original();
    return {
      ...module,
      truthGiven: (formula, known, record) =>
        ask((other, of) => module.truthGiven(other, of, record), formula, known),
    };
  });
};

test('without a bug there is no difference', async () => {
  expect(await differs()).toBe(false);
});

describe('the differential test notices', () => {
  test('`selection or not filter` indexed by its selection alone', async () => {
    plantInTruth((plain, formula, known) => {
      const isPlanted = formula.kind === 'or' && formula.of.some(({ kind }) => kind === 'not');
      const [first] = isPlanted ? formula.of.filter(({ kind }) => kind !== 'not') : [];
      const parts: Formula =
        formula.kind === 'and'
          ? { kind: 'and', of: formula.of.map((part) => (part.kind === 'or' ? withoutNot(part) : part)) }
          : (first ?? formula);
      return plain(parts, known);
    });
    expect(await differs()).toBe(true);
  });

  test('a negated search indexed as if it were wanted', async () => {
    plantInTruth((plain, formula, known) => plain(wanted(formula), known));
    expect(await differs()).toBe(true);
  });

  test('letter case that counts in the index', async () => {
    vi.doMock(import('../../../src/detect/engine/text-index.ts'), async (original) => {
      const module = await original();
      const cased = (of: ValueTest): ValueTest => (of.kind === 'text' ? { ...of, isCased: true } : of);
      return { ...module, createTextIndex: (tests) => module.createTextIndex(tests.map(cased)) };
    });
    expect(await differs()).toBe(true);
  });

  test('of an array, the first element alone', async () => {
    vi.doMock(import('../../../src/detect/engine/record-fields.ts'), async (original) => {
      const module = await original();
      return {
        ...module,
        createRecordFields(paths) {
          const fields = module.createRecordFields(paths);
          return { ...fields, many: (path) => fields.many(path)?.slice(0, 1) };
        },
      };
    });
    expect(await differs()).toBe(true);
  });

  test('of a list of values linked by `all`, any', async () => {
    vi.doMock(import('../../../src/detect/engine/program.ts'), async (original) => {
      const module = await original();
      return {
        ...module,
        programOf(rules) {
          const program = module.programOf(rules);
          const fields = program.fields.map((field) => ({
            ...field,
            lines: field.lines.map((line) => ({ ...line, link: 'any' as const })),
          }));
          return { ...program, fields };
        },
      };
    });
    expect(await differs()).toBe(true);
    vi.doUnmock('../../../src/detect/engine/program.ts');
  });
});

/** An `or` without its negated parts, where others are left. */
function withoutNot(formula: Formula): Formula {
  if (formula.kind !== 'or') return formula;
  const of = formula.of.filter(({ kind }) => kind !== 'not');
  return of.length === 0 ? formula : { kind: 'or', of };
}

/** A formula without its negations. */
function wanted(formula: Formula): Formula {
  switch (formula.kind) {
    case 'line':
    case 'record':
      return formula;
    case 'not':
      return wanted(formula.of);
    case 'and':
    case 'or':
      return { kind: formula.kind, of: formula.of.map(wanted) };
  }
}
