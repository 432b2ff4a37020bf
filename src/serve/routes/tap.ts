import { PassThrough } from 'node:stream';
import { z } from 'zod';
import type { Tapped } from '../../domain/tap.ts';
import { HOUR_MS, SECOND_MS } from '../../lib/clock.ts';
import { ApiError, ErrorBody } from '../api-error.ts';
import type { ServeDeps } from '../deps.ts';
import type { Server } from '../fastify-zod.ts';
import { parameters } from '../query.ts';

/** A proxy closes a connection that stays silent; an empty line says that nothing went by. */
const SIGN_OF_LIFE_MS = 15 * SECOND_MS;
/** A tap that was forgotten ends. */
const LONGEST_MS = HOUR_MS;
/** Who reads slower than this gets a smaller sample, never a larger memory. */
const MOST_WAITING_BYTES = 1024 * 1024;

const { source, eventClass, matched, rate } = parameters;

/** Sampled events as they go by, before they are sealed: for looking, not for evidence. */
export function tapRoutes(server: Server, { tap }: Pick<ServeDeps, 'tap'>): void {
  const open = new Set<PassThrough>();
  server.addHook('preClose', async () => {
    for (const stream of open) stream.end();
  });

  server.get(
    '/v1/tap',
    {
      handlerTimeout: LONGEST_MS,
      schema: {
        tags: ['service'],
        summary: 'A sample of the events that go by, a JSON line each, for an hour at most.',
        querystring: z.strictObject({ source, class: eventClass, matched, rate }),
        response: {
          200: {
            description: 'A line an event; an empty line when there was none for a while.',
            content: { 'application/x-ndjson': { schema: { type: 'string' } } },
          },
          400: ErrorBody,
          401: ErrorBody,
          404: ErrorBody,
        },
      },
    },
    async ({ query }, reply) => {
      if (tap === undefined)
        throw new ApiError(
          'NOT_FOUND',
          '/api/v1/tap',
          'Nothing goes by here: this process collects nothing.',
          'Ask the service that plumbline run started.',
        );
      const stream = new PassThrough();
      open.add(stream);
      const write = (text: string): void => {
        if (stream.writableLength < MOST_WAITING_BYTES) stream.write(text);
      };
      const close = tap.listen(
        {
          perSecond: query.rate,
          accepts: ({ event, detections }) =>
            (query.source === undefined || event.source === query.source) &&
            (query.class === undefined || event.class === query.class) &&
            (!query.matched || detections.length > 0),
        },
        (tapped) => write(`${JSON.stringify(lineOf(tapped))}\n`),
      );
      const living = setInterval(() => write('\n'), SIGN_OF_LIFE_MS);
      stream.once('close', () => {
        clearInterval(living);
        close();
        open.delete(stream);
      });
      // Headers go out now, whenever the first event comes.
      stream.write('\n');
      return reply.type('application/x-ndjson').send(stream);
    },
  );
}

/** The event without its record: what was read out of it, and where it came from. */
const lineOf = ({ event: { record: _record, ...fields }, detections }: Tapped): object => ({
  ...fields,
  detections,
});
