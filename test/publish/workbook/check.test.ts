import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/lib/json.ts';
import { workbookFaults } from '../../../src/publish/workbook/check.ts';

const head = { version: 'Notebook/1.0', fromTemplateId: 'sentinel-Ours' };
const text = { type: 1, name: 'a', content: { json: '# A' } };
const time = {
  type: 9,
  name: 'p',
  content: { version: 'KqlParameterItem/1.0', parameters: [{ id: '1', name: 'TimeRange' }] },
};
const query = (over: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  type: 3,
  name: 'q',
  content: { version: 'KqlItem/1.0', query: 'T', noDataMessage: 'none', ...over },
  ...more,
});
const workbook = (...items: readonly JsonObject[]): JsonObject => ({ ...head, items });

test('a sound workbook has no faults', () => {
  expect(workbookFaults(workbook(text, time, query({ timeContextFromParameter: 'TimeRange' })))).toEqual([]);
});

test.each<[string, JsonObject, string]>([
  ['another version', { ...workbook(text), version: 'Notebook/2.0' }, 'version is not Notebook/1.0'],
  ['no items', { ...head }, 'there are no items'],
  [
    'the template id of a user',
    { ...workbook(text), fromTemplateId: 'sentinel-UserWorkbook' },
    'fromTemplateId',
  ],
  ['no template id', { ...workbook(text), fromTemplateId: '' }, 'fromTemplateId'],
  [
    'a subscription id',
    workbook({ ...text, content: { json: '/subscriptions/00000000-0000-0000-0000-000000000001/x' } }),
    'a subscription id',
  ],
  ['two items of one name', workbook(text, text), 'two items have the name `a`'],
  ['an id used twice', workbook(time, { ...time, name: 'p2' }), 'id 1 is used twice'],
  ['an item without a name', workbook({ ...text, name: '' }), 'an item has no name'],
  ['an unknown type', workbook({ ...text, type: 7 }), 'type 7 is none of'],
  ['a text without text', workbook({ ...text, content: {} }), 'a: no text'],
  ['a query of another version', workbook(query({ version: 'KqlItem/2.0' })), 'version is not KqlItem/1.0'],
  ['a query without a query', workbook(query({ query: '' })), 'q: no query'],
  [
    'a query that is silent when empty',
    workbook(query({ noDataMessage: '' })),
    'says nothing when it is empty',
  ],
  ['a width of 0', workbook(query({}, { customWidth: '0' })), 'customWidth is not 1 to 100'],
  [
    'an empty group',
    workbook({ type: 12, name: 'g', content: { version: 'NotebookGroup/1.0', items: [] } }),
    'g: the group is empty',
  ],
  [
    'a time range that nobody sets',
    workbook(query({ timeContextFromParameter: 'Time' })),
    'no parameter `Time`',
  ],
  ['a placeholder that nobody sets', workbook(query({ query: 'T | take {Limit}' })), 'no parameter `Limit`'],
  [
    'a workspace that nobody sets',
    workbook(query({ crossComponentResources: ['{Workspace}'] })),
    'no parameter `Workspace`',
  ],
  [
    'a visibility that nobody sets',
    workbook(query({}, { conditionalVisibility: { parameterName: 'Tab', value: 'x' } })),
    'no parameter `Tab`',
  ],
  [
    'a fault inside a group',
    workbook({
      type: 12,
      name: 'g',
      content: { version: 'NotebookGroup/1.0', items: [query({ query: '' })] },
    }),
    'q: no query',
  ],
])('%s is a fault', (_, of, words) => {
  expect(workbookFaults(of).join('; ')).toContain(words);
});
