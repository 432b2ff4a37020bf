import { html } from '../html.ts';
import type { Html } from '../html.ts';
import type { Model } from '../model.ts';
import { code, section, soft, table, when } from '../parts.ts';
import { count, lasting, number, share } from '../text.ts';

/** What arrived, from when to when, and how complete its records were. */
export function sources({ data, now }: Model): Html {
  if (data.sources.length === 0)
    return section(
      'sources',
      'Sources and coverage',
      html`<p class="empty">
        No event arrived in the window. Name a source in the configuration and send diagnostic settings to it;
        until then every watched assertion stays NO EVIDENCE.
      </p>`,
    );
  const events = data.sources.reduce((sum, source) => sum + source.events, 0);
  return section(
    'sources',
    'Sources and coverage',
    table(
      html`${count(events, 'event')} in the window, by source and kind. A record counts as incomplete when a
      required field is missing, as mended when a field had to be read in another form than documented.`,
      [
        { title: 'Kind of event', label: 'Kind of event' },
        { title: 'Source', label: 'Source' },
        { title: 'Events', label: 'Events', className: 'c-number' },
        { title: 'First', label: 'First' },
        { title: 'Last', label: 'Last' },
        { title: 'Incomplete', label: 'Incomplete', className: 'c-number' },
        { title: 'Mended', label: 'Mended', className: 'c-number' },
      ],
      data.sources.map((source) => [
        html`${source.title}<br />${code(source.eventClass)}`,
        soft(source.source),
        number(source.events),
        when(source.firstEvent),
        html`${when(source.lastEvent)}<br /><span class="quiet"
            >${lasting(source.lastEvent, now)} before the end</span
          >`,
        share(source.missing, source.events),
        share(source.coerced, source.events),
      ]),
      'sources',
    ),
  );
}
