import { later } from '../story.ts';
import type { Story } from '../story.ts';
import { apps, failures, places } from '../sign-in-facts.ts';
import { entraResource, userSignIn } from '../sign-ins.ts';
import { breakGlass } from '../tenant.ts';
import type { Planned } from '../clockwork.ts';

/** At night the emergency account, unused for months, signs in from a country where nobody works. */
export const breakGlassUsed: Story = {
  id: 'break-glass',
  title: 'Break-glass account used from a new country',
  summary: 'breakglass-01 mistypes twice, then signs in to the Azure portal from Lagos at night.',
  detections: ['entra_break_glass_signin'],
  play: ({ at, random }) => {
    const success = at(2, 14);
    const attempt = {
      person: breakGlass,
      app: apps.portal,
      isInteractive: true,
      authentication: 'multiFactorAuthentication',
      place: places.lagos,
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:136.0) Gecko/20100101 Firefox/136.0',
    } as const;
    const records: Planned[] = [later(success, -3), later(success, -1)].map((time) => ({
      hub: 'entra',
      time,
      record: userSignIn({ ...attempt, time, failure: failures.wrongPassword }, random),
    }));
    for (const time of [success, later(success, 41)]) {
      records.push({ hub: 'entra', time, record: userSignIn({ ...attempt, time }, random) });
    }
    return {
      records,
      resources: [entraResource.toLowerCase(), breakGlass.upn, breakGlass.id],
      from: later(success, -3),
      to: later(success, 41),
    };
  },
};
