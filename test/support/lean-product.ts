import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { createWorkplace, productFolder } from './cli.ts';
import type { Workplace } from './cli.ts';

/** What the lean product keeps: the rules that `test/support/records.ts` has records for, and what they rest on. */
const rules = ['azure_diagnostic_settings_deleted', 'azure_diagnostic_settings_written'];
const assertions = new Set(['logging.diagnostic-settings.kept', 'ai.access.keyless']);

interface Mapped {
  readonly controls: readonly { readonly mappings?: readonly { readonly assertion: string }[] }[];
}

export interface LeanWorkplace extends Workplace {
  /** For a configuration: names what the product is cut down to, for a command in a process of its own. */
  readonly content: string;
}

/**
 * A workplace whose product is cut down to two rules, two assertions and one framework out of the shipped ones:
 * everything is wired as ever, but a command starts without reading a hundred files.
 */
export function createLeanWorkplace(): LeanWorkplace {
  const product = mkdtempSync(join(tmpdir(), 'plumbline-lean-'));
  const write = (file: string, value: unknown): void => {
    mkdirSync(join(product, file, '..'), { recursive: true });
    writeFileSync(join(product, file), stringify(value));
  };
  const shipped = (file: string): unknown => parse(readFileSync(join(productFolder, file), 'utf8'));
  for (const rule of rules) {
    const file = `detections/azure/activity/${rule}.yml`;
    cpSync(join(productFolder, file), join(product, file));
  }
  const hub = shipped('mappings/assertions.yml') as { assertions: readonly { id: string }[] };
  write('mappings/assertions.yml', {
    assertions: hub.assertions.filter(({ id }) => assertions.has(id)),
  });
  cpSync(join(productFolder, 'mappings/retention.yml'), join(product, 'mappings/retention.yml'));
  const soc2 = shipped('mappings/soc2.yml') as Mapped;
  write('mappings/soc2.yml', {
    ...soc2,
    controls: soc2.controls.map(({ mappings = [], ...control }) => ({
      ...control,
      mappings: mappings.filter(({ assertion }) => assertions.has(assertion)),
    })),
  });
  const place = createWorkplace();
  const runWith: Workplace['runWith'] = (over, ...argv) =>
    place.runWith({ productFolder: product, ...over }, ...argv);
  return {
    ...place,
    content: `detections: ${join(product, 'detections')}\nmappings: ${join(product, 'mappings')}\n`,
    runWith,
    run: (...argv) => runWith({}, ...argv),
    [Symbol.dispose]: () => {
      place[Symbol.dispose]();
      rmSync(product, { recursive: true });
    },
  };
}
