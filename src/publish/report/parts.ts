import type { Status } from '../../domain/control.ts';
import { resourceLabel } from '../../domain/resource.ts';
import { levels } from '../../domain/severity.ts';
import type { Level } from '../../domain/severity.ts';
import { iso, isoDay } from '../../lib/clock.ts';
import { html } from './html.ts';
import type { Html, HtmlValue } from './html.ts';
import { statusLook } from './status.ts';
import { HOURLY_UP_TO_MS } from './strip.ts';
import { clipped, utc } from './text.ts';

/** Glyph and word; the glyph is for eyes alone, since the word says it all. */
export const statusMark = (status: Status): Html => {
  const { glyph, word, name } = statusLook[status];
  return html`<span class="status s-${name}"
    ><span class="glyph" aria-hidden="true">${glyph}</span>${word}</span
  >`;
};

/** Five bars of one hue, filled up to the level, beside its word. */
export function levelMark(level: Level): Html {
  const rank = levels.indexOf(level);
  const bars = levels.map(
    (_, i) =>
      html`<rect
        class="${i <= rank ? `l-${rank}` : 'l-off'}"
        x="${i * 5}"
        y="${8 - i * 2}"
        width="3"
        height="${i * 2 + 4}"
      />`,
  );
  return html`<span class="level"
    ><svg width="23" height="12" aria-hidden="true" focusable="false">${bars}</svg>${level}</span
  >`;
}

const validTime = (timeMs: number): boolean => Number.isFinite(timeMs) && Math.abs(timeMs) <= 8.64e15;

/** `2026-03-02 09:00 UTC`, with the exact moment behind it; `unknown` for what is no time. */
export const when = (timeMs: number): HtmlValue =>
  validTime(timeMs)
    ? html`<time datetime="${iso(timeMs)}" title="${iso(timeMs)}">${utc(timeMs)}</time>`
    : 'unknown';

/** The same, to the millisecond, as an export writes it. */
export const exactly = (timeMs: number): HtmlValue =>
  validTime(timeMs)
    ? html`<time datetime="${iso(timeMs)}">${isoDay(timeMs)}<wbr />${iso(timeMs).slice(10)}</time>`
    : 'unknown';

/** May break after the marks inside an id, or the `@` of an address, before it has to break anywhere. */
export const soft = (text: string): HtmlValue =>
  text
    .split(text.includes('@') ? /(?<=@)(?=.)/ : /(?<=[._/:-])(?=.)/)
    .map((part, i) => (i === 0 ? part : html`<wbr />${part}`));

export const code = (text: string): Html => html`<code>${soft(clipped(text))}</code>`;

/** One end of a time axis: the day, with the hour when days are too coarse for the window. */
export const tick = (timeMs: number, windowMs: number): string =>
  windowMs > HOURLY_UP_TO_MS ? isoDay(timeMs) : utc(timeMs).slice(0, 16);

/** Both ends of a time axis. */
export const axis = (from: number, to: number): Html =>
  html`<span class="axis"><span>${tick(from, to - from)}</span><span>${tick(to, to - from)}</span></span>`;

/** Prose in which backticks mark field names and values. */
export const prose = (text: string): HtmlValue =>
  text.split('`').map((part, i) => (i % 2 === 0 ? part : html`<code>${soft(part)}</code>`));

/**
 * A long id shortened in the middle for the eye. The middle is in the page, so that one click selects the
 * whole and a copy gets every character, without any script.
 */
export function shortened(full: string, head = 8, tail = 6): Html {
  if (full.length <= head + tail + 3) return html`<code>${full}</code>`;
  const end = full.length - tail;
  return html`<code class="id" title="${clipped(full)}"
    >${full.slice(0, head)}<span class="mid">${clipped(full.slice(head, end), 1000)}</span
    >${full.slice(end)}</code
  >`;
}

/** What people call the resource, and its path to copy. */
export function resource(id: string | undefined): HtmlValue {
  if (id === undefined) return html`<span class="quiet">unknown</span>`;
  const label = resourceLabel(id);
  return label === id
    ? html`<span>${clipped(id)}</span>`
    : html`<span>${clipped(label)}</span> ${shortened(id, 14, 12)}`;
}

/** Terms and their values. */
export const facts = (entries: readonly (readonly [string, HtmlValue])[], className = 'facts'): Html =>
  html`<dl class="${className}">
    ${entries.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;

/** A bar from zero; `part` of `whole` is its length. */
export const bar = (part: number, whole: number, className: string): Html =>
  html`<svg class="bar" height="6" aria-hidden="true" focusable="false">
    <rect class="track" width="100%" height="6" />
    <rect
      class="${className}"
      width="${whole <= 0 ? 0 : Number(((100 * part) / whole).toFixed(3))}%"
      height="6"
    />
  </svg>`;

export interface Column {
  readonly title: HtmlValue;
  /** What the cell is called when the table is stacked on a narrow screen. */
  readonly label: string;
  readonly className?: string;
}

/**
 * A table that stacks into cards on a narrow screen. Roles are stated because a stacked table would lose
 * them; the first cell of a row is its header.
 */
export function table(
  caption: HtmlValue,
  columns: readonly Column[],
  rows: readonly (readonly HtmlValue[])[],
  className = '',
): Html {
  const attributes = (column: Column | undefined): Html =>
    html`${column?.className === undefined ? undefined : html` class="${column.className}"`}`;
  const heads = columns.map(
    (column) => html`<th role="columnheader" scope="col" ${attributes(column)}>${column.title}</th>`,
  );
  const body = rows.map(
    (cells) =>
      html`<tr role="row">
        ${cells.map((cell, i) => {
          const column = columns[i];
          return i === 0
            ? html`<th role="rowheader" scope="row" ${attributes(column)}>${cell}</th>`
            : html`<td role="cell" data-label="${column?.label ?? ''}" ${attributes(column)}>
                <div>${cell}</div>
              </td>`;
        })}
      </tr> `,
  );
  return html`<table role="table" class="${className}">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${heads}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${body}
    </tbody>
  </table>`;
}

/** A numbered section with its anchor. */
export const section = (id: string, title: string, body: HtmlValue): Html =>
  html`<section id="${id}" aria-labelledby="${id}-h">
    <h2 id="${id}-h">${title}</h2>
    ${body}
  </section> `;
