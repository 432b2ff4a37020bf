import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { AnchorSettings } from './anchor/registry.ts';
import { NotifierSettings } from './alert/registry.ts';
import { RoutingSettings } from './alert/routing.ts';
import { AzureCredentialSettings } from './collect/azure-credential.ts';
import { CollectorSettings } from './collect/registry.ts';
import { parsePeriod } from './domain/retention.ts';
import { parseDuration } from './lib/clock.ts';
import { describeError } from './lib/errors.ts';
import type { Problem } from './lib/errors.ts';
import { isJsonObject } from './lib/json.ts';
import type { JsonObject, JsonValue } from './lib/json.ts';
import { readYamlFile } from './lib/yaml-schema.ts';
import type { Substitute } from './lib/yaml-schema.ts';
import { encryptionSettings } from './store/encryption/settings.ts';

const MIB = 1024 * 1024;

const Duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'not a duration such as 90s, 5m, 24h or 7d')
  .transform((text) => parseDuration(text) ?? 0);

const Period = z
  .string()
  .refine((text) => parsePeriod(text) !== undefined, 'not a period such as 6y, 12mo or 90d');

/** The whole configuration; every key has a default, so that no file is needed. */
export const Config = z.strictObject({
  organisation: z.string().default('').describe('Whose estate this is; printed on reports.'),
  data: z
    .string()
    .min(1)
    .default('./data')
    .describe('Folder for lake, keys and reports, relative to the configuration file.'),
  detections: z.string().optional().describe('Folder of Sigma rules; the shipped ones when left out.'),
  mappings: z
    .string()
    .optional()
    .describe('Folder of assertions and frameworks; the shipped ones when left out.'),
  decisions: z.string().optional().describe('YAML file of approved exceptions and attestations.'),
  lake: z
    .strictObject({
      origin: z
        .string()
        .regex(/^[^\s+]+$/, 'an origin has no spaces and no plus sign')
        .default('plumbline.example/lake')
        .describe('Name of the lake, a URL without its scheme; part of every checkpoint.'),
      writer: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes')
        .default('main')
        .describe('Name of this process among those that write the lake; each signs a log of its own.'),
      container: z
        .strictObject({
          url: z
            .url({ protocol: /^https?$/ })
            .describe('https://<account>.blob.core.windows.net/<container>, and a folder in it if you like.'),
          connectionString: z
            .string()
            .optional()
            .describe(
              'Write it as ${NAME} or ${file:path}; without it, the identity of this machine is used.',
            ),
        })
        .optional()
        .describe('Blob container to keep the lake in, in place of the folder below `data`.'),
      sealAfter: Duration.prefault('1m').describe('Evidence is sealed at the latest after this long.'),
      sealRecords: z.int().min(1).max(5_000_000).default(50_000).describe('… or after this many records,'),
      sealMib: z
        .int()
        .min(1)
        .max(1024)
        .default(32)
        .transform((mib) => mib * MIB)
        .describe('… or after this many MiB of messages.'),
      compactFrom: z
        .int()
        .min(0)
        .default(32)
        .describe(
          'The service puts small files of a table and closed day together when it has so many; 0: never.',
        ),
      encryption: encryptionSettings(AzureCredentialSettings)
        .optional()
        .describe('Encrypts messages and what is quoted of them; open when left out.'),
    })
    .prefault({}),
  anchors: z
    .array(AnchorSettings)
    .default([])
    .describe('Places outside that get signed checkpoints, so that nobody can take evidence back unseen.'),
  anchorEvery: Duration.prefault('15m').describe(
    'At most one checkpoint goes to each anchor in this time; the newest.',
  ),
  workers: z
    .union([z.literal('auto'), z.int().min(1).max(256)])
    .default(1)
    .describe(
      'Threads that collect, each a writer of its own (`<lake.writer>-1`, …); `auto` is one for each core, 1 is the main thread.',
    ),
  drainWithin: Duration.prefault('25s').describe(
    'After SIGTERM, what was read is sealed within this long; what is not is read again on the next start.',
  ),
  correlations: z
    .strictObject({
      lateness: Duration.prefault('20m').describe(
        'How much older than the newest event of its stream an event may be and still count; correlations wait this long.',
      ),
      idleAfter: Duration.prefault('10m').describe(
        'A stream that gave nothing for this long no longer holds the others back.',
      ),
    })
    .prefault({}),
  sources: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes'),
      CollectorSettings,
    )
    .default({})
    .describe('What to collect: a name of your choice for each source.'),
  alerts: z
    .strictObject({
      routing: RoutingSettings.prefault({}),
      notifiers: z.array(NotifierSettings).default([]).describe('Who is told; nobody unless you say so.'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      frameworks: z
        .array(z.string().min(1))
        .optional()
        .describe('Frameworks whose periods count; all of `mappings/retention.yml` when left out.'),
      keep: z
        .record(z.string().min(1), Period)
        .default({})
        .describe('Periods of your own: at least so long, by event class, table or `*`.'),
      atMost: Period.optional().describe(
        'What no period covers is deleted after this long; kept when left out.',
      ),
      automatic: z
        .boolean()
        .default(false)
        .describe(
          'The service deletes once a day what is past its time; otherwise `plumbline retention apply` does.',
        ),
      grace: Duration.prefault('7d').describe(
        'Files that were put together with others stay this long, for readers that have begun.',
      ),
    })
    .prefault({}),
  serve: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address to listen on; loopback unless told otherwise.'),
      port: z.int().min(0).max(65_535).default(4690).describe('Port of the HTTP API; 0 takes any free one.'),
    })
    .prefault({}),
});
export type Config = z.infer<typeof Config>;

