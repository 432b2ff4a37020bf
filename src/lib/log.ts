import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** Keys whose values never reach a log line, at the top level and one level down. */
const secretKeys = [
  'token',
  'key',
  'secret',
  'password',
  'authorization',
  'connectionString',
  'routingKey',
  'routing_key',
];

/** A logger that writes JSON lines to standard error; results go to standard output alone. */
export const createLogger = (
  level: LogLevel,
  destination = pino.destination({ fd: 2, sync: true }),
): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
    },
    destination,
  );

export const silentLogger: Logger = pino({ level: 'silent' });
