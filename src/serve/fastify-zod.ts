import type { FastifyInstance, FastifyBaseLogger, FastifyTypeProvider, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { queryProblem } from './query.ts';
import { jsonSchemaOf } from './json-schema.ts';

export interface ZodTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends z.ZodType ? z.output<this['schema']> : unknown;
  readonly serializer: unknown;
}

/** A Fastify server whose route schemas are zod schemas: they type, check and document a route at once. */
export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypes
>;

const isZod = (value: unknown): value is z.ZodType => value instanceof z.ZodType;

export function speakZod(server: Server): void {
  server.setValidatorCompiler(({ schema, httpPart }) => (data: unknown) => {
    if (!isZod(schema)) return { value: data };
    const result = schema.safeParse(data);
    return result.success
      ? { value: result.data }
      : { error: queryProblem(result.error, httpPart === 'params' ? 'path' : 'query') };
  });
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
}

type RouteSchema = Readonly<Record<string, unknown>>;

/** A route's schema with every zod schema in it written as JSON Schema, for the OpenAPI document. */
export function documentedSchema(schema: RouteSchema): RouteSchema {
  const { response, ...rest } = schema;
  const written: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest))
    written[key] = isZod(value) ? jsonSchemaOf(value, 'input') : value;
  if (typeof response === 'object' && response !== null)
    written['response'] = Object.fromEntries(
      Object.entries(response).map(([status, answer]) => [status, documentedAnswer(answer)]),
    );
  return written;
}

const documentedAnswer = (answer: unknown): unknown =>
  isZod(answer)
    ? { description: answer.description ?? 'The answer.', ...jsonSchemaOf(answer, 'output') }
    : answer;
