import { ErrorBody } from '../api-error.ts';
import type { ServeDeps } from '../deps.ts';
import type { Server } from '../fastify-zod.ts';
import { noQuery } from '../query.ts';
import { Evidence, SourceList } from '../schemas.ts';

const tags = ['evidence'];

export function evidenceRoutes(server: Server, { evidence }: ServeDeps): void {
  server.get(
    '/v1/evidence',
    {
      schema: {
        tags,
        summary: 'The evidence log: its newest signed checkpoint and what lies under it.',
        querystring: noQuery,
        response: { 200: Evidence, 400: ErrorBody, 401: ErrorBody },
      },
    },
    async () => await evidence.evidence(),
  );

  server.get(
    '/v1/sources',
    {
      schema: {
        tags,
        summary: 'What arrived from each source and event class.',
        querystring: noQuery,
        response: { 200: SourceList, 400: ErrorBody, 401: ErrorBody },
      },
    },
    async () => ({ items: await evidence.sources() }),
  );
}
