import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDetector } from '../../src/detect/detector.ts';
import { createSwappableDetector } from '../../src/detect/swappable.ts';
import type { EventClass } from '../../src/domain/event.ts';
import { anEvent } from '../support/samples.ts';
import { loadedDetection } from './support.ts';

const keyVault: EventClass = {
  id: 'key_vault',
  title: 'Key Vault',
  logSources: [{ product: 'azure', service: 'keyvault' }],
};
const detectorFor = (operation: string) =>
  createDetector([loadedDetection({ 'operationName: KeyPurge': `operationName: ${operation}` })], [keyVault]);
const eventOf = (operationName: string, nth = 0) =>
  anEvent({ id: `e-${nth}`, class: 'key_vault', record: { operationName } });

test('new rules are in place for the next event, with their pack version and their detections', () => {
  const [before, after] = [detectorFor('KeyPurge'), detectorFor('KeyDelete')];
  const detector = createSwappableDetector(before);
  expect(detector.detect(eventOf('KeyPurge'))).toHaveLength(1);
  expect(detector.packVersion).toBe(before.packVersion);

  detector.replace(after);
  expect(detector.detect(eventOf('KeyPurge'))).toEqual([]);
  expect(detector.detect(eventOf('KeyDelete'))).toHaveLength(1);
  expect(detector.packVersion).toBe(after.packVersion);
  expect(detector.packVersion).not.toBe(before.packVersion);
  expect(detector.detections).toEqual(after.detections);
});

test('wherever rules are changed in a stream, each event is seen once, by the rules of its moment', () => {
  const packs = [detectorFor('KeyPurge'), detectorFor('KeyDelete')];
  fc.assert(
    fc.property(
      fc.array(fc.record({ swapsBefore: fc.boolean(), isPurge: fc.boolean() }), { maxLength: 40 }),
      (stream) => {
        let pack = 0;
        const detector = createSwappableDetector(packs[0] ?? detectorFor('KeyPurge'));
        const seen: string[] = [];
        const expected: string[] = [];
        for (const [nth, { swapsBefore, isPurge }] of stream.entries()) {
          if (swapsBefore) {
            pack = 1 - pack;
            detector.replace(packs[pack] ?? detector);
          }
          if (isPurge === (pack === 0)) expected.push(`e-${nth} ${packs[pack]?.packVersion}`);
          const event = eventOf(isPurge ? 'KeyPurge' : 'KeyDelete', nth);
          for (const match of detector.detect(event)) seen.push(`${match.event.id} ${detector.packVersion}`);
        }
        expect(seen).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});

test('what was found before a change keeps its reasons', () => {
  const detector = createSwappableDetector(detectorFor('KeyPurge'));
  const [match] = detector.detect(eventOf('KeyPurge'));
  detector.replace(detectorFor('KeyDelete'));
  expect(match?.why()).toEqual([{ field: 'operationName', value: 'KeyPurge', test: 'equals KeyPurge' }]);
});
