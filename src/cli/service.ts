import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import { PipelineError, describeError } from '../lib/errors.ts';
import { configFor } from './configuration.ts';
import { foldersIn } from './folders.ts';
import type { Io } from './io.ts';

/** A running service, as a command on the same machine or another one asks it. */
export interface Service {
  readonly url: string;
  /**
   * @throws PipelineError SOURCE_UNAVAILABLE when nothing answers, or not with what was asked for.
   */
  get(path: string, signal?: AbortSignal): Promise<Response>;
}

export interface ServiceOptions {
  readonly config?: string;
  readonly url?: string;
  readonly tokenFile?: string;
}

export const urlOption = (): Option =>
  new Option('--url <url>', 'where the service listens; as configured when left out');
export const tokenFileOption = (): Option =>
  new Option('--token-file <file>', 'the access token of the service; as configured when left out');

export async function serviceAt(io: Io, options: ServiceOptions): Promise<Service> {
  const config = configFor(io, options.config);
  const { host, port } = config.serve;
  const url = (options.url ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`).replace(/\/$/, '');
  const tokenFile = options.tokenFile ?? foldersIn(config.data).apiToken;
  // A service on this machine shows its metrics to anyone on it.
  const token = await readFile(tokenFile, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  const failed = (what: string, cause?: unknown): PipelineError =>
    new PipelineError('SOURCE_UNAVAILABLE', `service at ${url}`, what, { cause });
  return {
    url,
    async get(path, signal = io.signal) {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await io
        .fetch(url + path, { headers, signal, redirect: 'error' })
        .catch((thrown: unknown) => {
          if (signal.aborted) throw thrown;
          throw failed(`${describeError(thrown)}; is it running? plumbline run starts it`, thrown);
        });
      if (answer.status === 401)
        throw failed(`it does not take the token of ${tokenFile}; name its token file with --token-file`);
      if (!answer.ok && answer.status !== 503) throw failed(`HTTP ${answer.status} for ${path}`);
      return answer;
    },
  };
}
