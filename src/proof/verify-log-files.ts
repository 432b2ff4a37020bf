import { parseTilePath } from './tiles.ts';
import { TILE_WIDTH } from './tree.ts';
import { ANCHOR_PATH } from './verify-anchors.ts';
import type { LogPlace } from './verify-head.ts';
import { eachPath } from './verify-port.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

/** What of a log's files has to be known before it is walked: the full tiles follow from its size. */
export interface LogFiles {
  /** Paths of the kept checkpoints. */
  readonly checkpoints: readonly string[];
  /** Tiles and bundles that are not full. */
  readonly partials: readonly NonNullable<ReturnType<typeof parseTilePath>>[];
}

const others: readonly RegExp[] = [/^checkpoint$/, /^verifier\.vkey$/, /^cosigned\/[1-9]\d*$/, ANCHOR_PATH];

/** Looks at the names of a log's files, one at a time: a log of many millions has a hundred thousand. A strange one is a fault. */
export async function surveyLog(
  files: LakeFiles,
  { folder, chain }: LogPlace,
  faults: FaultList,
): Promise<LogFiles> {
  const checkpoints: string[] = [];
  const partials: LogFiles['partials'][number][] = [];
  await eachPath(files, folder, (path) => {
    const name = path.slice(folder.length + 1);
    const tile = parseTilePath(name);
    if (tile !== undefined) {
      if (tile.width < TILE_WIDTH) partials.push(tile);
      return;
    }
    if (/^checkpoints\/[1-9]\d*$/.test(name)) {
      checkpoints.push(path);
      return;
    }
    const change = /^keys\/([1-9]\d*)$/.exec(name)?.[1];
    if (change !== undefined && Number(change) <= chain.rotations.length) return;
    if (!others.some((form) => form.test(name))) faults.add('unexpected', path, 'a log has no such file');
  });
  return { checkpoints, partials };
}
