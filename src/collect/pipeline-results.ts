import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { z } from 'zod';
import type { Capture } from '../domain/capture.ts';
import { readCheckReport } from '../guardrails/read-report.ts';
import type { CheckReport, CheckResult } from '../guardrails/result.ts';
import { iso } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import { canonicalJson } from '../lib/json.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { defineCollector } from './collector.ts';
import type { Collector, CollectorContext } from './collector.ts';

const PipelineResultsSettings = z.strictObject({
  type: z.literal('pipeline_results'),
  paths: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      'Files or folders of Terraform plans (`terraform show -json`) and of results of OPA, Checkov and SARIF; relative paths count from the configuration file.',
    ),
  regions: z
    .array(z.string().min(1))
    .default([])
    .describe('Approved regions of Azure and AWS; while there are none, residency is unknown.'),
  allowDataZones: z
    .boolean()
    .default(false)
    .describe('True approves processing anywhere in one data zone or geography.'),
});
type PipelineResultsSettings = z.infer<typeof PipelineResultsSettings>;

interface Input {
  readonly path: string;
  /** The same on every machine: relative to what the user named. */
  readonly name: string;
}

async function inputsOf(path: string): Promise<readonly Input[]> {
  if (!(await stat(path)).isDirectory()) return [{ path, name: basename(path) }];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(?:json|sarif)$/.test(entry.name) && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((file) => ({ path: file, name: relative(path, file).split(sep).join('/') }));
}

/**
 * Captures what the guardrails say about each file, never the file: a plan holds every secret in clear. Its digest goes
 * along, so that whoever has the file can tell that it was this one.
 */
function createPipelineResults(settings: PipelineResultsSettings, context: CollectorContext): Collector {
  const problems: string[] = [];
  const policy = { regions: settings.regions, allowDataZones: settings.allowDataZones };

  async function captureOf({ path, name }: Input): Promise<Capture | undefined> {
    const bytes = await readFile(path);
    const digest = sha256Hex(bytes);
    // Another policy gives other results for the same file.
    const version = sha256Hex(`${digest}|${canonicalJson(policy)}`).slice(0, 16);
    const stream = `${context.source}/${name}#${version}`;
    if ((await context.durableSequence(stream)) !== undefined) return undefined;
    const report = readCheckReport(bytes, name, policy);
    const time = report.time ?? Math.floor((await stat(path)).mtimeMs);
    return {
      source: context.source,
      stream,
      sequence: 1,
      enqueuedAt: undefined,
      receivedAt: context.clock(),
      body: Buffer.from(canonicalJson({ records: recordsOf(report, { name, digest, time }) })),
    };
  }

  async function* batches(): AsyncGenerator<readonly Capture[]> {
    for (const path of settings.paths) {
      if (context.signal.aborted) return;
      const inputs = await inputsOf(path).catch((thrown: unknown) => {
        problems.push(`${path}: ${describeError(thrown)}`);
        return [];
      });
      for (const input of inputs) {
        if (context.signal.aborted) return;
        try {
          const capture = await captureOf(input);
          if (capture !== undefined) yield [capture];
        } catch (thrown) {
          problems.push(`${input.path}: ${describeError(thrown)}`);
        }
      }
    }
  }

  return { batches, problems: () => problems };
}

interface Origin {
  readonly name: string;
  readonly digest: string;
  readonly time: number;
}

/** A record a result, and one for the file as a whole: that it was checked is evidence even when nothing was found. */
const recordsOf = (report: CheckReport, origin: Origin): readonly JsonValue[] => {
  const count = (outcome: CheckResult['outcome']): number =>
    report.results.filter((result) => result.outcome === outcome).length;
  const summary = {
    fail: count('fail'),
    unknown: count('unknown'),
    pass: count('pass'),
    skipped: count('skipped'),
    aiResources: report.aiResources ?? null,
  };
  return [
    record(report.tool, 'summary', origin, { summary }),
    ...report.results.map((result) => record(result.tool, result.rule, origin, plain(result))),
  ];
};

const record = (
  tool: string,
  rule: string,
  { name, digest, time }: Origin,
  said: JsonObject,
): JsonObject => ({
  time: iso(time),
  type: 'plumbline/policyCheck',
  category: 'PolicyCheck',
  operationName: `${tool}/${rule}`,
  properties: { ...said, inputName: name, inputSha256: digest },
});

/** Without members that are undefined: canonical JSON leaves these out. */
const plain = (result: CheckResult): JsonObject => ({ ...result });

export const pipelineResults = defineCollector({
  type: 'pipeline_results',
  summary:
    'Holds Terraform plans against the AI guardrails, and reads results of OPA, Checkov and SARIF, once each.',
  settings: PipelineResultsSettings,
  create: createPipelineResults,
});
