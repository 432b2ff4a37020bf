import { asMatched } from '../detect/correlate/correlator.ts';
import type { Matched } from '../detect/correlate/correlator.ts';
import { explainCorrelation } from '../detect/explain-correlation.ts';
import type { CorrelationExplanation, ExplainedGroup } from '../detect/explain-correlation.ts';
import type { Event } from '../domain/event.ts';
import { iso } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import type { Content } from './content.ts';
import { recordsIn } from './explain-events.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import { columns, count } from './text.ts';

/** Tries a correlation on the records of a file and says, group by group, what is missing; 1 when it finds nothing. */
export async function explainCorrelationOnEvents(
  io: Io,
  { detector, correlations }: Pick<Content, 'detector' | 'correlations'>,
  name: string,
  file: string,
  output: OutputFormat,
): Promise<number> {
  const matched = (await recordsIn(io, file)).map(({ index, fields, record }): Matched => {
    const about = { id: `record ${index}`, source: 'explain', evidence: { leaf: 0, record: index }, record };
    const event: Event = Object.assign(about, fields);
    return asMatched(event, detector.detect(event));
  });
  const explanation = explainCorrelation(correlations, name, matched);
  if (explanation === undefined) throw new PipelineError('USAGE', name, 'no such correlation');
  const value = { ...explanation, groups: explanation.groups.map(plainGroup) };
  writeResult(io, output, { value, rows: [value], table: () => correlationText(explanation) });
  return explanation.found ? exitCodes.ok.code : exitCodes.gate.code;
}

const plainGroup = ({ from, to, ...group }: ExplainedGroup) => ({ ...group, from: iso(from), to: iso(to) });

/** Groups shown to people; the JSON output has all. */
const mostShown = 10;

function correlationText(explanation: CorrelationExplanation): string {
  const { detection, found, condition, rules, groups, leftOut } = explanation;
  return [
    `${found ? '✓ finds' : '✕ does not find'}  ${detection.name} (${detection.level}): ${condition}`,
    ...columns(
      rules.map(({ rule, matched }) => [
        `  ${matched > 0 ? '✓' : '✕'} ${rule}`,
        `${count(matched)} events`,
        matched > 0 ? '' : `ask: plumbline explain ${rule} --event FILE`,
      ]),
    ),
    ...groups.slice(0, mostShown).flatMap(groupText),
    ...(groups.length > mostShown ? [`and ${count(groups.length - mostShown)} more groups`] : []),
    ...leftOut.map(({ event, why }) => `${event} stands in no group: ${why}`),
  ].join('\n');
}

function groupText({ group, found, value, from, to, events, missing }: ExplainedGroup): readonly string[] {
  const key = Object.entries(group)
    .map(([field, text]) => `${field} = ${text}`)
    .join(', ');
  return [
    `${found ? '✓' : '✕'} ${key === '' ? 'all events' : key}`,
    `    ${value === undefined ? 'nothing to measure' : `comes to ${Number(value.toPrecision(6))}`}, ${iso(from)} to ${iso(to)}: ${events.slice(0, 5).join(', ')}${events.length > 5 ? ` and ${count(events.length - 5)} more` : ''}`,
    ...(found || missing.length === 0 ? [] : [`    missing in the window: ${missing.join(', ')}`]),
  ];
}
