import type { ControlStatus } from '../domain/control.ts';
import type { Detection } from '../domain/detection.ts';
import type { Finding } from '../domain/finding.ts';
import { iso } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import type { Config } from '../config.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import type { Content } from './content.ts';
import { explainCorrelationOnEvents } from './explain-correlation.ts';
import { explainOnEvents } from './explain-events.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { defaultRange } from './report-data.ts';
import { openReaders } from './readers.ts';
import { statusLook } from '../publish/report/status.ts';
import { columns } from './text.ts';

interface ExplainOptions {
  readonly event?: string;
  readonly config?: string;
  readonly output: OutputFormat;
}

export const explain: CommandSetUp = (command, io, done) => {
  command
    .argument(
      '<what>',
      'a detection or correlation by name or id (with --event), a finding id (fnd-…), or a control (soc2:CC6.1)',
    )
    .option(
      '--event <file>',
      'records to try the detection on, in any form that replay reads; - for standard input',
    )
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (what: string, options: ExplainOptions) => done(await runExplain(io, what, options)));
};

async function runExplain(io: Io, what: string, options: ExplainOptions): Promise<number> {
  const config = configFor(io, options.config);
  const content = loadContent(config, io.productFolder, io.workingFolder);
  if (what.startsWith('fnd-')) return explainFinding(io, config, content, what, options.output);
  if (content.frameworks.some(({ controls }) => controls.some(({ id }) => id === what))) {
    return explainControl(io, config, content, what, options.output);
  }
  const isMeant = ({ detection }: { readonly detection: Detection }): boolean =>
    detection.name === what || detection.id === what;
  const loaded = content.loaded.find(isMeant);
  const correlation = content.correlations.items.find(isMeant);
  if (loaded === undefined && correlation === undefined) {
    throw new PipelineError(
      'USAGE',
      `"${what}"`,
      'no detection, finding id or control has this name; docs/reference/detections.md lists the detections',
    );
  }
  if (options.event === undefined)
    throw new PipelineError('USAGE', what, 'give the records to try it on with --event FILE');
  if (loaded === undefined)
    return explainCorrelationOnEvents(
      io,
      content,
      correlation?.detection.name ?? what,
      options.event,
      options.output,
    );
  return explainOnEvents(io, loaded, options.event, options.output);
}

async function explainFinding(
  io: Io,
  config: Config,
  content: Content,
  id: string,
  output: OutputFormat,
): Promise<number> {
  using readers = await openReaders(config, content);
  const finding = await readers.evidence.finding(id);
  if (finding === undefined) throw new PipelineError('USAGE', id, 'no such finding in this lake');
  const controls = content.incidentContext.controlsOf(finding.assertion);
  writeResult(io, output, {
    value: { ...finding, controls },
    rows: [{ ...finding, controls }],
    table: () => findingText(finding, controls),
  });
  return exitCodes.ok.code;
}

function findingText(finding: Finding, controls: readonly string[]): string {
  const { actor, evidence } = finding;
  return columns([
    ['finding', finding.id],
    ['title', finding.title],
    ['level', finding.level],
    ['time', iso(finding.time)],
    ['detection', `${finding.detectionName}, version ${finding.detectionVersion}`],
    ['resource', finding.resourceId ?? 'unknown'],
    ['operation', finding.operation ?? 'unknown'],
    [
      'actor',
      [actor.name ?? actor.id ?? 'unknown', actor.type, actor.ip]
        .filter((part) => part !== undefined)
        .join(', '),
    ],
    ...finding.matched.map(({ field, value, test }) => [
      'matched',
      `${field} = ${JSON.stringify(value)}  (${test})`,
    ]),
    ['assertion', finding.assertion],
    ['controls', controls.join(', ')],
    ['evidence', `leaf ${evidence.leaf}, record ${evidence.record}; event ${finding.eventId}`],
  ]).join('\n');
}

async function explainControl(
  io: Io,
  config: Config,
  content: Content,
  id: string,
  output: OutputFormat,
): Promise<number> {
  using readers = await openReaders(config, content);
  const range = await defaultRange(readers.evidence);
  if (range === undefined) throw new PipelineError('USAGE', id, 'the lake holds no event yet');
  const posture = await readers.posture.posture(range);
  const control = posture.frameworks
    .flatMap(({ controls }) => controls)
    .find((candidate) => candidate.control === id);
  if (control === undefined) throw new PipelineError('USAGE', id, 'no such control');
  const assertions = posture.assertions.filter(({ assertion }) =>
    control.assertions.some((mapped) => mapped.id === assertion),
  );
  writeResult(io, output, {
    value: { control, assertions },
    rows: [{ control, assertions }],
    table: () => controlText(control, assertions),
  });
  return exitCodes.ok.code;
}

function controlText(
  control: ControlStatus,
  assertions: readonly { assertion: string; status: ControlStatus['status']; reason: string }[],
): string {
  return [
    `${statusLook[control.status].glyph} ${statusLook[control.status].word}  ${control.control}  ${control.title}`,
    `since ${iso(control.since)}: ${control.reason}`,
    '',
    ...columns(
      assertions.map(({ assertion, status, reason }) => [
        `  ${statusLook[status].glyph} ${statusLook[status].word}`,
        assertion,
        reason,
      ]),
    ),
  ].join('\n');
}
