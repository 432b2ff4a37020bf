import { z } from 'zod';
import type { Finding as DomainFinding } from '../../domain/finding.ts';
import { ApiError, ErrorBody } from '../api-error.ts';
import type { ServeDeps } from '../deps.ts';
import type { Server } from '../fastify-zod.ts';
import { JSON_TYPE, keepRows, listingJson } from '../kept-text.ts';
import { noQuery, parameters, windowOf } from '../query.ts';
import { Finding, FindingList } from '../schemas.ts';

const tags = ['evidence'];
const { from, to, level, assertion, limit, offset } = parameters;

export function findingRoutes(server: Server, { evidence, unsealed, clock }: ServeDeps): void {
  const tell = keepRows((finding: DomainFinding, word) => ({ ...finding, sealed: word === 'sealed' }));
  const told = (finding: DomainFinding) =>
    tell(finding, unsealed?.hasFinding(finding.id) === true ? 'unsealed' : 'sealed');

  server.get(
    '/v1/findings',
    {
      schema: {
        tags,
        summary: 'Findings of a window, newest first.',
        querystring: z.strictObject({ from, to, level, assertion, limit, offset }),
        response: { 200: FindingList, 400: ErrorBody, 401: ErrorBody },
      },
    },
    async ({ query }, reply) => {
      const window = windowOf(query, clock);
      // One more than asked for tells whether there is a further page, without a count over everything.
      const found = await evidence.findings({
        ...window,
        level: query.level,
        assertion: query.assertion,
        limit: query.limit + 1,
        offset: query.offset,
      });
      const { limit: most, offset: leftOut } = query;
      const others = { window, limit: most, offset: leftOut, hasMore: found.length > most };
      return reply.type(JSON_TYPE).send(listingJson(others, found.slice(0, most).map(told)));
    },
  );

  server.get(
    '/v1/findings/:id',
    {
      schema: {
        tags,
        summary: 'One finding, with the fields that made its detection match.',
        params: z.strictObject({ id: z.string().regex(/^fnd-[0-9a-f]{20}$/, 'This is no finding id.') }),
        querystring: noQuery,
        response: { 200: Finding, 400: ErrorBody, 401: ErrorBody, 404: ErrorBody },
      },
    },
    async ({ params }) => {
      const finding = await evidence.finding(params.id);
      if (finding === undefined)
        throw new ApiError(
          'NOT_FOUND',
          'path.id',
          `There is no finding ${params.id} in the evidence.`,
          'List findings with /api/v1/findings.',
        );
      return told(finding);
    },
  );
}
