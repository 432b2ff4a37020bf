import type { ValueTest } from './ast.ts';
import { meaningOf } from './meaning/meaning-of.ts';
import type { CompiledTest, PathsOf } from './meaning/meaning.ts';

export type { CompiledTest, PathsOf } from './meaning/meaning.ts';

/** One value passing is enough; a field that is not there passes `null` and `exists: false` alone. */
export const compileTest = (test: ValueTest, pathsOf: PathsOf = (field) => [field]): CompiledTest =>
  meaningOf(test).matcher(pathsOf);
