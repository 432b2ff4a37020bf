import type { Outcome } from '../domain/event.ts';
import { unknownActor } from './actor.ts';
import { categoryOf, eventFields, readCommon } from './common.ts';
import { fieldsOf, get, newNotes, object, objects, text } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

/** Virtual network flow logs, as they lie in storage: one record a minute, network interface and target. */
export const vnetFlow: Normaliser = {
  type: 'vnet_flow',
  summary: 'Virtual network flow logs: who talked to whom, and which security rule let it through or not.',
  classes: [
    {
      id: 'vnet_flow',
      title: 'Virtual network flow',
      logSources: [{ product: 'azure', service: 'vnetflow' }],
    },
  ],
  accepts: (received) => {
    const record = fieldsOf(received);
    const category = categoryOf(record);
    return (
      category === 'flowlogflowevent' || (category === '' && object(record, 'flowRecords') !== undefined)
    );
  },
  normalise: (received, context) => {
    const notes = newNotes();
    const record = fieldsOf(received);
    const common = readCommon(record, context, notes, ['resourceId', 'operationName', 'category']);
    const own = {
      outcome: outcomeOf(record),
      actor: unknownActor(undefined),
      target: text(record, 'macAddress'),
    };
    return { record: record.raw, fields: eventFields('vnet_flow', common, own, notes) };
  },
};

/** State is the eighth part of a tuple: `D` was denied, `B`, `C` and `E` began, went on and ended. */
const STATE = 7;

/** A record in which anything was denied is a failure: it is that flow that somebody wants to see. */
function outcomeOf(record: Fields): Outcome {
  const states = objects(object(record, 'flowRecords'), 'flows').flatMap((flow) =>
    objects(flow, 'flowGroups').flatMap((group) => {
      const tuples = get(group, 'flowTuples');
      return Array.isArray(tuples)
        ? (tuples as readonly unknown[]).map((tuple) =>
            typeof tuple === 'string' ? tuple.split(',')[STATE] : undefined,
          )
        : [];
    }),
  );
  if (states.includes('D')) return 'failure';
  return states.some((state) => state !== undefined) ? 'success' : 'unknown';
}
