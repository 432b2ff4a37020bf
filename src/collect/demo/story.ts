import { MINUTE_MS } from '../../lib/clock.ts';
import { seededRandom } from '../../lib/random.ts';
import type { Random } from '../../lib/random.ts';
import type { Disturbances, Planned } from './clockwork.ts';
import type { StoryId } from './settings.ts';
import { apps } from './sign-in-facts.ts';
import { userSignIn } from './sign-ins.ts';
import type { Person } from './tenant.ts';

/** Where a story is played: a day, and a seed that shifts it by some minutes. */
export interface Scene {
  readonly random: Random;
  /** Epoch ms of the story's own clock time in UTC. */
  readonly at: (hour: number, minute: number, second?: number) => number;
  /** First moment of the day, and the first after it, epoch ms. */
  readonly dayStart: number;
  readonly dayEnd: number;
}

/** What happens in a story. `from` and `to` span what should be found, not what is mended afterwards. */
export interface Plot extends Partial<Disturbances> {
  readonly records: readonly Planned[];
  /** Resources that findings name, lower-cased. */
  readonly resources: readonly string[];
  readonly from: number;
  readonly to: number;
}

export interface Story {
  readonly id: StoryId;
  readonly title: string;
  readonly summary: string;
  /** File names, without `.yml`, of the detections that must find it. */
  readonly detections: readonly string[];
  readonly play: (scene: Scene) => Plot;
}

/** A story's times move by up to this with the seed: enough to differ, too little to change the order of the day. */
const SHIFT_MINUTES = 8;

export function sceneOf(seed: string, story: StoryId, dayStart: number, dayEnd: number): Scene {
  const random = seededRandom(`${seed}/story/${story}`);
  const shift = random.int(-SHIFT_MINUTES * 60, SHIFT_MINUTES * 60) * 1000;
  return {
    random,
    at: (hour, minute, second = 0) => dayStart + shift + (hour * 60 + minute) * MINUTE_MS + second * 1000,
    dayStart,
    dayEnd,
  };
}

/** Somebody opens the portal with both factors, as they must before they change anything in it. */
export const portalSignIn = (person: Person, time: number, random: Random, ip = person.ip): Planned => ({
  hub: 'entra',
  time,
  record: userSignIn(
    { time, person, ip, app: apps.portal, isInteractive: true, authentication: 'multiFactorAuthentication' },
    random,
  ),
});

export const later = (timeMs: number, minutes: number): number => timeMs + minutes * MINUTE_MS;
