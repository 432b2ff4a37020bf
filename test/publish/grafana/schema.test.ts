import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { corpusFolder } from '../../support/corpus.ts';
import { shownPanels } from '../../support/boards.ts';
import { boardCalled, boardNames } from './generated.ts';

const folder = corpusFolder('grafana-schema');

interface Schema {
  $id?: string;
  definitions: Record<string, { properties: Record<string, unknown> }>;
}

function schemaFile(name: string): Schema {
  const schema = JSON.parse(readFileSync(join(folder ?? '', `${name}.jsonschema.json`), 'utf8')) as Schema;
  return { ...schema, $id: `https://grafana.example/${name}` };
}

/** Where the published schema is narrower than Grafana: each is `any` in the SDK, and "object" in the schema. */
function relaxed(dashboard: Schema): Schema {
  for (const [definition, property] of [
    ['MatcherConfig', 'options'],
    ['DynamicConfigValue', 'value'],
    ['VariableModel', 'query'],
  ] as const) {
    const properties = dashboard.definitions[definition]?.properties;
    if (properties?.[property] === undefined) throw new Error(`the schema has no ${definition}.${property}`);
    properties[property] = {};
  }
  return dashboard;
}

describe.skipIf(folder === undefined)('the published JSON Schemas of Grafana', () => {
  const ajv = new Ajv({ allErrors: true, strict: false, formats: { 'date-time': true } });
  const problemsOf = (schema: string, data: unknown): readonly string[] =>
    ajv.validate(schema, data)
      ? []
      : (ajv.errors ?? []).map(({ instancePath, message, params }) =>
          [instancePath, message, JSON.stringify(params)].join(' '),
        );
  const add = (name: string, change = (schema: Schema): Schema => schema): void => {
    if (folder !== undefined && ajv.getSchema(`https://grafana.example/${name}`) === undefined)
      ajv.addSchema(change(schemaFile(name)));
  };
  add('dashboard', relaxed);
  add('prometheus');

  test.each(boardNames)('accept the board %s', (title) => {
    expect(problemsOf('https://grafana.example/dashboard', boardCalled(title))).toEqual([]);
  });

  test('are not blind: a board with a field that Grafana does not know is refused', () => {
    const board = { ...boardCalled('Pipeline health'), nonsense: true };
    expect(problemsOf('https://grafana.example/dashboard', board).join()).toContain('nonsense');
  });

  test.each(boardNames)(
    'accept options, field settings and Prometheus queries of every panel of %s',
    (title) => {
      const found = shownPanels(boardCalled(title).panels).flatMap((panel) => {
        const name = panel.type.replace('-', '');
        add(name);
        const base = `https://grafana.example/${name}#/definitions`;
        const custom = panel.fieldConfig?.defaults['custom'];
        return [
          ...problemsOf(`${base}/Options`, panel.options),
          ...(custom === undefined ? [] : problemsOf(`${base}/FieldConfig`, custom)),
          ...(panel.targets ?? [])
            .filter(({ datasource }) => datasource.type === 'prometheus')
            .flatMap((target) => problemsOf('https://grafana.example/prometheus', target)),
        ].map((problem) => `${panel.title ?? ''}: ${problem}`);
      });
      expect(found).toEqual([]);
    },
  );
});
