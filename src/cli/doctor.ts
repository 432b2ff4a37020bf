import { accessSync, constants, existsSync, mkdirSync, statSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Config } from '../config.ts';
import { SECOND_MS } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { ContainerSettings } from '../store/blob-client.ts';
import { configFor } from './configuration.ts';
import { readContent } from './content.ts';
import { brokenBy, ok } from './doctor-check.ts';
import type { Check } from './doctor-check.ts';
import { checkClock } from './doctor-clock.ts';
import { checkKeys } from './doctor-keys.ts';
import { checkSources } from './doctor-sources.ts';
import { foldersIn } from './folders.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { columns } from './text.ts';
import { isNothing, verifiedLine, verifyFolder } from './verify.ts';

const GIB = 1024 ** 3;
const LEAST_FREE_GIB = 2;

function checkNode(version: string): Check {
  const isNew = Number(version.split('.')[0]) >= 24;
  return isNew
    ? ok('node', version)
    : { name: 'node', state: 'broken', found: version, fix: 'install Node 24 or newer' };
}

function checkData(config: Config): Check {
  try {
    mkdirSync(config.data, { recursive: true });
    accessSync(config.data, constants.R_OK | constants.W_OK);
    const { bavail, bsize } = statfsSync(config.data);
    const freeGib = (bavail * bsize) / GIB;
    const found = `${config.data}, ${freeGib.toFixed(1)} GiB free`;
    if (freeGib >= LEAST_FREE_GIB) return ok('data folder', found);
    return {
      name: 'data folder',
      state: 'warning',
      found,
      fix: `free some space: a full disk stops every seal`,
    };
  } catch (thrown) {
    return {
      name: 'data folder',
      state: 'broken',
      found: describeError(thrown),
      fix: 'make the folder writable, or set `data` to another',
    };
  }
}

/** A file that holds a secret, or will. */
function checkSecret(name: string, file: string, ifOpen: 'warning' | 'broken'): Check {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return ok(name, 'made on the first run');
  if ((found.mode & 0o077) === 0) return ok(name, 'for its owner alone');
  return { name, state: ifOpen, found: 'others can read it', fix: `chmod 600 ${file}` };
}

function checkContent(config: Config, productFolder: string): Check {
  const { content, problems } = readContent(config, productFolder);
  if (content !== undefined)
    return ok(
      'detections and mappings',
      `${content.detections.length} detections, ${content.frameworks.length} frameworks`,
    );
  return {
    name: 'detections and mappings',
    state: 'broken',
    found: `${problems.length} problems`,
    fix: 'plumbline validate lists them',
  };
}

async function checkLake(config: Config): Promise<Check> {
  const { lake } = foldersIn(config.data);
  if (!existsSync(lake)) return ok('lake', 'made on the first run');
  const broken = (found: string): Check => ({
    name: 'lake',
    state: 'broken',
    found,
    fix: 'plumbline verify names every place',
  });
  try {
    const verification = await verifyFolder(lake);
    if (isNothing(verification)) return ok('lake', 'nothing is sealed in it yet');
    const line = verifiedLine(verification);
    return verification.ok ? ok('lake', line) : broken(line);
  } catch (thrown) {
    return broken(describeError(thrown));
  }
}

/** Makes an empty blob and deletes it again, as the least that sealing needs. */
async function checkContainer(settings: ContainerSettings): Promise<Check> {
  const name = 'lake container';
  try {
    const { openContainer } = await import('../store/blob-client.ts');
    const once = { attempts: 2, firstDelayMs: SECOND_MS, maxDelayMs: SECOND_MS };
    const { client, prefix, call } = await openContainer({ ...settings, retry: once }, Math.random);
    const blob = client.getBlockBlobClient(`${prefix}_doctor`);
    await call((abortSignal) => blob.upload('', 0, { abortSignal }));
    // Under a policy of immutability it stays, and is in nobody's way.
    await call((abortSignal) => blob.deleteIfExists({ abortSignal })).catch(() => undefined);
    return ok(name, `${settings.url} can be written`);
  } catch (thrown) {
    return brokenBy(name, describeError(thrown), 'look at `lake.container`');
  }
}

/** Listens for a moment where the service would. */
const checkPort = ({ serve: { host, port } }: Config): Promise<Check> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (thrown) =>
      resolve({
        name: 'port',
        state: 'warning',
        found: describeError(thrown),
        fix: 'is the service running already? Else set `serve.port`',
      }),
    );
    probe.listen({ host, port }, () => probe.close(() => resolve(ok('port', `${host}:${port} is free`))));
  });

export async function examine(io: Io, config: Config): Promise<readonly Check[]> {
  const { signingKey, apiToken } = foldersIn(config.data);
  return [
    checkNode(io.nodeVersion),
    await checkClock(io, config),
    checkData(config),
    checkSecret('signing key', signingKey, 'broken'),
    // A platform may mount it with a mode of its own.
    checkSecret('API token', apiToken, 'warning'),
    checkContent(config, io.productFolder),
    config.lake.container === undefined
      ? await checkLake(config)
      : await checkContainer(config.lake.container),
    await checkKeys(config, io.clock),
    await checkPort(config),
    ...(await checkSources(config, io.clock)),
  ];
}

export const doctor: CommandSetUp = (command, io, done) => {
  command
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (options: { config?: string; output: OutputFormat }) => {
      const checks = await examine(io, configFor(io, options.config));
      const glyphs = { ok: '✓', warning: '!', broken: '✕' } as const;
      writeResult(io, options.output, {
        value: checks,
        rows: checks,
        table: () =>
          columns(
            checks.map(({ name, state, found, fix }) => [
              glyphs[state],
              name,
              fix === '' ? found : `${found}; ${fix}`,
            ]),
          ).join('\n'),
      });
      if (checks.some(({ state }) => state === 'broken')) done(exitCodes.runtime.code);
    });
};
