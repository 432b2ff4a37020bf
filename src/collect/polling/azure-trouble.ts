import { SECOND_MS } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { describeError } from '../../lib/errors.ts';

/** What a call needs, so that a refusal can say what is missing. */
export interface Need {
  /** `Security Reader` */
  readonly role: string;
  /** Where the role is needed, `/subscriptions/…`. */
  readonly scope: string;
  /** The setting that names the place. */
  readonly setting: string;
}

interface Answer {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfter: string | undefined;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

/** HTTP status, error code and Retry-After of what an Azure SDK threw. */
function answerOf(thrown: unknown): Answer {
  const response = memberOf(thrown, 'response');
  const status = memberOf(thrown, 'statusCode') ?? memberOf(response, 'status') ?? memberOf(thrown, 'status');
  const code = memberOf(thrown, 'code');
  const headers = memberOf(response, 'headers') as { get?: (name: string) => unknown } | undefined;
  const retryAfter = typeof headers?.get === 'function' ? headers.get('retry-after') : undefined;
  return {
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'string' ? code : undefined,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
  };
}

/** What `@azure/identity` throws. */
const signInErrors: ReadonlySet<unknown> = new Set([
  'AuthenticationError',
  'AuthenticationRequiredError',
  'AggregateAuthenticationError',
  'CredentialUnavailableError',
]);
/** What it calls an answer that did not come, or broke off. */
const noAnswer = /\b(?:network_error|post_request_failed|endpoints_resolution_error)\b/;

/** Whether a failure is one of signing in, and whether that was refused or not answered. */
function signInOf(thrown: unknown): 'refused' | 'unanswered' | undefined {
  if (!signInErrors.has(memberOf(thrown, 'name'))) return undefined;
  return noAnswer.test(String(memberOf(thrown, 'message'))) ? 'unanswered' : 'refused';
}

/** What a later attempt may mend: throttling, an outage, an answer cut short. Refusals stay as they are. */
export function isTransient(thrown: unknown): boolean {
  const signIn = signInOf(thrown);
  if (signIn !== undefined) return signIn === 'unanswered';
  const { status } = answerOf(thrown);
  return status === undefined || status < 400 || status === 408 || status === 429 || status >= 500;
}

/** How long the service asked to be left alone, ms; undefined when it did not ask. Seconds or an HTTP date. */
export function retryAfterMs(thrown: unknown, clock: Clock): number | undefined {
  const { retryAfter } = answerOf(thrown);
  if (retryAfter === undefined) return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * SECOND_MS : Date.parse(retryAfter) - clock();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Why a call failed, in words that say what to do. Holds nothing that was sent, so no token. */
export function explainTrouble(thrown: unknown, { role, scope, setting }: Need): string {
  switch (signInOf(thrown)) {
    case 'refused':
      return `sign-in failed: ${firstLine(describeError(thrown))}; check \`credential\``;
    case 'unanswered':
      return `sign-in was not answered (${firstLine(describeError(thrown))}); look at the network, the proxy and \`credential\``;
    case undefined:
  }
  if (memberOf(thrown, 'name') === 'AbortError')
    return 'no whole answer in time; raise timeoutSeconds, or look at the network';
  const { status, code } = answerOf(thrown);
  switch (status) {
    case 401:
      return `the token was not accepted (401); is the credential of the tenant that ${scope} belongs to?`;
    case 403:
      return `refused (403${code === undefined ? '' : ` ${code}`}); give the identity the role ${role} on ${scope}`;
    case 404:
      return `${scope} is not there or not visible (404); check \`${setting}\`, and the role ${role}`;
    case 429:
      return 'throttled (429) after every attempt; poll less often';
    default:
      return status !== undefined && status >= 500
        ? `the service failed (${status}) after every attempt`
        : firstLine(describeError(thrown));
  }
}

/** Asks once; @throws Error with why it failed, in words that say what to do. */
export async function asked<T>(need: Need, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (thrown) {
    throw new Error(explainTrouble(thrown, need), { cause: thrown });
  }
}

const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').slice(0, 300);
