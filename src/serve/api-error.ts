import { z } from 'zod';
import { PipelineError, errorCodes } from '../lib/errors.ts';

/** Every way a request can end badly, with its HTTP status. */
const apiErrors = {
  QUERY_INVALID: 400,
  REQUEST_INVALID: 400,
  UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  TIMEOUT: 503,
} as const;
export type ApiErrorCode = keyof typeof apiErrors;

export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly where: string;
    readonly what: string;
    readonly fix: string;
  };
}

export const ErrorBody = z.strictObject({
  error: z.strictObject({
    code: z.string().describe('One word that stays the same between versions.'),
    where: z.string().describe('The parameter or path that it is about.'),
    what: z.string().describe('What is wrong.'),
    fix: z.string().describe('What to do about it.'),
  }),
});

/** An answer other than 200, on purpose. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly where: string;
  readonly fix: string;

  constructor(code: ApiErrorCode, where: string, what: string, fix: string) {
    super(what);
    this.code = code;
    this.where = where;
    this.fix = fix;
  }
}

/** Words from outside are cut: an error must not become a mirror. */
const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text);

export const errorBody = (code: string, where: string, what: string, fix: string): ErrorBody => ({
  error: { code, where: cut(where), what: cut(what), fix },
});

/**
 * The answer to anything thrown. What the product raised on purpose keeps its code and its general meaning;
 * its message may name files of this machine and goes to the log alone.
 */
export function answerTo(
  thrown: unknown,
  where: string,
): { readonly status: number; readonly body: ErrorBody } {
  if (thrown instanceof ApiError)
    return {
      status: apiErrors[thrown.code],
      body: errorBody(thrown.code, thrown.where, thrown.message, thrown.fix),
    };
  if (thrown instanceof PipelineError)
    return {
      status: apiErrors.UNAVAILABLE,
      body: errorBody(
        thrown.code,
        where,
        errorCodes[thrown.code].means,
        thrown.isTransient ? 'Try again in a minute.' : 'See the log of the service, which has the details.',
      ),
    };
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  if (code === 'FST_ERR_HANDLER_TIMEOUT')
    return {
      status: apiErrors.TIMEOUT,
      body: errorBody('TIMEOUT', where, 'The answer took too long.', 'Ask for a shorter time range.'),
    };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return {
      status: statusCode,
      body: errorBody('REQUEST_INVALID', where, 'The request cannot be read.', 'See /openapi.json.'),
    };
  return {
    status: apiErrors.INTERNAL,
    body: errorBody(
      'INTERNAL',
      where,
      'The request failed inside the service.',
      'See the log of the service, which has the details.',
    ),
  };
}
