import type { LakeOptions } from './lake.ts';
import type { ContainerSettings } from './blob-client.ts';
import { folderFiles } from './folder-files.ts';

/** Where a lake lies: a folder, or a container when one is given. */
export interface LakeLocation {
  readonly folder: string;
  readonly container?: ContainerSettings | undefined;
  readonly writer: string;
  /** In [0, 1). */
  readonly jitter: () => number;
}

/**
 * The files and the lock of a lake, for `openLake`. What Azure needs is loaded only for a lake in a container.
 *
 * @throws PipelineError CONFIG_INVALID when a container cannot be used.
 */
export async function lakeAt({
  folder,
  container,
  writer,
  jitter,
}: LakeLocation): Promise<Pick<LakeOptions, 'path' | 'files' | 'lock'>> {
  if (container === undefined) return { path: folder, files: folderFiles(folder, writer) };
  const { openContainer } = await import('./blob-client.ts');
  const { blobFiles } = await import('./blob-files.ts');
  const { lockContainer } = await import('./blob-lock.ts');
  const opened = await openContainer(container, jitter);
  return { path: container.url, files: blobFiles(opened), lock: () => lockContainer(opened, writer) };
}
