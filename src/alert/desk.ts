import type { Finding } from '../domain/finding.ts';
import type { Incident } from '../domain/incident.ts';
import type { Clock } from '../lib/clock.ts';
import { dispatch, undeliveredKeys } from './dispatch.ts';
import type { DeliveryRecord, NamedNotifier } from './dispatch.ts';
import { createIncidentBook } from './incidents.ts';
import type { IncidentContext } from './incidents.ts';
import { route, withoutUndelivered } from './routing.ts';
import type { RoutingSettings, Told } from './routing.ts';
import type { ToldMemory } from './told-file.ts';

/** Groups findings into incidents and tells people about them, once a round. */
export interface IncidentDesk {
  observe(findings: readonly Finding[]): void;
  /** Resolves what is clear and tells what changed. What could not be delivered is told again next round. */
  round(isClear: (incident: Incident) => boolean, now: number): Promise<readonly DeliveryRecord[]>;
  incidents(): readonly Incident[];
}

export interface DeskSettings {
  readonly routing: RoutingSettings;
  readonly notifiers: readonly NamedNotifier[];
  readonly clock: Clock;
  /** (Default: what people were told is forgotten with the process) */
  readonly memory?: ToldMemory;
}

export function createDesk(context: IncidentContext, settings: DeskSettings): IncidentDesk {
  const book = createIncidentBook(context);
  let told: Told = settings.memory?.read() ?? new Map();
  return {
    observe: (findings) => void book.observe(findings),
    incidents: () => book.incidents(),
    async round(isClear, now) {
      book.resolve(isClear, now);
      if (settings.notifiers.length === 0) return [];
      const routed = route(settings.routing, told, book.incidents());
      const records = await dispatch(settings.notifiers, routed.tell, { clock: settings.clock });
      told = withoutUndelivered(told, routed, undeliveredKeys(records));
      if (routed.tell.length > 0) settings.memory?.write(told);
      return records;
    },
  };
}
