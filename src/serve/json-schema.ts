import { z } from 'zod';

type JsonSchema = Readonly<Record<string, unknown>>;

/** How the documentation shows a schema whose text form is stricter than JSON Schema can say. */
const shownAs = z.registry<{ readonly json: JsonSchema }>();

export function showAs<S extends z.ZodType>(schema: S, json: JsonSchema): S {
  shownAs.add(schema, { json });
  return schema;
}

/** JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    override: (context) => {
      const shown = shownAs.get(context.zodSchema);
      if (shown === undefined) return;
      for (const key of Object.keys(context.jsonSchema)) delete context.jsonSchema[key];
      Object.assign(context.jsonSchema, shown.json);
    },
  });
  return json;
}
