import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNormalise, normaliseReasons } from '../../src/normalise/normalise.ts';
import type { Normaliser } from '../../src/normalise/normaliser.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import { T0 } from '../support/samples.ts';
import { bytesOf, fixturesOf } from './fixtures.ts';

const normalise = createNormalise(normalisers);
const [activity] = fixturesOf({ type: 'azure_activity' });
const read = (body: Uint8Array) => normalise({ body, receivedAt: T0 });

test('reads a message into events, each with its place in the message', () => {
  const message = read(bytesOf({ records: [activity?.record, activity?.record] }));
  expect(message.failures).toEqual([]);
  expect(message.items.map((item) => [item.index, item.fields.class, item.fields.outcome])).toEqual([
    [0, 'azure_activity', 'success'],
    [1, 'azure_activity', 'success'],
  ]);
});

test('keeps the places of good records when others fail, and gives each failure its own bytes', () => {
  const good = JSON.stringify(activity?.record);
  const message = read(Buffer.from(`${good}\n{'bad': 1}\n${good}\n{"foo":638481757794854611}\n7\n${good}`));
  expect(message.items.map((item) => item.index)).toEqual([0, 2, 5]);
  expect(
    message.failures.map(({ index, reason, bytes }) => [index, reason, Buffer.from(bytes).toString()]),
  ).toEqual([
    [1, 'json_invalid', `{'bad': 1}`],
    [3, 'shape_unknown', '{"foo":638481757794854611}'],
    [4, 'not_an_object', '7'],
  ]);
  for (const failure of message.failures) expect(Object.keys(normaliseReasons)).toContain(failure.reason);
});

test('leaf text stays text, while properties and identity in a string are parsed', () => {
  const [item] = read(
    bytesOf({
      ...activity?.record,
      properties: JSON.stringify({ requestbody: '{"a":1}', entity: '/x' }),
      identity: JSON.stringify({ claims: { appid: 'x' } }),
    }),
  ).items;
  expect(item?.record['properties']).toEqual({ requestbody: '{"a":1}', entity: '/x' });
  expect(item?.record['identity']).toEqual({ claims: { appid: 'x' } });
  expect(item?.fields.coerced).toContain('properties:json-string');
});

test('a record of unknown shape names its keys and no value', () => {
  const { failures } = read(bytesOf({ foo: 'hunter2', bar: { baz: 'hunter2' } }));
  expect(failures).toMatchObject([{ reason: 'shape_unknown', detail: 'keys: foo, bar' }]);
  expect(read(bytesOf({})).failures).toMatchObject([{ reason: 'shape_unknown', detail: 'keys: none' }]);
});

test('a normaliser that breaks costs its record alone', () => {
  const broken: Normaliser = {
    type: 'broken',
    summary: 'Breaks.',
    classes: [],
    accepts: (record) => record['broken'] === true,
    normalise: () => {
      throw new TypeError('hunter2');
    },
  };
  const message = createNormalise([broken, ...normalisers])({
    body: bytesOf([activity?.record, { broken: true }]),
    receivedAt: T0,
  });
  expect(message.items).toHaveLength(1);
  expect(message.failures).toMatchObject([{ index: 1, reason: 'normaliser_failed' }]);
  expect(message.failures[0]?.detail).not.toContain('hunter2');
});

test('a record whose keys are named after members of Object is read like any other', () => {
  const { items } = read(
    Buffer.from(
      '{"time":"2026-03-02T09:00:00Z","category":"X","resourceId":"/x","__proto__":{"operationName":"evil"},"constructor":1,"toString":"x","properties":"{\\"__proto__\\":{\\"userId\\":\\"evil\\"}}"}',
    ),
  );
  expect(items[0]?.fields.operation).toBeUndefined();
  expect(items[0]?.fields.actor.id).toBeUndefined();
});

test('bytes of any kind never throw (property)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void read(bytes)),
    { numRuns: 500 },
  );
});

test('every element of any JSON is an event or a failure, each place once (property)', () => {
  const names = fc.constantFrom(
    'time',
    'Time',
    'resourceId',
    'category',
    'operationName',
    'properties',
    'identity',
    'level',
    'Level',
    'type',
    'durationMs',
    'callerIpAddress',
    'resultType',
    'correlationId',
    'tenantId',
    'statusCode',
    'records',
  );
  const categories = fc.constantFrom(
    'Administrative',
    'SignInLogs',
    'AuditLogs',
    'RequestResponse',
    'AuditEvent',
    'StorageRead',
    'Microsoft.Security/assessments',
    'Microsoft.Security/Locations/alerts',
    'x',
  );
  const value = fc.oneof(
    fc.jsonValue(),
    categories,
    fc.jsonValue().map((json) => JSON.stringify(json)),
  );
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.oneof(names, fc.string()), value), { maxLength: 5 }), (records) => {
      const message = read(bytesOf(records));
      const places = [...message.items, ...message.failures]
        .map((each) => each.index)
        .toSorted((x, y) => x - y);
      expect(places).toEqual(places.map((_, index) => index));
      const isNested = records.some((record) => Array.isArray(record['records']));
      expect(isNested || places.length === records.length).toBe(true);
      for (const item of message.items) expect(Number.isInteger(item.fields.time)).toBe(true);
    }),
    { numRuns: 400 },
  );
});
