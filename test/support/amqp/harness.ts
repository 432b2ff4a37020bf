import type { Harness } from '../../collect/harness.ts';
import { T0 } from '../samples.ts';
import { startBroker } from './broker.ts';
import { settingsFor } from './collecting.ts';

/** A hub of three partitions and a few dozen messages. */
export async function eventHubsHarness(): Promise<Harness> {
  const broker = await startBroker({ partitions: 3 });
  const holds = 60;
  for (let n = 0; n < holds; n++) broker.append(n % 3, `{"n":${n}}`, T0 + n);
  return {
    settings: settingsFor(broker, { bufferMessages: 16 }),
    holds,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}
