import { Ajv2020 } from 'ajv/dist/2020.js';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, { readonly get?: Operation }>>;
}

/** Compares answers with what an OpenAPI document promises of them. */
export function shapeChecker(document: OpenApi): (path: string, status: number, body: unknown) => string[] {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  return (path, status, body) => {
    const schema =
      document.paths[path]?.get?.responses[String(status)]?.content?.['application/json']?.schema;
    if (schema === undefined) return [`the document says nothing about ${path} ${status}`];
    if (ajv.validate(schema, body)) return [];
    return (ajv.errors ?? []).map((error) => `${path}${error.instancePath} ${error.message ?? ''}`);
  };
}
