import type { z } from 'zod';
import { createByType, settingsUnion } from '../lib/registry.ts';
import type { Notifier, NotifierContext } from './notifier.ts';
import { pagerduty } from './pagerduty.ts';

/** Every kind of notifier. A new one is its own file and its name here. */
export const notifiers = [pagerduty] as const;

export const NotifierSettings = settingsUnion(notifiers);
export type NotifierSettings = z.infer<typeof NotifierSettings>;

/** Makes the notifier that the settings name. */
export const createNotifier = (settings: NotifierSettings, context: NotifierContext): Notifier =>
  createByType(notifiers, settings, context);
