import type { ControlStatus, Posture } from '../../../domain/control.ts';
import { standing } from '../figures.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import type { Model } from '../model.ts';
import { axis, section, soft, statusMark, table, tick, when } from '../parts.ts';
import { ribbon } from '../ribbon.ts';
import { statusLook } from '../status.ts';
import { clipped, count, lasting, number, percent, sentence } from '../text.ts';

/** Newest changes listed per control; the ribbon shows them all. */
const MAX_CHANGES = 12;

/** Every judged control of every framework: status, since, history, why. */
export function controls(model: Model): Html {
  const { posture } = model.data;
  return section(
    'controls',
    'Controls over the window',
    posture.frameworks.length === 0
      ? html`<p class="empty">No framework is loaded, so there is no control to show.</p>`
      : posture.frameworks.map((framework) => frameworkTable(framework, posture)),
  );
}

function frameworkTable(framework: Posture['frameworks'][number], { from, to }: Posture): Html {
  const judged = framework.controls.filter(({ status }) => status !== 'MANUAL_ONLY');
  const manual = framework.controls.length - judged.length;
  const left =
    manual === 0
      ? undefined
      : html`<p class="note">
          ${count(manual, 'control')} of ${number(framework.controls.length)}
          ${manual === 1 ? 'rests' : 'rest'} on manual evidence alone: listed in
          <a href="#not-covered">section 6</a>.
        </p>`;
  const heading = html`<h3 id="f-${framework.id}">
    ${framework.title} <span class="quiet">${framework.version}</span>
  </h3>`;
  if (judged.length === 0)
    return html`${heading}
      <p class="empty">No assertion is mapped to a control of this framework yet.</p>
      ${left}`;
  return html`${heading}${table(
    html`${count(judged.length, 'control')} with a status, in the framework's own order.`,
    [
      { title: 'Control', label: 'Control', className: 'c-control' },
      { title: 'Status', label: 'Status', className: 'c-status' },
      {
        title: axis(from, to),
        label: `${tick(from, to - from)} to ${tick(to, to - from)}`,
        className: 'c-ribbon',
      },
      { title: 'Why, and what it rests on', label: 'Why', className: 'c-why' },
    ],
    judged.map((control) => [
      html`<span class="ref">${control.ref}</span> <span class="title">${clipped(control.title)}</span>`,
      html`${statusMark(control.status)}<br /><span class="since"
          >since ${when(control.since)}<br />for ${lasting(control.since, to)}</span
        >`,
      html`${ribbon(control.history, from, to)}${heldText(control, from, to)}${changes(control, from, to)}`,
      html`${sentence(clipped(control.reason))}${rests(control)}`,
    ]),
    'controls',
  )}${left}`;
}

/** The ribbon in numbers, each with its denominator. */
function heldText(control: ControlStatus, from: number, to: number): Html {
  const { strictMs, adjustedMs, countedMs, evidencedMs, windowMs } = standing(control.history, from, to);
  if (countedMs === 0) return html`<span class="held">not applicable for all of ${lasting(from, to)}</span>`;
  return html`<span class="held"
    >strict ${percent(strictMs, countedMs)}, adjusted ${percent(adjustedMs, countedMs)} of
    ${lasting(0, countedMs)}; evidence for ${percent(evidencedMs, windowMs)} of ${lasting(0, windowMs)}</span
  >`;
}

/** The table twin of the ribbon. */
function changes({ history, ref }: ControlStatus, from: number, to: number): Html | undefined {
  const inside = history.filter((step) => step.to > from && step.from < to);
  if (inside.length < 2) return undefined;
  const shown = inside.slice(-MAX_CHANGES).toReversed();
  const older = inside.length - shown.length;
  return html`<details>
    <summary>${count(inside.length - 1, 'change')}<span class="hidden"> of ${ref}</span></summary>
    <ol class="changes">
      ${shown.map(
        (step) =>
          html`<li>
            ${when(Math.max(step.from, from))}
            <span class="nowrap">${statusLook[step.status].glyph} ${statusLook[step.status].word}</span>
            <span class="quiet">for ${lasting(Math.max(step.from, from), Math.min(step.to, to))}</span>
          </li>`,
      )}
    </ol>
    ${older === 0 ? undefined : html`<p class="note">${count(older, 'older step')} only in the ribbon.</p>`}
  </details>`;
}

function rests({ assertions }: ControlStatus): Html {
  if (assertions.length === 0) return html`<p class="rests">No automated assertion.</p>`;
  return html`<ul class="rests">
    ${assertions.map(
      ({ id, strength, status }) =>
        html`<li>
          <span class="glyph s-${statusLook[status].name}" aria-hidden="true"
            >${statusLook[status].glyph}</span
          ><span class="hidden">${statusLook[status].word}: </span><code>${soft(clipped(id))}</code>
          <span class="quiet">${strength}</span>
        </li>`,
    )}
  </ul>`;
}
