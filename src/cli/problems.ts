import type { Problem } from '../lib/errors.ts';

/** Files that a person wrote are wrong; all of it is listed at once. */
export class ProblemsError extends Error {
  override readonly name = 'ProblemsError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(`${problems.length} problem${problems.length === 1 ? '' : 's'}; nothing was started`);
    this.problems = problems;
  }
}
