import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SECOND_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import type { Server } from './fastify-zod.ts';

/** Answers that are kept, in bytes. */
const KEPT_BYTES = 8 * 1024 * 1024;

interface Answer {
  readonly body: Buffer;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface AnswersOptions {
  /** Stays the same as long as the same question has the same answer. */
  readonly version: () => string;
  readonly clock: Clock;
}

/** Streams: they have no end that could be kept. */
const streams = new Set(['/api/v1/tap']);
/** What is asked for without a window, and does not change with the time of day. */
const timeless = new Set(['/api/v1/evidence', '/api/v1/sources', '/api/v1/findings/:id']);
/** Changes with the time of day, whatever the window. */
const timely = new Set(['/api/v1/grafana/sources']);

/**
 * Makes an answer once for all who ask the same of the same state of the lake, and gives it a tag: who sends the tag back
 * is told that nothing changed, and nothing is computed for that.
 */
export function keepAnswers(api: Server, { version, clock }: AnswersOptions): void {
  const kept = new Map<string, Answer>();
  let keptBytes = 0;
  const tags = new WeakMap<FastifyRequest, string>();
  // Tags of two runs of a service must not be taken for one another.
  const startedAt = clock();

  const keep = (tag: string, answer: Answer): void => {
    if (kept.has(tag) || answer.body.length > KEPT_BYTES / 8) return;
    kept.set(tag, answer);
    keptBytes += answer.body.length;
    for (const [oldest, { body }] of kept) {
      if (keptBytes <= KEPT_BYTES) break;
      kept.delete(oldest);
      keptBytes -= body.length;
    }
  };

  api.addHook('preHandler', async (request: FastifyRequest, reply: FastifyReply) => {
    const route = request.routeOptions.url ?? '';
    if (request.method !== 'GET' || streams.has(route)) return;
    const now = clock();
    const moment = isMoving(route, request.query, now) ? Math.floor(now / SECOND_MS) : '';
    const tag = tagOf(`${startedAt} ${version()} ${moment} ${request.url}`);
    void reply.header('etag', tag);
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    const known = kept.get(tag);
    if (known === undefined) {
      tags.set(request, tag);
      return;
    }
    for (const [name, value] of known.headers) void reply.header(name, value);
    return reply.send(known.body);
  });

  api.addHook('onSend', async (request, reply, payload: unknown) => {
    const tag = tags.get(request);
    if (tag === undefined) return payload;
    if (reply.statusCode !== 200 || !(typeof payload === 'string' || payload instanceof Buffer)) {
      reply.removeHeader('etag');
      return payload;
    }
    const headers = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      name === 'content-type' || name.startsWith('x-plumbline-') ? [[name, String(value)] as const] : [],
    );
    // A text would be turned into bytes once more on its way out.
    const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
    keep(tag, { body, headers });
    return body;
  });
}

const tagOf = (text: string): string =>
  `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;

/** True when the same question is another one a second later. */
function isMoving(route: string, query: unknown, now: number): boolean {
  if (timeless.has(route)) return false;
  // Checked and parsed by then: a moment is a number.
  const { to } = query as { readonly to?: unknown };
  return timely.has(route) || typeof to !== 'number' || to > now;
}
