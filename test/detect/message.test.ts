import { beforeAll, describe, expect, test } from 'vitest';
import { demoDay } from '../../src/collect/demo/day.ts';
import { demoSettings } from '../../src/collect/demo/settings.ts';
import { createEngine } from '../../src/detect/engine/engine.ts';
import { createMessageGate } from '../../src/detect/engine/message-gate.ts';
import { isJsonObject } from '../../src/lib/json.ts';
import type { JsonValue } from '../../src/lib/json.ts';
import { asUtf8 } from '../../src/normalise/envelope.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import { affixed, literalPattern } from '../../src/sigma/pattern.ts';
import { ruleOf } from '../sigma/support.ts';

const normalise = createNormalise(normalisers);

/** Each text of a value, names of members too. */
function textsOf(value: JsonValue | undefined, into = new Set<string>()): ReadonlySet<string> {
  if (typeof value === 'string') into.add(value);
  else if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) textsOf(item, into);
  else if (isJsonObject(value))
    for (const [name, member] of Object.entries(value)) textsOf(member, into.add(name));
  return into;
}

interface Checked {
  readonly records: number;
  readonly gates: number;
  /** Texts of records that their message is said not to hold. */
  readonly missing: readonly string[];
}

function checkTexts(bodies: readonly Uint8Array[], utf8: (body: Uint8Array) => Uint8Array): Checked {
  const missing: string[] = [];
  let [records, gates] = [0, 0];
  for (const body of bodies) {
    const message = utf8(body);
    for (const { record } of normalise({ body, receivedAt: 0 }).items) {
      records++;
      for (const text of textsOf(record)) {
        const pattern = affixed(literalPattern(text), 'contains');
        const gate = createMessageGate([{ kind: 'text', pattern, isCased: false }]);
        if (gate === undefined) continue;
        gates++;
        if (gate.passable(message)?.length === 0) missing.push(text);
      }
    }
  }
  return { records, gates, missing };
}

const activity = {
  time: '2026-03-02T10:00:00Z',
  resourceId: '/subscriptions/00000000-0000-0000-0000-000000000000/providers/microsoft.authorization',
  operationName: 'MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE',
  category: 'Administrative',
  properties: { message: 'Microsoft.Authorization/roleAssignments/write', entity: 'a "quoted" \\ name/é' },
};
const inText = { ...activity, properties: JSON.stringify({ ...activity.properties, n: 1e21 }) };
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string): Uint8Array => Buffer.from(`\ufeff${text}`, 'utf16le');

const escaped = (text: string): string =>
  text.replaceAll(/(?<![\\\w])[a-z]/giu, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

describe('no record has a text that its message is said not to hold', () => {
  let demo: readonly Uint8Array[] = [];
  beforeAll(() => {
    const captures = [...demoDay(demoSettings.parse({ type: 'demo', records: 1000 }), 'message')].flat();
    demo = captures.filter((_, place) => place % 6 === 0).map(({ body }) => body);
  });

  test('in the messages of a day', () => {
    const { records, gates, missing } = checkTexts(demo, asUtf8);
    expect(missing).toEqual([]);
    expect(records).toBeGreaterThan(200);
    expect(gates).toBeGreaterThan(1000);
  });

  test.each([
    ['plain', utf8(JSON.stringify(activity))],
    ['properties as JSON in a text', utf8(JSON.stringify({ records: [inText] }))],
    ['one a line', utf8(`${JSON.stringify(activity)}\n${JSON.stringify(inText)}`)],
    ['slashes escaped', utf8(JSON.stringify([activity, inText]).replaceAll('/', String.raw`\/`))],
    ['letters escaped', utf8(escaped(JSON.stringify(activity)))],
    ['a byte order mark', utf8(`\ufeff${JSON.stringify(activity)}`)],
    ['UTF-16', utf16(JSON.stringify(activity))],
    ['cut short', utf8(`{"records":[${JSON.stringify(activity)},{"a":`)],
  ])('%s', (_, body) => {
    const { records, missing } = checkTexts([body], asUtf8);
    expect(missing).toEqual([]);
    expect(records).toBeGreaterThan(0);
  });

  test('which is why a message is made UTF-8 before the engine is given it', () => {
    expect(checkTexts([utf16(JSON.stringify(activity))], (body) => body).missing.length).toBeGreaterThan(0);
  });
});

test('a keyword is found with the message at hand as it is without', () => {
  const engine = createEngine([
    ruleOf(
      `\n    keywords:\n        - Microsoft.Authorization/roleAssignments/write\n    condition: keywords`,
    ),
  ]);
  for (const body of [utf8(JSON.stringify(inText)), utf16(JSON.stringify(activity))])
    for (const { record } of normalise({ body, receivedAt: 0 }).items) {
      expect(engine(record)).toEqual([0]);
      expect(engine(record, asUtf8(body))).toEqual([0]);
    }
});
