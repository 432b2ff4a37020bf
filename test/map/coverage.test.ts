import fc from 'fast-check';
import { expect, test } from 'vitest';
import { controlsByAssertion, coverageOf } from '../../src/map/coverage.ts';
import {
  aControlItem,
  aDetectionFact,
  aFrameworkFile,
  aMappingItem,
  anAssertionItem,
  loaded,
} from './samples.ts';

const supporting = aMappingItem({ strength: 'supporting' });

test('coverage counts automated and manual controls, and lists what speaks to each assertion', () => {
  const mappings = loaded(
    [anAssertionItem({ postures: ['A posture'] }), anAssertionItem({ id: 'keys.kept', watches: [] })],
    [
      aFrameworkFile({
        controls: [
          aControlItem('H.1', [aMappingItem({ strength: 'full' }), aMappingItem({ assertion: 'keys.kept' })]),
          aControlItem('H.2', [supporting]),
          aControlItem('H.3', []),
        ],
      }),
    ],
  );
  const coverage = coverageOf(mappings, [
    aDetectionFact({ name: 'b' }),
    aDetectionFact({ name: 'a' }),
    aDetectionFact({ name: 'back', observes: 'pass' }),
  ]);
  expect(coverage.frameworks).toEqual([
    {
      id: 'house',
      title: 'House rules',
      version: '1',
      controls: 3,
      automated: 1,
      supportedOnly: 1,
      manualOnly: 2,
      pairs: { full: 1, partial: 1, supporting: 1 },
    },
  ]);
  expect(coverage.assertions).toMatchObject([
    {
      id: 'logging.kept',
      detections: ['a', 'b'],
      restoredBy: ['back'],
      postures: ['a posture'],
      watches: ['azure_activity'],
      controls: ['house:H.1', 'house:H.2'],
    },
    { id: 'keys.kept', detections: [], restoredBy: [], controls: ['house:H.1'] },
  ]);
});

test('controls are found by assertion, over all frameworks', () => {
  const { frameworks } = loaded(undefined, [
    aFrameworkFile(),
    aFrameworkFile({ id: 'other', controls: [aControlItem('O.9'), aControlItem('O.10', [])] }),
  ]);
  expect(Object.fromEntries(controlsByAssertion(frameworks))).toEqual({
    'logging.kept': ['house:H.1', 'other:O.9'],
  });
});

test('automated and manual controls always add up, and supporting evidence never automates', () => {
  const strengths = fc.array(fc.constantFrom('full', 'partial', 'supporting'), { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(strengths, { minLength: 1, maxLength: 8 }), (drafts) => {
      const controls = drafts.map((draft, index) =>
        aControlItem(
          `H.${index}`,
          draft.map((strength, n) => aMappingItem({ strength, assertion: `a.n${n}` })),
        ),
      );
      const [covered] = coverageOf(loaded(undefined, [aFrameworkFile({ controls })]), []).frameworks;
      expect((covered?.automated ?? 0) + (covered?.manualOnly ?? 0)).toBe(drafts.length);
      expect(covered?.automated).toBe(
        drafts.filter((draft) => draft.some((strength) => strength !== 'supporting')).length,
      );
    }),
    { numRuns: 40 },
  );
});
