import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { section, statusMark, table } from '../parts.ts';
import { ribbon } from '../ribbon.ts';
import { shownStatuses, statusLook } from '../status.ts';
import { HOUR_MS } from '../../../lib/clock.ts';

/** What the words and figures mean. */
export function method(): Html {
  return section('method', 'How to read this report', [
    table(
      'Statuses, worst first. The worst part of a control decides; MANUAL ONLY has no rank.',
      [
        { title: 'Status', label: 'Status', className: 'c-status' },
        { title: 'In ribbons', label: 'In ribbons', className: 'c-swatch' },
        { title: 'Meaning', label: 'Meaning' },
      ],
      shownStatuses.map((status) => [
        statusMark(status),
        ribbon([{ from: 0, to: HOUR_MS, status }], 0, HOUR_MS),
        statusLook[status].meaning,
      ]),
      'words',
    ),
    html`<dl class="terms">
      <div>
        <dt>Control</dt>
        <dd>
          One item of a framework. Its status is the worst of the assertions mapped to it, over every resource
          seen. A mapping of strength <em>supporting</em> can lower a status, never raise it.
        </dd>
      </div>
      <div>
        <dt>Assertion</dt>
        <dd>
          One testable statement, such as “diagnostic settings of AI accounts stay on”. Detections, postures
          and watched log sources speak to it.
        </dd>
      </div>
      <div>
        <dt>Strict</dt>
        <dd>
          Share of the window with status PASS. Time that is NOT APPLICABLE is left out of the window; time
          without a known status stays in.
        </dd>
      </div>
      <div>
        <dt>Adjusted</dt>
        <dd>
          The same, counting ATTESTED, EXCEPTION and AT RISK as held. Exceptions change this figure only,
          never the strict one.
        </dd>
      </div>
      <div>
        <dt>Ribbon</dt>
        <dd>
          One control over the window, time running left to right. A blank part means that nothing is known, a
          hatched part that evidence was missing.
        </dd>
      </div>
      <div>
        <dt>Finding</dt>
        <dd>
          A recorded match of a detection, with the fields, values and tests that made it match and its place
          in the evidence log.
        </dd>
      </div>
      <div>
        <dt>Incident</dt>
        <dd>
          The findings of one cause: one assertion failing on one resource. It resolves when the assertion
          holds again.
        </dd>
      </div>
      <div>
        <dt>Leaf, record</dt>
        <dd>
          Leaf: the number of the message in the evidence log. Record: the place of the record in the message.
          Both count from 0.
        </dd>
      </div>
      <div>
        <dt>Times</dt>
        <dd>
          UTC. Every status is as known at the end of the window; evidence that arrives later changes a later
          report, not this one.
        </dd>
      </div>
    </dl>`,
  ]);
}
