import { html } from '../html.ts';
import type { Html } from '../html.ts';
import type { Model } from '../model.ts';
import { code, section, table } from '../parts.ts';
import { clipped, count, number, sentence } from '../text.ts';

/** The limits of what was said above, as plainly as the rest. */
export function notCovered({ data }: Model): Html {
  const silent = data.posture.assertions.filter(({ status }) => status === 'NO_EVIDENCE');
  const letters = data.evidence.deadLetters.filter((letter) => letter.count > 0);
  const lost = letters.reduce((sum, letter) => sum + letter.count, 0);
  const titles = new Map(data.assertions.map(({ id, title }) => [id, title]));
  return section('not-covered', 'What this report does not cover', [
    html`<h3>The judgement</h3>
      <p>
        This report holds evidence that supports controls or speaks against them. Whether a control is met is
        for the auditor to say.
      </p>`,
    html`<h3>What never arrived</h3>
      <p>
        Azure diagnostic logs are not lossless: Azure sends them at best effort, late at times, and does not
        say which are missing. A record that was lost before it reached Plumbline cannot be seen here.
      </p>`,
    html`<h3>Another copy of the log</h3>
      <p>
        The checkpoint proves that nothing under it was changed or removed. It cannot prove by itself that
        everyone was shown the same log. To rule that out, compare it with a checkpoint that you received on
        another way, such as mail or an immutable container.
      </p>`,
    html`<h3>Records that could not be read</h3>`,
    letters.length === 0
      ? html`<p>None: every record that arrived was read.</p>`
      : html`<p>
          ${count(lost, 'record')} could not be read and ${lost === 1 ? 'was' : 'were'} set aside with bytes,
          hash and reason; no finding can come from ${lost === 1 ? 'it' : 'them'} until replayed. By reason:
          ${letters.map((letter, i) => html`${i === 0 ? '' : ', '}${number(letter.count)} ${code(letter.reason)}`)}.
        </p>`,
    html`<h3>Assertions without evidence</h3>`,
    silent.length === 0
      ? html`<p>None: every assertion had evidence at the end of the window.</p>`
      : table(
          html`${count(silent.length, 'assertion')} of ${number(data.posture.assertions.length)} had no
          evidence at the end of the window.`,
          [
            { title: 'Assertion', label: 'Assertion' },
            { title: 'Why', label: 'Why' },
          ],
          silent.map(({ assertion, reason }) => [
            html`${clipped(titles.get(assertion) ?? '')}<br />${code(assertion)}`,
            sentence(clipped(reason)),
          ]),
          'silent',
        ),
    html`<h3>Controls on manual evidence alone</h3>`,
    manualControls(data.posture.frameworks),
  ]);
}

function manualControls(frameworks: Model['data']['posture']['frameworks']): readonly Html[] {
  const lists = frameworks.flatMap((framework) => {
    const manual = framework.controls.filter(({ status }) => status === 'MANUAL_ONLY');
    if (manual.length === 0) return [];
    return [
      html`<h4>${framework.title}: ${number(manual.length)} of ${number(framework.controls.length)}</h4>
        <ul class="manual">
          ${manual.map(({ ref, title }) => html`<li><span class="ref">${ref}</span> ${clipped(title)}</li>`)}
        </ul>`,
    ];
  });
  return lists.length === 0 ? [html`<p>None: every control has an automated assertion.</p>`] : lists;
}
