import { html } from '../html.ts';
import type { Html } from '../html.ts';
import type { Model } from '../model.ts';
import { facts, shortened, when } from '../parts.ts';
import { lasting, number } from '../text.ts';

/** Who, which window, as known at, by which version, under which checkpoint. */
export function header({ data, now }: Model): Html {
  const { posture, evidence } = data;
  return html`<header class="top">
    <p class="mark">
      <svg width="9" height="26" aria-hidden="true" focusable="false">
        <path class="line" d="M4.5 0V17" />
        <path class="bob" d="M4.5 15 8 19 4.5 26 1 19Z" /></svg
      >Plumbline evidence report
    </p>
    <h1>${data.organisation}</h1>
    <p class="sub">${data.title}</p>
    ${facts(
      [
        [
          'Window',
          html`${when(posture.from)} to ${when(posture.to)}
            <span class="quiet">(${lasting(posture.from, posture.to)})</span>`,
        ],
        ['As known at', when(now)],
        ['Written', when(data.generatedAt)],
        [
          data.tenantIds.length === 1 ? 'Tenant' : 'Tenants',
          data.tenantIds.length === 0
            ? 'unknown'
            : data.tenantIds.map((id) => html`${shortened(id, 8, 12)} `),
        ],
        ['Product', `Plumbline ${data.productVersion}`],
        [
          'Checkpoint',
          html`<a href="#evidence">${shortened(evidence.root)}</a>
            <span class="quiet">over ${number(evidence.size)} leaves</span>`,
        ],
      ],
      'facts wide',
    )}
  </header> `;
}
