import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { MINUTE_MS, SECOND_MS } from '../lib/clock.ts';
import { retry } from '../lib/retry.ts';
import type { RetryContext } from '../lib/retry.ts';
import { defineNotifier } from './notifier.ts';
import type { NotifierContext } from './notifier.ts';
import { pagerDutyEvent } from './pagerduty-event.ts';
import { retryAfterMs } from './retry-after.ts';

/** Plain http is for a stand-in on the same machine alone: the routing key travels in the body. */
const isSafeBase = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && isLocal));
};

const PagerDutySettings = z.strictObject({
  type: z.literal('pagerduty'),
  routingKey: z
    .string()
    .regex(/^[A-Za-z0-9]{32}$/, 'expected the 32 letters and digits of an Events API v2 integration key')
    .describe('Integration key of an Events API v2 integration. Secret.'),
  baseUrl: z
    .string()
    .refine(isSafeBase, 'expected an https address (http only for this machine), without a user name')
    .default('https://events.pagerduty.com')
    .describe('Accounts in the EU region use https://events.eu.pagerduty.com.'),
  clientUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where a responder finds the incident.'),
  timeoutMs: z.int().min(1).default(10_000).describe('Limit of one attempt.'),
  attempts: z.int().min(1).max(20).default(5).describe('Attempts in all, the first included.'),
  firstDelayMs: z.int().min(0).default(SECOND_MS).describe('Wait before the second attempt; doubles.'),
  maxDelayMs: z
    .int()
    .min(0)
    .default(2 * MINUTE_MS)
    .describe('Longest wait between attempts; a longer Retry-After ends the attempts for now.'),
});
type PagerDutySettings = z.infer<typeof PagerDutySettings>;

/** One attempt that did not end in 202. Messages are built from status and cause alone, never from the request. */
class AttemptError extends Error {
  override readonly name = 'AttemptError';
  readonly isFinal: boolean;
  readonly retryAfter: number | undefined;
  constructor(message: string, isFinal: boolean, retryAfter?: number) {
    super(message);
    this.isFinal = isFinal;
    this.retryAfter = retryAfter;
  }
}

/** Why a fetch failed, by the error's code: its message may hold an address with more in it than we would print. */
function networkReason(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z_]+$/.test(code) ? `network error ${code}` : 'network error';
}

function statusError(status: number, header: string | null, now: number): AttemptError {
  if (status === 429 || status >= 500)
    return new AttemptError(`PagerDuty answered ${status}`, false, retryAfterMs(header, now));
  const hint =
    status === 400
      ? '; it rejects the event: check the routing key and its integration type (Events API v2)'
      : '; expected 202: check baseUrl';
  return new AttemptError(`PagerDuty answered ${status}${hint}`, true);
}

/** Posts one event. Redirects are not followed: the key goes to the configured host and nowhere else. */
async function post(settings: PagerDutySettings, context: NotifierContext, body: string): Promise<void> {
  const timeout = AbortSignal.timeout(settings.timeoutMs);
  let response: Response;
  try {
    response = await context.fetch(`${settings.baseUrl.replace(/\/+$/, '')}/v2/enqueue`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([context.signal, timeout]),
    });
  } catch (thrown) {
    if (context.signal.aborted) throw new AttemptError('stopped before PagerDuty answered', false);
    if (timeout.aborted) throw new AttemptError(`no answer within ${settings.timeoutMs} ms`, false);
    throw new AttemptError(networkReason(thrown), false);
  }
  // The status is the whole answer; a body, cut short or endless, is not worth waiting for.
  await response.body?.cancel().catch(() => undefined);
  if (response.status !== 202)
    throw statusError(response.status, response.headers.get('retry-after'), context.clock());
}

export const pagerduty = defineNotifier({
  type: 'pagerduty',
  summary: 'Opens and resolves PagerDuty alerts through the Events API v2, one per incident.',
  settings: PagerDutySettings,
  create(settings, context) {
    /** PagerDuty asked to be left alone until then, epoch ms; holds for every incident, not only the refused one. */
    let quietUntil = 0;

    async function attempt(body: string): Promise<void> {
      const waitMs = quietUntil - context.clock();
      if (waitMs > settings.maxDelayMs) throw new AttemptError('PagerDuty asked to wait', false, waitMs);
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: context.signal });
      try {
        await post(settings, context, body);
      } catch (thrown) {
        if (thrown instanceof AttemptError && thrown.retryAfter !== undefined)
          quietUntil = Math.max(quietUntil, context.clock() + thrown.retryAfter);
        throw thrown;
      }
    }

    const retryContext: RetryContext = {
      signal: context.signal,
      jitter: context.jitter,
      // A longer wait than allowed ends the attempts for now; the next round offers the incident again.
      isRetryable: (thrown) =>
        thrown instanceof AttemptError && !thrown.isFinal && (thrown.retryAfter ?? 0) <= settings.maxDelayMs,
      // The attempt itself waits for `quietUntil`, so that every incident in flight does.
      askedDelayMs: (thrown) =>
        thrown instanceof AttemptError && thrown.retryAfter !== undefined ? 0 : undefined,
    };

    return {
      type: 'pagerduty',
      async notify(incident) {
        let attempts = 0;
        try {
          const body = pagerDutyEvent(settings, incident);
          await retry(settings, retryContext, () => {
            attempts += 1;
            return attempt(body);
          });
          return { kind: 'delivered', attempts };
        } catch (thrown) {
          if (thrown instanceof AttemptError)
            return { kind: 'failed', attempts, reason: thrown.message, isFinal: thrown.isFinal };
          const reason = context.signal.aborted ? 'stopped while waiting to send' : 'unexpected failure';
          return { kind: 'failed', attempts, reason, isFinal: false };
        }
      },
    };
  },
});