/** Where rules, mappings and decisions lie; what is shipped, where that is left out. */
export type ContentFolders = Pick<Config, 'detections' | 'mappings' | 'decisions'>;

export interface LoadedConfig {
  readonly config: Config | undefined;
  /** Known even when something else in the file is wrong, so that all of it can be checked at once. */
  readonly content: ContentFolders;
  readonly problems: readonly Problem[];
}

/** Puts the values of `${NAME}` and `${file:path}` into texts; what is not there is reported by name alone. */
export function substituteSecrets(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Substitute {
  return (text, report) =>
    text.replaceAll(/\$\{(file:)?([^}]+)\}/g, (_whole, isFile: string | undefined, name: string) => {
      if (isFile === undefined) {
        const value = env[name];
        if (value === undefined)
          report(`environment variable ${name} is not set`, `set ${name}, or write the value another way`);
        return value ?? '';
      }
      try {
        return readFileSync(resolve(folder, name), 'utf8').trimEnd();
      } catch (thrown) {
        report(`secret file ${name} cannot be read`, describeError(thrown));
        return '';
      }
    });
}

/** Reads a configuration file; with no file, the defaults. Relative folders count from the file's own. */
export function loadConfig(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  workingFolder: string,
): LoadedConfig {
  if (file === undefined)
    return { config: anchor(Config.parse({}), workingFolder), content: {}, problems: [] };
  let text: string;
  try {
    text = readFileSync(resolve(workingFolder, file), 'utf8');
  } catch (thrown) {
    return {
      config: undefined,
      content: {},
      problems: [{ file, line: 1, column: 1, what: describeError(thrown), fix: 'is the path right?' }],
    };
  }
  const folder = dirname(resolve(workingFolder, file));
  const substitute = substituteSecrets(env, folder);
  const { value, problems } = readYamlFile(text, file, Config, substitute);
  const content = value ?? readYamlFile(text, file, LenientContent, substitute).value ?? {};
  return {
    config: value === undefined ? undefined : anchor(value, folder),
    content: anchorContent(content, folder),
    problems,
  };
}

const lenient = z.string().optional().catch(undefined);
const LenientContent = z.object({ detections: lenient, mappings: lenient, decisions: lenient });

function anchorContent({ detections, mappings, decisions }: ContentFolders, folder: string): ContentFolders {
  const at = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(folder, path);
  return { detections: at(detections), mappings: at(mappings), decisions: at(decisions) };
}

const anchorKeyFile = (encryption: Config['lake']['encryption'], folder: string): typeof encryption =>
  encryption?.keyFile === undefined
    ? encryption
    : { ...encryption, keyFile: resolve(folder, encryption.keyFile) };

/** The configuration with every folder absolute. */
function anchor(config: Config, folder: string): Config {
  return {
    ...config,
    ...anchorContent(config, folder),
    data: resolve(folder, config.data),
    lake: { ...config.lake, encryption: anchorKeyFile(config.lake.encryption, folder) },
    sources: Object.fromEntries(
      Object.entries(config.sources).map(([name, source]) => [name, anchorSource(source, folder)]),
    ),
  };
}

function anchorSource(source: CollectorSettings, folder: string): CollectorSettings {
  const at = (path: string): string => resolve(folder, path);
  switch (source.type) {
    case 'files':
      return { ...source, paths: source.paths.map((path) => (path === '-' ? path : at(path))) };
    case 'pipeline_results':
      return { ...source, paths: source.paths.map(at) };
    default:
      return source;
  }
}

/**
 * JSON Schema of the configuration, for editors. It speaks of the file as written: where a text has to have a form, a
 * `${…}` reference will do as well.
 */
export const configSchema = (): unknown =>
  withReferences(z.toJSONSchema(Config, { io: 'input', target: 'draft-2020-12' }) as JsonObject);

const reference: JsonObject = { type: 'string', pattern: '\\$\\{[^}]+\\}' };

function withReferences(schema: JsonObject): JsonObject {
  const { pattern, format, ...rest } = schema;
  if (schema['type'] === 'string' && (pattern ?? format) !== undefined) {
    const { type, minLength, maxLength, ...about } = rest;
    const form = { type, minLength, maxLength, pattern, format };
    return { ...about, anyOf: [form, reference] };
  }
  const members = (value: JsonValue): JsonValue =>
    Array.isArray(value)
      ? (value as readonly JsonValue[]).map(within)
      : Object.fromEntries(Object.entries(value as JsonObject).map(([key, at]) => [key, at && within(at)]));
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (value === undefined) return [key, value];
      if (['properties', 'anyOf', 'oneOf', 'allOf'].includes(key)) return [key, members(value)];
      return [key, ['items', 'additionalProperties'].includes(key) ? within(value) : value];
    }),
  );
}

const within = (value: JsonValue): JsonValue => (isJsonObject(value) ? withReferences(value) : value);
