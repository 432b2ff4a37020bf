import { loadDetections } from '../../src/detect/load.ts';
import { readDetectionFolder } from '../../src/detect/read-folder.ts';
import type { Framework } from '../../src/domain/control.ts';
import { loadMappings } from '../../src/map/load.ts';
import { readMappingFolder } from '../../src/map/read-folder.ts';
import type { PublishInput } from '../../src/publish/publisher.ts';

/** What publishers are given for the detections of this repository; `frameworks` come from the caller. */
export function shippedInput(frameworks: PublishInput['frameworks'] = []): PublishInput {
  const texts = readDetectionFolder('detections');
  const { items, correlations, problems } = loadDetections(texts);
  if (problems.length > 0) throw new Error(`detections do not load: ${JSON.stringify(problems)}`);
  const ruleOf = new Map(items.map(({ rule }) => [rule.file, rule]));
  const byFile = new Map(texts.map(({ file, text }) => [file, text]));
  return {
    detections: items.map(({ detection }) => detection),
    correlations: correlations.map(({ detection }) => detection),
    frameworks,
    ruleOf: (file) => ruleOf.get(file),
    ruleText: (file) => {
      const text = byFile.get(file);
      if (text === undefined) throw new Error(`no rule file ${file}`);
      return text;
    },
  };
}

/** The frameworks of this repository. */
export function shippedFrameworks(): readonly Framework[] {
  const { frameworks, problems } = loadMappings(readMappingFolder('mappings'));
  if (problems.length > 0) throw new Error(`mappings do not load: ${JSON.stringify(problems)}`);
  return frameworks;
}
