import { HOUR_MS } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import { seededRandom } from '../../lib/random.ts';
import type { Hub } from './clockwork.ts';
import { iso7 } from './text.ts';

/** A message that no service should send, and some do: met in real hubs. */
export interface Malformed {
  readonly kind: 'cut' | 'single_quotes' | 'empty' | 'not_an_object' | 'plain_text';
  readonly hub: Hub;
  readonly time: number;
  readonly text: string;
}

const kinds: readonly (readonly [kind: Malformed['kind'], hub: Hub])[] = [
  ['cut', 'ai-diagnostics'],
  ['cut', 'platform'],
  ['cut', 'entra'],
  ['cut', 'insights-activity-logs'],
  ['single_quotes', 'platform'],
  ['single_quotes', 'platform'],
  ['empty', 'ai-diagnostics'],
  ['empty', 'entra'],
  ['not_an_object', 'ai-diagnostics'],
  ['not_an_object', 'platform'],
  ['not_an_object', 'defender-export'],
  ['plain_text', 'platform'],
];

function textOf(kind: Malformed['kind'], record: JsonObject): string {
  const whole = JSON.stringify({ records: [record] });
  switch (kind) {
    case 'cut':
      return whole.slice(0, Math.floor(whole.length * 0.6));
    case 'single_quotes':
      return whole.replaceAll('"', "'");
    case 'empty':
      return '';
    case 'not_an_object':
      return '{"records":["Function host started",42]}';
    case 'plain_text':
      return '<html><body>502 Bad Gateway</body></html>';
  }
}

/** The dozen messages of the day that cannot be read, at moments the seed decides. */
export function malformedOf(seed: string, start: number): readonly Malformed[] {
  const random = seededRandom(`${seed}/malformed`);
  return kinds
    .map(([kind, hub]) => {
      const time = start + Math.floor(random.next() * 23 * HOUR_MS);
      const record: JsonObject = {
        time: iso7(time, random),
        category: 'FunctionAppLogs',
        operationName: 'Microsoft.Web/sites/functions/log',
        level: 'Informational',
        properties: { message: 'Executed Functions.Nightly (Succeeded)', hostInstanceId: random.uuid() },
      };
      return { kind, hub, time, text: textOf(kind, record) };
    })
    .toSorted((a, b) => a.time - b.time);
}
