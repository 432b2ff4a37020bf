import { InvalidArgumentError, Option } from 'commander';
import { levels } from '../domain/severity.ts';
import { outputFormats } from './output.ts';

/** Options that several commands share, so that each is spelled and explained once. */
export const configOption = (): Option =>
  new Option('-c, --config <file>', 'configuration file (YAML)').env('PLUMBLINE_CONFIG');
export const outputOption = (): Option =>
  new Option('-o, --output <format>', 'how results are printed').choices(outputFormats).default('table');
export const failOnOption = (): Option =>
  new Option('--fail-on <level>', 'exit with 1 when a finding of this level or above was made').choices(
    levels,
  );
export const logLevelOption = (): Option =>
  new Option('--log-level <level>', 'how much is logged on standard error')
    .choices(['silent', 'error', 'warn', 'info', 'debug'])
    .default('warn')
    .env('PLUMBLINE_LOG_LEVEL');

/** A whole number from `low` to `high`. */
export const wholeNumber =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(`a whole number from ${low} to ${high} is needed`);
    }
    return value;
  };

/** A text that is not empty. */
export function someText(text: string): string {
  if (text === '') throw new InvalidArgumentError('a text that is not empty is needed');
  return text;
}

/** An ISO 8601 time or day, as epoch ms. */
export function moment(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new InvalidArgumentError('an ISO 8601 time is needed, such as 2026-03-02 or 2026-03-02T09:00:00Z');
  return time;
}
