import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { PipelineError } from '../lib/errors.ts';
import type { JsonValue } from '../lib/json.ts';
import { checkPlan } from './check-plan.ts';
import { readCheckov } from './checkov.ts';
import { readOpa } from './opa.ts';
import { isPlan, readPlan } from './plan.ts';
import type { CheckReport } from './result.ts';
import type { GuardrailPolicy } from './rule.ts';
import { readSarif } from './sarif.ts';

/**
 * Reads what a pipeline wrote: a plan as `terraform show -json` writes it, results of OPA, Checkov or any tool that
 * writes SARIF. Told apart by shape.
 *
 * @throws PipelineError INPUT_UNREADABLE that says what to do instead.
 */
export function readCheckReport(bytes: Buffer, name: string, policy: GuardrailPolicy): CheckReport {
  const value = parse(bytes, name);
  if (isPlan(value)) {
    try {
      return checkPlan(readPlan(value), policy);
    } catch (thrown) {
      const what = thrown instanceof z.ZodError ? z.prettifyError(thrown) : String(thrown);
      throw new PipelineError('INPUT_UNREADABLE', name, `a plan whose shape is not known: ${what}`);
    }
  }
  const report = readSarif(value) ?? readCheckov(value) ?? readOpa(value);
  if (report !== undefined) return report;
  throw new PipelineError(
    'INPUT_UNREADABLE',
    name,
    'neither a plan, nor results of OPA, Checkov or SARIF; write plans with `terraform show -json PLAN`',
  );
}

function parse(bytes: Buffer, name: string): JsonValue {
  // A plan file is a ZIP archive until it is shown.
  if (bytes.subarray(0, 2).toString('latin1') === 'PK')
    throw new PipelineError(
      'INPUT_UNREADABLE',
      name,
      `a binary plan; write it as JSON first: terraform show -json ${name} > plan.json`,
    );
  if (!isUtf8(bytes)) throw new PipelineError('INPUT_UNREADABLE', name, 'not UTF-8');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new PipelineError('INPUT_UNREADABLE', name, 'not JSON, or cut short');
  }
}
