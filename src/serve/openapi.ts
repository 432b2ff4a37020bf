import swagger from '@fastify/swagger';
import { documentedSchema } from './fastify-zod.ts';
import type { Server } from './fastify-zod.ts';

const description = `Read-only view of the evidence, of the posture computed from it, and of the service itself.
What is taken in and not sealed yet is part of the answers, and marked where it stands by itself: sealed is false. Times are epoch milliseconds unless they say otherwise.
An answer has an ETag: sent back as If-None-Match, it costs nothing until something changes. Only GET and HEAD are answered. Errors have one shape: code, where, what, fix.`;

/** Writes the OpenAPI 3.1 document out of the routes that are registered after it. */
export async function documentApi(server: Server, productVersion: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Plumbline', description, version: productVersion, license: { name: 'Apache-2.0' } },
      components: {
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            description: 'The token in the token file of the service.',
          },
        },
      },
      tags: [
        { name: 'service', description: 'Health, metrics, this document, the report.' },
        { name: 'evidence', description: 'Findings, evidence, sources.' },
        { name: 'posture', description: 'Controls and their status.' },
        { name: 'grafana', description: 'Flat rows, one endpoint a dashboard panel.' },
      ],
    },
    transform: ({ schema, url }) => ({
      schema: {
        ...documentedSchema({ ...schema }),
        ...(url.startsWith('/api/') ? { security: [{ token: [] }] } : {}),
      },
      url,
    }),
  });
}
