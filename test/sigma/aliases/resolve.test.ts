import { describe, expect, test } from 'vitest';
import { resolveField } from '../../../src/sigma/aliases/resolve.ts';
import { aliasTables } from '../../../src/sigma/aliases/tables.ts';

const azure = (service: string) => ({ product: 'azure', service });

test('a field of a rule leads to where the record has it, whichever spelling the rule uses', () => {
  expect(resolveField(azure('signinlogs'), 'ResultType')).toEqual(['resultType']);
  expect(resolveField(azure('activitylogs'), 'OperationNameValue')).toEqual(['operationName']);
  expect(resolveField(azure('auditlogs'), 'TargetResources.ModifiedProperties.NewValue')).toEqual([
    'properties.targetResources.modifiedProperties.newValue',
  ]);
  expect(resolveField(azure('riskdetection'), 'riskEventType')).toEqual(['properties.riskEventType']);
});

test('a field spelled as the record has it is that path alone', () => {
  const several = aliasTables.flatMap(({ product, service, paths, names }) => {
    const renamed = new Set(names.map(({ name }) => name.toLowerCase()));
    return paths
      .filter(({ path }) => !renamed.has(path.toLowerCase()))
      .filter(({ path }) => resolveField({ product, service }, path).join() !== path)
      .map(({ path }) => `${service} ${path}`);
  });
  expect(several).toEqual([]);
});

describe('what no table knows', () => {
  test('a name is read as it stands, and looked for below properties too', () => {
    expect(resolveField(azure('signinlogs'), 'brandNew.field')).toEqual([
      'brandNew.field',
      'properties.brandNew.field',
    ]);
    expect(resolveField(azure('signinlogs'), 'properties.brandNew')).toEqual(['properties.brandNew']);
  });

  test('a log source without a table is read as the rule is written', () => {
    expect(resolveField(azure('defender_alert'), 'Severity')).toEqual(['Severity']);
    expect(resolveField({}, 'ResultType')).toEqual(['ResultType']);
  });
});
