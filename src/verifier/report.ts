import type { PayloadResult } from '../proof/payload-check.ts';
import type { BundleResult } from '../proof/verify-bundle.ts';
import type { Fault } from '../proof/verify-port.ts';
import type { VerifyResult } from '../proof/verify.ts';

/** Where the verifier key came from: an answer can be trusted no more than it. */
export type KeyFrom = 'given' | 'own signing key' | 'the lake itself' | 'the bundle itself';

/** How much a person wants to read at once. */
const SHOWN = 20;

/** `1,234,567`; `toLocaleString` takes longer to wake up than a small lake to verify. */
const grouped = (n: number): string => String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${grouped(n)} ${n === 1 ? one : many}`;

function faultLines(faults: readonly Fault[], faultCount: number): string[] {
  const shown = faults.slice(0, SHOWN).map(({ kind, place, what }) => `✕ ${kind}  ${place}\n    ${what}`);
  const hidden = faultCount - shown.length;
  return hidden > 0
    ? [...shown, `… and ${counted(hidden, 'more', 'more')}; as JSON, ${faults.length} are listed`]
    : shown;
}

function gapLines({ gaps }: VerifyResult): string[] {
  const shown = gaps
    .slice(0, SHOWN)
    .map(({ stream, first, last }) =>
      first === last
        ? `! gap  ${stream}  sequence ${first} never arrived`
        : `! gap  ${stream}  sequences ${first} to ${last} never arrived (${grouped(last - first + 1)})`,
    );
  return gaps.length > SHOWN ? [...shown, `… and ${counted(gaps.length - SHOWN, 'more gap')}`] : shown;
}

/** A crash is no tampering: what it left undone follows from what is there. */
const unfinishedLines = ({ unfinished }: VerifyResult): string[] =>
  unfinished.map(
    ({ origin, seal, files }) =>
      `! unfinished  seal ${seal} of ${origin} is committed, and a crash came before ${counted(files, 'file')} that ${files === 1 ? 'follows' : 'follow'} from it: opening the lake for writing once makes ${files === 1 ? 'it' : 'them'}`,
  );

/** The outcome in one line. */
export function outcomeLine(result: VerifyResult, keyFrom: KeyFrom): string {
  const { ok, size, faultCount, checked, gaps, payloads } = result;
  if (ok && size === 0)
    return 'NOTHING to verify: the evidence log is empty. If it ever held evidence, all of it is gone; a checkpoint kept elsewhere shows that (--since)';
  if (!ok) return `NOT verified: ${counted(faultCount, 'difference')} between evidence and proof`;
  const missing = gaps.length === 0 ? '' : `, but ${counted(gaps.length, 'gap')} in what arrived`;
  const unseen = unseenBodies(payloads);
  if (unseen > 0)
    return `verified but for what is encrypted: ${counted(checked.captures, 'message')} and ${counted(checked.rows, 'row')} in ${counted(checked.segments, 'file')} stand in the signed log (key: ${keyFrom}); ${counted(unseen, 'payload')} encrypted: rows not re-hashed (no key)${missing}`;
  return `verified: ${counted(checked.captures, 'message')} and ${counted(checked.rows, 'row')} in ${counted(checked.segments, 'file')} match the signed log (key: ${keyFrom})${missing}`;
}

const unseenBodies = ({ unseen }: PayloadResult): number =>
  unseen.reduce((sum, { bodies }) => sum + bodies, 0);

/** What was seen of encrypted bodies, what was not, and why. */
function payloadLines({ payloads: { opened, unseen, accesses } }: VerifyResult): string[] {
  return [
    ...(opened > 0 ? [`– opened with their data keys and hashed again: ${counted(opened, 'payload')}`] : []),
    ...unseen.map(({ key, bodies, shredded }) =>
      shredded === undefined
        ? `! ${counted(bodies, 'payload')} encrypted under data key ${key}: rows not re-hashed (no key)`
        : `– ${counted(bodies, 'payload')} shredded with data key ${key} under decision ${shredded.id} (${shredded.requestedBy}, approved by ${shredded.approvedBy}: ${shredded.reason})`,
    ),
    ...(accesses > 0
      ? [`– plain payload was looked at by hand ${counted(accesses, 'time')}, each on record`]
      : []),
  ];
}

/** What is gone by order: no fault, and never passed over in silence. */
function maintenanceLines({ carriedOut, compacted }: VerifyResult): string[] {
  const lines = carriedOut.map(({ order, emptied, cut, removed, changed }) => {
    const what = [
      ...(emptied > 0 ? [`the bodies of ${counted(emptied, 'message')}`] : []),
      ...(cut > 0 ? [`records of ${counted(cut, 'message')}`] : []),
      ...(removed > 0 ? [counted(removed, 'row')] : []),
      ...(changed > 0 ? [`names in ${counted(changed, 'row')}`] : []),
    ];
    const verb = order.act === 'erase' ? 'erased under decision' : 'deleted by retention';
    return `– ${verb} ${order.id} (${order.requestedBy}, approved by ${order.approvedBy}): ${what.join(', ') || 'nothing'}`;
  });
  return compacted.files === 0
    ? lines
    : [...lines, `– put together without a loss: ${counted(compacted.files, 'file')} in ${compacted.into}`];
}

/** What the answer means, and what it cannot mean. */
function meaning(result: VerifyResult, keyFrom: KeyFrom, kept: number): string[] {
  const gapless = result.streams.filter(({ contiguous }) => contiguous === true).length;
  const unseen = unseenBodies(result.payloads);
  const proven = [
    unseen > 0
      ? 'every file under the newest checkpoint is as it was sealed, ciphertext included, and every row but for encrypted payload says what the log says: none added, removed or moved'
      : result.carriedOut.length === 0
        ? 'every message, row and file under the newest checkpoint is as it was sealed, none added, removed or moved'
        : 'every message under the newest checkpoint is as it was sealed, but for what is named above: none added, removed or moved',
    ...(kept > 0
      ? [`history since ${counted(kept, 'kept checkpoint')} was only added to, not rewritten or rolled back`]
      : []),
    ...(gapless > 0 && result.gaps.length === 0
      ? [`nothing is missing in the ${counted(gapless, 'stream')} that number their messages without gaps`]
      : []),
    ...result.cosignatures.map(
      ({ witness, time, size }) =>
        `${witness} saw the log at size ${size} on ${new Date(time * 1000).toISOString()}`,
    ),
  ];
  const open = [
    ...(unseen > 0
      ? [
          `what ${counted(unseen, 'encrypted payload')} say, and that they are what was received: open those whose key is left with --payload-key`,
        ]
      : []),
    ...(result.unplaced > 0
      ? [
          `at which version of its tables each of ${counted(result.unplaced, 'seal')} stands among those of other writers: their commits are from before that was signed`,
        ]
      : []),
    'what was lost before it reached the streams (diagnostic settings off, Azure itself)',
    ...(gapless < result.streams.length
      ? [
          `gaps in ${counted(result.streams.length - gapless, 'stream')} that do not number their messages one by one`,
        ]
      : []),
    ...(kept === 0
      ? [
          'a roll-back of everything at once, or another log shown to somebody else: keep a checkpoint elsewhere (--since)',
        ]
      : []),
    ...(keyFrom === 'given'
      ? []
      : [`who made it: the key is ${keyFrom}; give one had from elsewhere with --key`]),
  ];
  return [
    ...(result.ok && result.size > 0 ? ['Proven:', ...proven.map((line) => `  ✓ ${line}`)] : []),
    'Not proven by this:',
    ...open.map((line) => `  – ${line}`),
  ];
}

/** Everything a person should know of the verification of a lake. @param kept checkpoints from elsewhere. */
export function lakeReport(result: VerifyResult, keyFrom: KeyFrom, kept: number): string {
  const { faults, faultCount, checked } = result;
  return [
    ...faultLines(faults, faultCount),
    ...gapLines(result),
    ...unfinishedLines(result),
    outcomeLine(result, keyFrom),
    ...result.logs.map(
      ({ origin, size, root }) => `origin ${origin}, ${counted(size, 'leaf', 'leaves')}, root ${root}`,
    ),
    `${counted(checked.checkpoints, 'checkpoint')}, ${counted(checked.seals, 'seal')}, ${counted(checked.tiles, 'tile')}, ${counted(checked.commits, 'commit')}`,
    ...maintenanceLines(result),
    ...payloadLines(result),
    ...meaning(result, keyFrom, kept),
  ].join('\n');
}

/** The same of a bundle. */
export function bundleReport(result: BundleResult, keyFrom: KeyFrom): string {
  const { ok, faults, faultCount, checked, isSigned, origin } = result;
  const { captures, segments, entries, rows, files } = checked;
  return [
    ...faultLines(faults, faultCount),
    ok
      ? `verified: ${counted(captures, 'message')}, ${counted(segments, 'table file')} and ${counted(entries, 'other entry', 'other entries')} stand in the signed log of ${origin} (key: ${keyFrom})`
      : `NOT verified: ${counted(faultCount, 'difference')} between the bundle and its proofs`,
    `${counted(rows, 'quoted row')}, ${counted(files, 'file')}, list ${isSigned ? 'signed' : 'not signed'}`,
    'Not proven by this:',
    '  – that these are all the messages there are: a bundle is a part; verify the lake for the whole',
    ...(isSigned ? [] : ['  – who wrote README and programs in the bundle: its list is not signed']),
    ...(keyFrom === 'given'
      ? []
      : [`  – who made it: the key is ${keyFrom}; give one had from elsewhere with --key`]),
  ].join('\n');
}
