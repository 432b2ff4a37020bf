import type { EvidenceSummary } from '../domain/report.ts';
import { writerOf } from '../proof/commits.ts';
import { emptyRoot } from '../proof/merkle.ts';
import type { Files } from './files.ts';
import { verifierKeyPath } from './publish.ts';
import type { LiveFile, Snapshot } from './snapshot.ts';

/** What the commits and the log say of a lake, without a look into its tables. */
export type SealedState = Omit<EvidenceSummary, 'deadLetters' | 'verified'>;
export type StateOf = (snapshot: Snapshot) => Promise<SealedState>;

const rowsOf = (files: readonly LiveFile[]): number => files.reduce((sum, { rows }) => sum + rows, 0);

/** @param origin what an empty lake is called. */
export const sealedState =
  (files: Files, origin: string): StateOf =>
  async ({ newest, files: live, seals, size }) => {
    const writer = writerOf(newest?.facts.origin ?? '') ?? 'main';
    const key = await files.read(verifierKeyPath(writer));
    return {
      origin: newest?.facts.origin ?? origin,
      size,
      root: newest?.head.root ?? emptyRoot().toString('base64'),
      checkpoint: newest?.head.checkpoint ?? '',
      verifierKey: key?.toString().trim() ?? '',
      seals,
      captures: rowsOf(live.captures),
      events: rowsOf(live.events),
      findings: rowsOf(live.findings),
      observations: rowsOf(live.observations),
      sealedAt: newest?.facts.time ?? 0,
    };
  };
