import { z } from 'zod';
import { ApiError, ErrorBody } from '../api-error.ts';
import type { Guards } from '../auth.ts';
import type { ComponentHealth, ServeDeps } from '../deps.ts';
import type { Server } from '../fastify-zod.ts';
import { noQuery } from '../query.ts';
import { Liveness, Readiness } from '../schemas.ts';

const tags = ['service'];
const text = (type: string, description: string) => ({
  200: { description, content: { [type]: { schema: { type: 'string' } } } },
});

const worstOf = (components: readonly ComponentHealth[]): ComponentHealth['state'] =>
  (['down', 'degraded'] as const).find((state) => components.some((one) => one.state === state)) ?? 'ok';

/** Health is open: it names no resource. Metrics and the report are open on this machine alone. */
export function serviceRoutes(server: Server, deps: ServeDeps, guards: Guards): void {
  server.get(
    '/healthz',
    {
      schema: {
        tags,
        summary: 'Is the process alive?',
        querystring: noQuery,
        response: { 200: Liveness },
      },
    },
    async () => ({ status: 'ok' }),
  );

  server.get(
    '/readyz',
    {
      schema: {
        tags,
        summary: 'Is every part of it working? 503 when one is down.',
        querystring: noQuery,
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const components = await deps.health();
      const status = worstOf(components);
      return reply.code(status === 'down' ? 503 : 200).send({
        status,
        components: components.map(({ name, state, detail }) => ({ name, state, detail })),
      });
    },
  );

  server.get(
    '/metrics',
    {
      onRequest: guards.localOrToken,
      schema: {
        tags,
        summary: 'Metrics in the Prometheus text format; the token is asked for from other machines.',
        querystring: noQuery,
        response: { ...text('text/plain', 'Prometheus text.'), 401: ErrorBody },
      },
    },
    async (_request, reply) =>
      reply.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics()),
  );

  server.get(
    '/report',
    {
      onRequest: guards.localOrToken,
      // The report carries its own policy with the hashes of its script and style; a second one would block them.
      helmet: { contentSecurityPolicy: false },
      schema: {
        tags,
        summary: 'The report as one self-contained page; the token is asked for from other machines.',
        querystring: noQuery,
        response: { ...text('text/html', 'The report.'), 401: ErrorBody, 404: ErrorBody },
      },
    },
    async (_request, reply) => {
      if (deps.reportHtml === undefined)
        throw new ApiError(
          'NOT_FOUND',
          '/report',
          'This process makes no report.',
          'Make one with the report command of plumbline.',
        );
      return reply.type('text/html; charset=utf-8').send(await deps.reportHtml());
    },
  );

  server.get(
    '/openapi.json',
    {
      schema: {
        tags,
        summary: 'This document.',
        querystring: noQuery,
        response: { 200: z.looseObject({}).describe('OpenAPI 3.1.') },
      },
    },
    async () => server.swagger(),
  );
}
