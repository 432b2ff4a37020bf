import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import type { Io } from './io.ts';
import { ProblemsError } from './problems.ts';

/**
 * The configuration in `file`, or the defaults.
 *
 * @throws ProblemsError with everything that is wrong in it.
 */
export function configFor(io: Io, file: string | undefined): Config {
  const { config, problems } = loadConfig(file, io.env, io.workingFolder);
  if (config === undefined) throw new ProblemsError(problems);
  return config;
}
