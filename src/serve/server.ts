import helmet from '@fastify/helmet';
import fastify from 'fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { SECOND_MS } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import { keepAnswers } from './answers.ts';
import { ApiError, answerTo, errorBody } from './api-error.ts';
import { createGuards } from './auth.ts';
import type { ServeDeps } from './deps.ts';
import { speakZod } from './fastify-zod.ts';
import type { Server, ZodTypes } from './fastify-zod.ts';
import { documentApi } from './openapi.ts';
import { controlRoutes } from './routes/controls.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { findingRoutes } from './routes/findings.ts';
import { grafanaRoutes } from './routes/grafana.ts';
import { serviceRoutes } from './routes/service.ts';
import { tapRoutes } from './routes/tap.ts';
import { sharePosture } from './shared-posture.ts';

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';

/** The answer to bytes that are no HTTP request: nothing is known of it, so nothing of it comes back. */
const malformed = JSON.stringify(
  errorBody('REQUEST_INVALID', 'request', 'The request cannot be read.', 'See /openapi.json.'),
);

/**
 * The read-only HTTP service. It does not listen yet: call `listen({ host, port })`; close it with `close()`,
 * which lets running answers end.
 */
export async function createServer(deps: ServeDeps): Promise<Server> {
  const answer = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { status, body } = answerTo(thrown, pathOf(request));
    if (status >= 500)
      deps.log.error({ path: pathOf(request), problem: describeError(thrown) }, 'request failed');
    void reply.code(status).type('application/json; charset=utf-8').send(body);
  };

  const server: Server = fastify({
    logger: false,
    bodyLimit: 1024,
    requestTimeout: 10 * SECOND_MS,
    connectionTimeout: 60 * SECOND_MS,
    keepAliveTimeout: 30 * SECOND_MS,
    handlerTimeout: deps.timeoutMs ?? 20 * SECOND_MS,
    frameworkErrors: (thrown: FastifyError, request, reply) => answer(thrown, request, reply),
    clientErrorHandler: (_thrown, socket) => {
      if (socket.writable)
        socket.end(
          `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(malformed)}\r\nConnection: close\r\n\r\n${malformed}`,
        );
    },
  }).withTypeProvider<ZodTypes>();
  speakZod(server);

  server.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    if (request.method === 'GET' || request.method === 'HEAD') return;
    void reply.header('allow', 'GET, HEAD');
    throw new ApiError(
      'METHOD_NOT_ALLOWED',
      pathOf(request),
      'This service only reads.',
      'Use GET or HEAD; human decisions are YAML files beside the mappings.',
    );
  });
  server.setErrorHandler((thrown, request, reply) => answer(thrown, request, reply));
  const notFound = (request: FastifyRequest): never => {
    throw new ApiError('NOT_FOUND', pathOf(request), 'There is nothing here.', 'See /openapi.json.');
  };
  server.setNotFoundHandler(notFound);

  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // Whether there is TLS is known to the proxy that ends it.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  await documentApi(server, deps.productVersion);

  const guards = createGuards(deps.token);
  const readPosture = sharePosture(deps.posture, deps.clock);
  serviceRoutes(server, deps, guards);
  await server.register(
    async (api: Server) => {
      // On the scope, not on a path prefix: the router decodes %61pi, a prefix test would not.
      api.addHook('onRequest', guards.bearer);
      api.setNotFoundHandler(notFound);
      if (deps.version !== undefined) keepAnswers(api, { version: deps.version, clock: deps.clock });
      findingRoutes(api, deps);
      controlRoutes(api, deps, readPosture);
      evidenceRoutes(api, deps);
      grafanaRoutes(api, deps, readPosture);
      tapRoutes(api, deps);
    },
    { prefix: '/api' },
  );
  await server.ready();
  return server;
}
