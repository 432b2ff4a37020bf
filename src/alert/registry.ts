import { z } from 'zod';
import type { Notifier, NotifierContext } from './notifier.ts';
import { pagerduty } from './pagerduty.ts';

/** Every kind of notifier. A new one is a file and a line in each of the three places below. */
export const notifiers = [pagerduty] as const;

export const NotifierSettings = z.discriminatedUnion('type', [pagerduty.settings]);
export type NotifierSettings = z.infer<typeof NotifierSettings>;

export function createNotifier(settings: NotifierSettings, context: NotifierContext): Notifier {
  switch (settings.type) {
    case 'pagerduty':
      return pagerduty.create(settings, context);
    default:
      return settings.type satisfies never;
  }
}
