import { statSync } from 'node:fs';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** What takes ten seconds and more: browsers, models, services that are killed, days that are played whole. */
const long = [
  'test/pipeline.test.ts',
  'test/publish/report/browser.test.ts',
  'test/store/readers/readers.test.ts',
  'test/verifier/page.test.ts',
  'test/store/model/model.test.ts',
  'test/faults/kill-nine.test.ts',
  'test/cli/replay.test.ts',
  'test/faults/disk.test.ts',
  'test/cli/run.test.ts',
  'test/cli/service-commands.test.ts',
  'test/publish/workbook/workbook.test.ts',
  'test/collect/event-hubs/surviving.test.ts',
  'test/cli/package.test.ts',
  'test/cli/verify.test.ts',
  'test/publish/sentinel/sentinel.test.ts',
];

/** What has a process of its own comes before what shares one, as vitest would have it; then the long files. */
function placeOf({ project, moduleId }: TestSpecification): number {
  if (project.config.isolate) return -1;
  const at = long.findIndex((file) => moduleId.endsWith(`/${file}`));
  return at === -1 ? long.length : at;
}
const sizeOf = ({ moduleId }: TestSpecification): number => statSync(moduleId).size;

/** Long files start first, so that no process is left alone with one in the end; the others by size, the largest first. */
export class LongFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((a, b) => placeOf(a) - placeOf(b) || sizeOf(b) - sizeOf(a)));
  }
}
