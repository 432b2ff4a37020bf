import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/lib/errors.ts';
import { catalogueOf } from '../../src/map/catalogue.ts';
import { lintMappings } from '../../src/map/lint.ts';
import type { DetectionFacts } from '../../src/map/lint.ts';
import type { LoadedMappings } from '../../src/map/load.ts';
import {
  aControlItem,
  aDetectionFact,
  aFrameworkFile,
  aMappingItem,
  anAssertionItem,
  classes,
  loaded,
} from './samples.ts';

const lint = (
  mappings: LoadedMappings,
  detections: readonly DetectionFacts[] = [aDetectionFact()],
): readonly string[] => {
  expect(mappings.problems).toEqual([]);
  return lintMappings({ mappings, detections, eventClasses: classes }).map(formatProblem);
};

test('mappings whose every reference resolves have no problem', () => {
  expect(lint(loaded())).toEqual([]);
});

test('a mapping to an assertion that does not exist is named with its place and the nearest id', () => {
  const mappings = loaded(undefined, [
    aFrameworkFile({ controls: [aControlItem('H.1', [aMappingItem({ assertion: 'loging.kept' })])] }),
  ]);
  expect(lint(mappings)).toEqual([
    'f0.yml:9:20  control "house:H.1" is mapped to "loging.kept", which is no assertion  did you mean "logging.kept"?',
  ]);
});

test('a detection that names an unknown assertion is a problem of the detection file', () => {
  expect(lint(loaded(), [aDetectionFact(), aDetectionFact({ name: 'other', assertion: 'a.b' })])).toEqual([
    'azure/activity/azure_setting_deleted.yml:1:1  detection "other" speaks to "a.b", which is no assertion  mend the spelling, or add it',
  ]);
});

test('an assertion that nothing can find broken is a problem, a restoring detection is not enough', () => {
  const silent =
    'assertions.yml:2:9  nothing can find a breach of assertion "logging.kept"  name it in a detection, give it a posture, or remove it';
  expect(lint(loaded(), [])).toEqual([silent]);
  expect(lint(loaded(), [aDetectionFact({ observes: 'pass' })])).toEqual([silent]);
  expect(lint(loaded([anAssertionItem({ postures: ['A posture'] })]), [])).toEqual([]);
});

test('a control mapped twice to one assertion is a problem', () => {
  const mappings = loaded(undefined, [
    aFrameworkFile({ controls: [aControlItem('H.1', [aMappingItem(), aMappingItem({ strength: 'full' })])] }),
  ]);
  expect(lint(mappings)).toEqual([expect.stringContaining('is mapped to "logging.kept" twice')]);
});

test('ids that are there twice are problems', () => {
  expect(lint(loaded([anAssertionItem(), anAssertionItem()]))).toEqual([
    expect.stringMatching(/^assertions\.yml:\d+:\d+ {2}assertion "logging\.kept" is there twice/),
  ]);
  const controls = [aControlItem('H.1'), aControlItem('H.1')];
  expect(lint(loaded(undefined, [aFrameworkFile({ controls })]))).toEqual([
    expect.stringContaining('control "house:H.1" is there twice'),
  ]);
});

test('watching an event class that nothing makes is a problem', () => {
  const mappings = loaded([anAssertionItem({ watches: ['azure_activity', 'azure_activty'] })]);
  expect(lint(mappings)).toEqual([
    expect.stringMatching(
      /watches "azure_activty", which is no event class {2}did you mean "azure_activity"/,
    ),
  ]);
});

test('a log that a detection reads must be watched, or its silence would look like a pass', () => {
  const keyvault = { product: 'azure', service: 'keyvault' };
  expect(lint(loaded(), [aDetectionFact(), aDetectionFact({ logSource: keyvault })])).toEqual([
    expect.stringMatching(/reads "key_vault".*does not watch.*add key_vault to its watches/),
  ]);
  const alert = { product: 'azure', service: 'defender_alert' };
  expect(lint(loaded(), [aDetectionFact(), aDetectionFact({ logSource: alert })])).toEqual([]);
  expect(
    lint(loaded(), [aDetectionFact(), aDetectionFact({ logSource: keyvault, observes: 'pass' })]),
  ).toEqual([]);
});

describe('control ids are checked against the framework', () => {
  test.each([
    ['hipaa', '164.312(a)(2)(iv)', '164.312(a)(2)(v)'],
    ['hipaa', '164.308(a)(1)(ii)(D)', '164.309(a)'],
    ['hipaa', '164.316(b)(2)(iii)', '164.312(f)'],
    ['hipaa', '164.312(b)', '164.312 (b)'],
    ['gdpr', '32(1)(b)', 'Art. 32'],
    ['gdpr', '6', '100'],
    ['gdpr', '33(5)', '33(0)'],
    ['soc2', 'CC6.8', 'CC6.9'],
    ['soc2', 'PI1.5', 'PP1.1'],
    ['soc2', 'A1.2', 'cc_a_1_1'],
    ['iso27001', 'A.8.28', 'A.8.35'],
    ['iso27001', 'A.5.37', '5.37'],
  ])('%s has %s and not %s', (framework, good, bad) => {
    expect(catalogueOf(framework)?.isRef(good)).toBe(true);
    expect(catalogueOf(framework)?.isRef(bad)).toBe(false);
    const problems = (ref: string) =>
      lint(
        loaded(undefined, [aFrameworkFile({ id: framework, title: 'It', controls: [aControlItem(ref)] })]),
      ).filter((line) => line.includes('is no id of It'));
    expect(problems(good)).toEqual([]);
    expect(problems(bad)).toEqual([
      expect.stringContaining(`f0.yml:6:10  "${bad}" is no id of It  write it like `),
    ]);
  });

  test('a closed framework names the controls that its file leaves out', () => {
    const refs = catalogueOf('soc2')?.refs ?? [];
    const controls = refs.filter((ref) => ref !== 'CC6.1' && ref !== 'P8.1').map((ref) => aControlItem(ref));
    expect(lint(loaded(undefined, [aFrameworkFile({ id: 'soc2', title: 'SOC 2', controls })]))).toEqual([
      expect.stringContaining('2 controls of SOC 2 are not listed: CC6.1, P8.1'),
    ]);
  });

  test('a framework of the user is not judged by a catalogue, whatever it is called', () => {
    expect(catalogueOf('house')).toBeUndefined();
    expect(catalogueOf('constructor')).toBeUndefined();
  });
});

test('removing any one assertion from sound mappings is always found', () => {
  const ids = ['a.one', 'b.two', 'c.three', 'd.four'];
  fc.assert(
    fc.property(fc.subarray(ids, { minLength: 1 }), fc.nat(), (used, pick) => {
      const gone = used[pick % used.length];
      const mappings = loaded(
        ids.filter((id) => id !== gone).map((id) => anAssertionItem({ id })),
        [
          aFrameworkFile({
            controls: [
              aControlItem(
                'H.1',
                used.map((assertion) => aMappingItem({ assertion })),
              ),
            ],
          }),
        ],
      );
      const detections = ids
        .filter((id) => id !== gone)
        .map((assertion) => aDetectionFact({ name: assertion, assertion }));
      expect(lint(mappings, detections)).toEqual([expect.stringContaining(`mapped to "${gone}"`)]);
    }),
    { numRuns: 60 },
  );
});
