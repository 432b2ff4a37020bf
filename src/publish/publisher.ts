import type { Detection } from '../domain/detection.ts';
import type { Framework } from '../domain/control.ts';
import type { Rule } from '../sigma/ast.ts';

/** What published files are generated from. */
export interface PublishInput {
  readonly detections: readonly Detection[];
  /** What is found over several events; their rule files name others of `detections` or of these. */
  readonly correlations?: readonly Detection[];
  readonly frameworks: readonly Framework[];
  /** Text of a rule file, by `Detection.file`. */
  readonly ruleText: (file: string) => string;
  /** The rule of such a file as it was loaded, with its lists and filters; without it the text is read. */
  readonly ruleOf?: (file: string) => Rule | undefined;
}

/** A file to write: path relative to the output folder, with `/`, and its whole text. */
export interface PublishedFile {
  readonly path: string;
  readonly text: string;
}

/** A kind of published content: one folder, one line in the registry. Pure: same input, same bytes. */
export interface Publisher {
  readonly type: string;
  /** One sentence for `plumbline components` and the docs. */
  readonly summary: string;
  /** The folder that `plumbline publish` writes to unless told otherwise, relative to the working folder. */
  readonly folder: string;
  /** True when the files are committed under `folder` and compared in `npm run check`. */
  readonly isCommitted: boolean;
  generate(input: PublishInput): Promise<readonly PublishedFile[]>;
}
