export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'broken';
  readonly found: string;
  /** How to mend it; empty when there is nothing to mend. */
  readonly fix: string;
}

export const ok = (name: string, found: string): Check => ({ name, state: 'ok', found, fix: '' });

/** @param problem in our own words: what is wrong and, after a semicolon, what to do; `fix` stands in where it does not say. */
export function brokenBy(name: string, problem: string, fix: string): Check {
  const [found = '', ...todo] = problem.split('; ');
  return { name, state: 'broken', found, fix: todo.join('; ') || fix };
}
