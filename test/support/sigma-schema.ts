import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { corpusFolder } from './corpus.ts';

export type SigmaSchemaName = 'detection-rule' | 'correlation-rules' | 'filters';

/** Says what the specification's JSON Schema finds wrong with a Sigma document; empty: nothing. */
export type SigmaSchemaCheck = (text: string) => readonly string[];

/** The specification's own JSON Schema of one kind of document; undefined when the corpus is not there. */
export function sigmaSchema(name: SigmaSchemaName = 'detection-rule'): SigmaSchemaCheck | undefined {
  const folder = corpusFolder('sigma-schema');
  if (folder === undefined) return undefined;
  const { $schema, ...schema } = JSON.parse(
    readFileSync(join(folder, `sigma-${name}-schema.json`), 'utf8'),
  ) as Record<string, unknown>;
  // Some of the files name the draft with a trailing `#`, which Ajv does not take for the draft it knows.
  expect(String($schema).replace('#', '')).toBe('https://json-schema.org/draft/2020-12/schema');
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajvFormats.default(ajv);
  const validate = ajv.compile(schema);
  return (text) =>
    validate(parse(text))
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}
