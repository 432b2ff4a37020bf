import { encryptedIn, openWith, whyUnread } from '../store/encryption/payloads.ts';
import type { KeyRing } from '../store/encryption/payloads.ts';
import type { Json } from '../proof/canonical.ts';
import type { FindingChain } from './evidence-chain.ts';

const bodyPlace = ({ leaf, stream, sequence }: { leaf: number; stream: string; sequence: number }) => ({
  table: 'captures',
  column: 'body',
  row: [leaf, stream, sequence],
});

const asKey = (value: Json | undefined): string | number =>
  typeof value === 'number' || typeof value === 'string' ? value : '';

/** True when something of what a finding rests on cannot be read without a key. */
export const isChainEncrypted = ({ finding, capture }: FindingChain): boolean =>
  encryptedIn(finding.values['matched']) !== undefined || encryptedIn(capture?.row.body) !== undefined;

/** The chain with its payload in plain; what cannot be opened stays as it is stored. */
export function openChain(chain: FindingChain, ring: KeyRing): FindingChain {
  const { finding, capture } = chain;
  const { values } = finding;
  const matched = encryptedIn(values['matched']);
  const row = ['leaf', 'record', 'id'].map((name) => asKey(values[name]));
  const opened =
    matched === undefined
      ? undefined
      : openWith(ring, matched, { table: 'findings', column: 'matched', row });
  const text =
    opened === undefined
      ? values['matched']
      : opened.kind === 'plain'
        ? Buffer.from(opened.bytes).toString()
        : JSON.stringify([{ field: '(encrypted)', value: whyUnread(opened), test: 'unread' }]);
  return {
    ...chain,
    finding: { ...finding, values: { ...values, ...(text === undefined ? {} : { matched: text }) } },
    capture:
      capture === undefined
        ? undefined
        : { ...capture, row: { ...capture.row, body: bodyOf(capture, ring) } },
  };
}

/** The plain body of a message; as it is stored where it does not open. */
export function bodyOf({ row }: NonNullable<FindingChain['capture']>, ring: KeyRing): Uint8Array {
  const value = encryptedIn(row.body);
  const opened = value === undefined ? undefined : openWith(ring, value, bodyPlace(row));
  return opened?.kind === 'plain' ? opened.bytes : row.body;
}
