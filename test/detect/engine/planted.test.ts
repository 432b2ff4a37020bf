import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Formula, Known, Truth } from '../../../src/detect/engine/formula.ts';
import { header } from '../../../src/detect/engine/scan-code.ts';
import type { Stage } from '../../../src/detect/engine/stage.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import type { ValueTest } from '../../../src/sigma/ast.ts';
import { compare, plainVerdicts } from './agreement.ts';
import { keywordPacks, longPacks, packs } from './pairs.ts';
import type { Pack } from './pairs.ts';

/** Drawn once: the engine as it is has to agree on them, and no engine with a planted bug may. */
type Drawn = readonly (readonly [Pack, ReturnType<typeof plainVerdicts>])[];
let drawn: Drawn = [];
let wordy: Drawn = [];
let long: Drawn = [];
let longOfFew: Drawn = [];
beforeAll(() => {
  drawn = fc.sample(packs(40, 25), 10).map((pack) => [pack, plainVerdicts(pack)]);
  wordy = fc.sample(keywordPacks(4, 60), 10).map((pack) => [pack, plainVerdicts(pack)]);
  long = fc.sample(longPacks(20, 60), 4).map((pack) => [pack, plainVerdicts(pack)]);
  longOfFew = fc.sample(longPacks(4, 60), 10).map((pack) => [pack, plainVerdicts(pack)]);
});
afterEach(() => {
  vi.doUnmock('../../../src/detect/engine/formula.ts');
  vi.doUnmock('../../../src/detect/engine/text-index.ts');
  vi.doUnmock('../../../src/detect/engine/field-index.ts');
  vi.doUnmock('../../../src/detect/engine/stage.ts');
  vi.doUnmock('../../../src/detect/engine/trails.ts');
  vi.doUnmock('../../../src/detect/engine/record-fields.ts');
  vi.doUnmock('../../../src/detect/engine/message-scan.ts');
  vi.resetModules();
});

/** Whether the engine, as its modules are now, differs from the plain evaluator on one of the pairs. */
async function differs(on = drawn): Promise<boolean> {
  vi.resetModules();
  const { createEngine } = await import('../../../src/detect/engine/engine.ts');
  return on.some(([pack, verdicts]) => compare(pack, createEngine, verdicts).differences.length > 0);
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
  expect(await differs(wordy)).toBe(false);
  expect(await differs(long)).toBe(false);
  expect(await differs(longOfFew)).toBe(false);
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

/** Has stages taken for alike that differ in what `forgets` leaves out. */
const plantInStages = (forgets: (stage: Stage) => Stage): void => {
  vi.doMock(import('../../../src/detect/engine/stage.ts'), async (original) => {
    const module = await original();
    return {
      ...module,
      createStages(program, indexes, trails) {
        const stages = module.createStages(program, indexes, trails);
        return { ...stages, keyOf: (stage) => stages.keyOf(forgets(stage)) };
      },
    };
  });
};

describe('the differential test notices where ways meet', () => {
  test('that other rules match', async () => {
    plantInStages((stage) => ({ ...stage, matched: [] }));
    expect(await differs()).toBe(true);
  });

  test('that fields are known to hold something else', async () => {
    plantInStages((stage) => ({
      ...stage,
      known: new Map(Array.from(stage.known, ([field, outcome]) => [field, { ...outcome, lines: noLines }])),
    }));
    expect(await differs()).toBe(true);
  });

  test('that another of the paths of a field held something', async () => {
    plantInStages((stage) => ({
      ...stage,
      partly: new Map(
        Array.from(stage.partly, ([field, { paths }]) => [field, { paths, outcome: undefined }]),
      ),
    }));
    expect(await differs()).toBe(true);
  });

  test('that objects have other keys', async () => {
    vi.doMock(import('../../../src/detect/engine/trails.ts'), async (original) => {
      const module = await original();
      return {
        ...module,
        stepsKnown: (trail, standings) =>
          module.stepsKnown(trail, standings).map((word) => (word.startsWith('[') ? '[]' : word)),
      };
    });
    expect(await differs()).toBe(true);
  });

  test('that a long text was asked less than open rules ask', async () => {
    vi.doMock(import('../../../src/detect/engine/field-index.ts'), async (original) => {
      const module = await original();
      return {
        ...module,
        createFieldIndex(program, field, json) {
          const index = module.createFieldIndex(program, field, json);
          return { ...index, within: (lines) => index.within(new Set([...lines].slice(1))) };
        },
      };
    });
    expect(await differs(longOfFew)).toBe(true);
  });
});
const noLines = new Int32Array(64);

/** Has the message scan see other bytes, or another table, than it is given. */
const plantInScan = (
  seen: (message: Uint8Array) => Uint8Array,
  changed: (table: Uint8Array) => Uint8Array = (table) => table,
): void => {
  vi.doMock(import('../../../src/detect/engine/message-scan.ts'), async (original) => {
    const module = await original();
    return {
      ...module,
      createMessageScan(table) {
        const scan = module.createMessageScan(changed(table));
        return scan && ((message) => scan(seen(message)));
      },
    };
  });
};
const BACKSLASH = 0x5c;

describe('the differential test notices in the message scan', () => {
  test('signs that may be escaped taken as they are', async () => {
    plantInScan((message) => message.map((byte) => (byte === BACKSLASH ? 0x20 : byte)));
    expect(await differs(wordy)).toBe(true);
  });

  test('signs beyond ASCII that never fold', async () => {
    plantInScan((message) => message.map((byte) => byte & 0x7f));
    expect(await differs(wordy)).toBe(true);
  });

  test('letter case that counts', async () => {
    plantInScan((message) => message.map((byte) => (byte >= 0x41 && byte <= 0x5a ? 0x23 : byte)));
    expect(await differs(wordy)).toBe(true);
  });

  test('a step too long by one', async () => {
    plantInScan(
      (message) => message,
      (table) => {
        const changed = table.slice();
        new DataView(changed.buffer).setInt32(header.step, 1 + (changed[header.step] ?? 0), true);
        return changed;
      },
    );
    expect(await differs(wordy)).toBe(true);
  });

  test('what lies across a boundary of sixteen bytes cut in two', async () => {
    plantInScan((message) => message.map((byte, at) => (at % 16 === 15 ? 0x20 : byte)));
    expect(await differs(wordy)).toBe(true);
  });

  test('the end of the message left out', async () => {
    plantInScan((message) => message.subarray(0, message.length & ~15));
    expect(await differs(wordy)).toBe(true);
  });
});

/** Has the scan of texts see other texts than it is given, or tell otherwise what it found. */
const plantInTexts = (
  seen: (text: string) => string,
  told: (hits: Uint16Array) => Uint16Array = (hits) => hits,
): void => {
  vi.doMock(import('../../../src/detect/engine/message-scan.ts'), async (original) => {
    const module = await original();
    return {
      ...module,
      createTextScan(table) {
        const scan = module.createTextScan(table);
        return (
          scan &&
          ((text) => {
            const hits = scan(seen(text));
            return hits && told(hits);
          })
        );
      },
    };
  });
};

describe('the differential test notices in the scan of texts', () => {
  test('the end of the text left out', async () => {
    plantInTexts((text) => text.slice(0, -1));
    expect(await differs(long)).toBe(true);
  });

  test('one piece too few', async () => {
    plantInTexts(
      (text) => text,
      (hits) => hits.subarray(1),
    );
    expect(await differs(long)).toBe(true);
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
