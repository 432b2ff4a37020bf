import { z } from 'zod';
import { PipelineError } from '../lib/errors.ts';
import { SECOND_MS } from '../lib/clock.ts';
import { defineAnchor } from './anchor.ts';

const TIMEOUT_MS = 30 * SECOND_MS;

/** The address without what may be secret in it. */
export const placeOf = (url: string): string => {
  const { origin } = new URL(url);
  return origin;
};

/** Posts the checkpoint as it is; the answer's status says whether it was taken. */
export const webhook = defineAnchor({
  type: 'webhook',
  summary: 'Posts each checkpoint to an address, as text/plain.',
  settings: z.strictObject({
    type: z.literal('webhook'),
    url: z
      .url({ protocol: /^https?$/ })
      .describe('Where to post; as `${NAME}` when there is a secret in it.'),
    token: z.string().min(1).optional().describe('Bearer token, as `${NAME}` or `${file:path}`.'),
  }),
  create:
    ({ url, token }, { fetch, signal }) =>
    async ({ checkpoint }) => {
      const headers: Record<string, string> = { 'content-type': 'text/plain; charset=utf-8' };
      if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
      const within = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const answer = await fetch(url, { method: 'POST', headers, body: checkpoint, signal: within });
      const said = Buffer.from(await answer.arrayBuffer());
      if (!answer.ok)
        throw new PipelineError('STORE_FAILED', `webhook ${placeOf(url)}`, `it answered ${answer.status}`);
      // What it says is its receipt; where it says nothing, that it took the checkpoint is all there is.
      return said.length > 0 && said.length <= 65_536 ? said : Buffer.from(checkpoint);
    },
});
