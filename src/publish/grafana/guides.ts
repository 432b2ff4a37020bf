import { allStatuses } from '../../domain/panels.ts';
import { statusLook } from '../report/status.ts';
import { labelOf } from './look.ts';

const statusTable = allStatuses
  .map((status) => `| ${labelOf(status)} | ${statusLook[status].meaning} |`)
  .join('\n');

/** Markdown of the text panel at the end of the posture board. */
export const postureGuide = `**Absence of evidence is a status of its own, never a pass.** A control takes the worst status of its assertions.

| status | what it says |
|---|---|
${statusTable}

Everything is computed from sealed evidence, as known at the end of the time range (a range that ends in the future ends now).
Shares are of control time in the range: strict counts PASS alone, adjusted also ATTESTED, EXCEPTION and AT RISK; NOT APPLICABLE time and controls judged by people alone are in neither.
To follow a finding: give its id to \`plumbline explain\`; \`plumbline verify\` checks the evidence it rests on.
This board shows evidence that bears on controls; it is no verdict.`;

/** Markdown of the text panel at the end of the pipeline board. */
export const pipelineGuide = `Read it from the top: does it take everything in, what went wrong, does it keep up, how does it flow.

- **Fetched = sealed + dead-lettered + deduplicated.** A record that cannot be read is kept with its bytes and its reason, and can be replayed.
- **Event age** grows when a source falls silent. Silence longer than the freshness of an assertion turns its controls to ${labelOf('NO_EVIDENCE')}.
- **Messages behind** is what a source holds and was not read yet; **time behind** growing while nothing arrives means a stalled link, which is taken up anew by itself.
- **Seal time** is from the start of a seal until its evidence is durable. A cursor moves upstream only after that.
- A panel without data says so. A counter appears with its first event, so an empty error panel is good news.`;
