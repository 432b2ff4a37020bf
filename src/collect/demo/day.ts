import type { Capture } from '../../domain/capture.ts';
import { DAY_MS, HOUR_MS } from '../../lib/clock.ts';
import { seededRandom } from '../../lib/random.ts';
import { activityPlatform } from './activity-platform.ts';
import { activityRoutine } from './activity-routine.ts';
import type { Hour, Planned } from './clockwork.ts';
import { posture } from './defender-posture.ts';
import { assessmentRounds } from './defender.ts';
import { createDelivery } from './deliver.ts';
import { directoryTraffic } from './entra-audit.ts';
import { vaultTraffic } from './key-vault.ts';
import { malformedOf } from './malformed.ts';
import { modelTraffic } from './openai.ts';
import { platformTraffic } from './platform.ts';
import { DAY_RECORDS } from './settings.ts';
import type { DemoSettings } from './settings.ts';
import { signInTraffic } from './sign-in-traffic.ts';
import { storageTraffic } from './storage-traffic.ts';
import { storyPlan } from './stories.ts';

/** Each family draws from its own stream of chance, so that a change to one leaves the bytes of the others alone. */
const families: Readonly<Record<string, (hour: Hour) => void>> = {
  'activity-routine': activityRoutine,
  'activity-platform': activityPlatform,
  'sign-ins': signInTraffic,
  directory: directoryTraffic,
  models: modelTraffic,
  vaults: vaultTraffic,
  storage: storageTraffic,
  platform: platformTraffic,
  assessments: assessmentRounds,
  posture,
};

/** The last records of the day are received within this, at the latest. */
const TAIL_MS = HOUR_MS;

/** The tenant's day, hour by hour, as captures in the order they are received. Holds about an hour of records. */
export function* demoDay(settings: DemoSettings, source: string): Generator<readonly Capture[]> {
  const start = Date.parse(settings.start);
  const end = start + DAY_MS;
  const { records, ...disturbances } = storyPlan(settings);
  const delivery = createDelivery(
    source,
    seededRandom(`${settings.seed}/delivery`),
    malformedOf(settings.seed, start),
  );
  const accept = (planned: Planned): void => {
    if (planned.time >= start && planned.time < end) delivery.accept(planned);
  };
  for (let index = 0; index < 24; index++) {
    const hourStart = start + index * HOUR_MS;
    for (const planned of records) {
      if (planned.time >= hourStart && planned.time < hourStart + HOUR_MS) accept(planned);
    }
    for (const [family, happen] of Object.entries(families)) {
      happen({
        index,
        start: hourStart,
        random: seededRandom(`${settings.seed}/${family}/${index}`),
        scale: settings.records / DAY_RECORDS,
        ...disturbances,
        emit: (hub, time, record) => accept({ hub, time, record }),
      });
    }
    yield delivery.flush(hourStart + HOUR_MS);
  }
  yield delivery.flush(end + TAIL_MS);
}
