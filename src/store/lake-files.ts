import type { LakeFiles } from '../proof/verify-port.ts';
import type { Files } from './files.ts';
import { folderFiles } from './folder-files.ts';

/** A lake's files for the verifier. */
export const verifiable = (files: Files): LakeFiles => ({
  read: (path) => files.read(path),
  list: (folder) => files.walk(folder),
});

/** The files of a lake in a folder of this machine, for the verifier. */
export const lakeFiles = (lake: string): LakeFiles => verifiable(folderFiles(lake));
