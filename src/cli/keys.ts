import { existsSync } from 'node:fs';
import { PipelineError } from '../lib/errors.ts';
import { originOf } from '../proof/commits.ts';
import { loadOrCreateSigner, rotateSigner } from '../store/keys.ts';
import { lakeAt } from '../store/place.ts';
import { stateRotation } from '../store/rotate.ts';
import { configFor } from './configuration.ts';
import { foldersIn } from './folders.ts';
import { addEncryptionKeys } from './keys-encryption.ts';
import type { Io } from './io.ts';
import { configOption } from './options.ts';
import type { CommandSetUp } from './command.ts';

export const keys: CommandSetUp = (command, io) => {
  command
    .command('show')
    .description('Print the verifier key, to be kept where the lake is not.')
    .addOption(configOption())
    .action(async (options: { readonly config?: string }) => showKey(io, options.config));
  command
    .command('rotate')
    .description(
      'Change the signing key. The old one says who follows it; from the next seal on it is worth nothing. Restart the service afterwards.',
    )
    .addOption(configOption())
    .action(async (options: { readonly config?: string }) => rotate(io, options.config));
  addEncryptionKeys(command, io);
};

async function showKey(io: Io, config: string | undefined): Promise<void> {
  const { data, lake } = configFor(io, config);
  const { signingKey } = foldersIn(data);
  requireKey(signingKey);
  const { verifier } = await loadOrCreateSigner(signingKey, originOf(lake.origin, lake.writer));
  io.out(`${verifier.verifierKey}\n`);
}

async function rotate(io: Io, config: string | undefined): Promise<void> {
  const { data, lake } = configFor(io, config);
  const folders = foldersIn(data);
  requireKey(folders.signingKey);
  const { origin, container, writer } = lake;
  const { files } = await lakeAt({ folder: folders.lake, container, writer, jitter: Math.random });
  if (files === undefined) return;
  const writers = await rotateSigner(folders.signingKey, (signers) => stateRotation(files, origin, signers));
  const { verifier } = await loadOrCreateSigner(folders.signingKey, originOf(origin, writer));
  const logs = writers.map((name) => originOf(origin, name)).join(', ');
  io.out(
    writers.length === 0
      ? 'the key was changed; no log had been signed with the old one\n'
      : `the key of ${logs} was changed; restart the service, and its next seal takes the new one up\n`,
  );
  io.out(`${verifier.verifierKey}\n`);
}

function requireKey(path: string): void {
  if (existsSync(path)) return;
  throw new PipelineError('INPUT_UNREADABLE', path, 'there is no signing key yet; the first run makes it');
}
