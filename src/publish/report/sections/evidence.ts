import { html } from '../html.ts';
import type { Html, HtmlValue } from '../html.ts';
import type { Model } from '../model.ts';
import { facts, section, when } from '../parts.ts';
import { count, number } from '../text.ts';

/** The signed checkpoint in full, and how to check the lake against it without trusting the writer. */
export function evidence({ data }: Model): Html {
  const log = data.evidence;
  return section('evidence', 'Evidence and how to verify it', [
    facts(
      [
        ['Log', html`<code>${log.origin}</code>`],
        ['Leaves', number(log.size)],
        ['Sealed', html`${when(log.sealedAt)}, ${count(log.seals, 'seal')}`],
        ['Messages', number(log.captures)],
        ['Events', number(log.events)],
        ['Findings', number(log.findings)],
        ['Observations', number(log.observations)],
        ['Newest verification', verification(log.verified)],
      ],
      'facts wide',
    ),
    html`<h3>Checkpoint</h3>
      <p>
        The signed tree head that this report rests on, as published. Its second line is the number of leaves,
        its third the root hash.
      </p>
      <pre class="all">${log.checkpoint}</pre>`,
    html`<h3>Key it verifies with</h3>
      <p>Take the key from whoever runs the log, not from this page, and compare.</p>
      <pre class="all">${log.verifierKey}</pre>`,
    html`<h3>To verify</h3>
      <ol class="steps">
        <li>Get a copy of the evidence lake. No network and no account is needed from here on.</li>
        <li>
          Run <code class="all">npx plumbline verify</code> where the lake is. It recomputes every hash from
          the stored messages, trusts nothing that the writer computed, and names the row or file that is
          wrong.
        </li>
        <li>Compare the root hash and the number of leaves it prints with the checkpoint above.</li>
        <li>
          Take any finding of section 4: its leaf and record index lead to the message as it was received.
        </li>
      </ol>`,
  ]);
}

function verification(verified: Model['data']['evidence']['verified']): HtmlValue {
  if (verified === undefined) return 'none has run yet';
  return verified.ok
    ? html`no fault, ${when(verified.at)}`
    : html`<strong>${count(verified.faults, 'fault')}, ${when(verified.at)}</strong>`;
}
