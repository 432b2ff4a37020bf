import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PipelineError } from '../lib/errors.ts';
import { folderFiles as lakeFolder } from '../store/folder-files.ts';
import { folderFiles } from '../verifier/folder.ts';
import { openEvidence } from './evidence-chain.ts';
import type { EvidenceLake, FindingChain } from './evidence-chain.ts';
import { isChainEncrypted, openChain } from './evidence-payload.ts';
import { foldersIn } from './folders.ts';
import type { Io } from './io.ts';
import type { RevealOptions } from './reveal.ts';

/** Which lake evidence is taken from. */
export interface Where {
  readonly lake?: string;
  readonly config?: string;
}

/** The configuration brings every component with it: who names the lake does not wait for that. */
export async function lakePath(io: Io, { lake, config }: Where): Promise<string> {
  if (lake !== undefined) return resolve(io.workingFolder, lake);
  const { configFor } = await import('./configuration.ts');
  return foldersIn(configFor(io, config).data).lake;
}

/** @throws PipelineError INPUT_UNREADABLE where nothing is sealed. */
export async function openAt(path: string): Promise<EvidenceLake> {
  const lake = existsSync(path) ? await openEvidence(folderFiles(path), lakeFolder(path)) : undefined;
  if (lake === undefined || lake.seals.length === 0)
    throw new PipelineError(
      'INPUT_UNREADABLE',
      path,
      'there is no sealed evidence here; name the lake with --lake or --config',
    );
  return lake;
}

/** Opens the payload of an encrypted lake for somebody who may look at it; everybody else gets it as it is stored. */
export async function revealer(
  io: Io,
  what: string,
  chainsFound: readonly FindingChain[],
  options: Where & RevealOptions,
): Promise<(chain: FindingChain) => FindingChain> {
  const asIs = (chain: FindingChain): FindingChain => chain;
  if (options.reveal !== true || !chainsFound.some(isChainEncrypted)) return asIs;
  const { configFor } = await import('./configuration.ts');
  const config = configFor(io, options.config);
  const path = await lakePath(io, options);
  // The lake that was named and the one of the configuration are the same, or the log would keep the wrong access.
  if (resolve(path) !== resolve(foldersIn(config.data).lake))
    throw new PipelineError(
      'USAGE',
      '--reveal',
      'payload is opened by the configuration of its lake: name it with --config, and no other with --lake',
    );
  const { payloadReadingOf } = await import('./payload.ts');
  const { mayReveal } = await import('./reveal.ts');
  const reading = await payloadReadingOf(config, lakeFolder(path), io.clock);
  return (await mayReveal(config, io.clock, what, options))
    ? (chain) => openChain(chain, reading.ring)
    : asIs;
}
