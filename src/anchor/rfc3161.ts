import { z } from 'zod';
import { PipelineError } from '../lib/errors.ts';
import { SECOND_MS } from '../lib/clock.ts';
import { defineAnchor } from './anchor.ts';
import { timeStampProblem, timeStampQuery } from './time-stamp.ts';
import { placeOf } from './webhook.ts';

const TIMEOUT_MS = 30 * SECOND_MS;

/** Has a time-stamp authority sign the checkpoint with the time. RFC 3161, over HTTP (3.4). */
export const rfc3161 = defineAnchor({
  type: 'rfc3161',
  summary: 'Has a time-stamp authority (RFC 3161) sign each checkpoint with the time.',
  settings: z.strictObject({
    type: z.literal('rfc3161'),
    url: z.url({ protocol: /^https?$/ }).describe('Address of the time-stamp authority.'),
  }),
  create:
    ({ url }, { fetch, signal }) =>
    async ({ checkpoint }) => {
      const content = Buffer.from(checkpoint);
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/timestamp-query' },
        body: new Uint8Array(timeStampQuery(content)),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const token = Buffer.from(await answer.arrayBuffer());
      const problem = answer.ok ? timeStampProblem(token, content) : `it answered ${answer.status}`;
      if (problem !== undefined) throw new PipelineError('STORE_FAILED', `rfc3161 ${placeOf(url)}`, problem);
      return token;
    },
});
