import { sha256Hex } from '../lib/hash.ts';
import { writerOf } from '../proof/commits.ts';
import type { Json } from '../proof/canonical.ts';
import { leafHash } from '../proof/merkle.ts';
import { parseProof } from '../proof/tlog-proof.ts';
import { encryptedIn } from '../store/encryption/payloads.ts';
import type { FindingChain } from './evidence-chain.ts';
import { columns } from './text.ts';

/** Characters of a message that fit on a page. */
const BODY_CHARACTERS = 1200;
/** Hashes of a path that are shown. */
const SHOWN_HASHES = 4;

/** A value of a row as a word. */
export const word = (value: Json | undefined): string =>
  value === undefined || value === null
    ? 'unknown'
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
const moment = (value: Json | undefined): string =>
  typeof value === 'number' ? new Date(value).toISOString() : 'unknown';
const short = (hash: string): string => `${hash.slice(0, 12)}…${hash.slice(-6)}`;

const HOW_TO_OPEN = '--reveal --by <name> --reason <text> opens it, and the log keeps that';

function matchedLines(matched: Json | undefined): string[][] {
  const key = encryptedIn(matched)?.key;
  if (key !== undefined) return [['matched', `encrypted under data key ${key}`]];
  const fields = JSON.parse(typeof matched === 'string' ? matched : '[]') as {
    field: string;
    value: string;
    test: string;
  }[];
  return fields.map(({ field, value, test }) => [
    'matched',
    `${field} = ${JSON.stringify(value)}  (${test})`,
  ]);
}

function bodyLines(body: Uint8Array): string[] {
  const key = encryptedIn(body)?.key;
  if (key !== undefined) return [`  encrypted under data key ${key}; ${HOW_TO_OPEN}`];
  const text = Buffer.from(body)
    .toString()
    .replaceAll(/[^\P{Cc}\n\t]/gu, '·');
  const cut =
    text.length > BODY_CHARACTERS ? `${text.slice(0, BODY_CHARACTERS)}… (${body.length} bytes)` : text;
  return cut.split('\n').map((line) => `  ${line}`);
}

/** One finding's whole chain on one page. @param proof the `.tlog-proof` of its capture. */
export function chainText(
  { finding, event, capture, pack, decisions }: FindingChain,
  proof: string | undefined,
): string {
  const { values, segment } = finding;
  const path = proof === undefined ? undefined : parseProof(proof);
  const [origin = '', size = '', root = ''] = path?.checkpoint.split('\n') ?? [];
  const hashes = path?.hashes.map((hash) => Buffer.from(hash).toString('base64')) ?? [];
  return [
    `${word(values['title'])}  (${word(values['level'])})`,
    '',
    ...columns([
      ['finding', word(values['id'])],
      ['time', moment(values['time'])],
      ['rule', `${word(values['detection_name'])}, version ${word(values['detection_version'])}`],
      ...matchedLines(values['matched']),
      ['assertion', word(values['assertion'])],
      ['resource', word(values['resource_id'])],
      ['stands in', `${segment.path} row ${finding.row + 1}`],
      [
        'event',
        event === undefined
          ? 'not found'
          : `${word(event.values['id'])}  ${word(event.values['class'])}  ${word(event.values['operation'])}`,
      ],
      [
        'rule pack',
        pack === undefined ? 'not noted' : `leaf ${pack.leaf} of log/${writerOf(pack.origin) ?? ''}`,
      ],
      ...decisions.map(({ values: decision }) => [
        'decision',
        `${word(decision['kind'])}, approved by ${word(decision['approved_by'])}, until ${moment(decision['expires'])}: ${word(decision['reason'])}`,
      ]),
      ...(decisions.length === 0 ? [['decisions', 'none']] : []),
    ]),
    '',
    ...(capture === undefined
      ? ['The message it was found in is not in the lake any more, or not where the finding says.']
      : [
          'Message, as stored',
          ...columns([
            ['  stream', `${capture.row.stream}, sequence ${capture.row.sequence}`],
            ['  received', moment(capture.row.receivedAt)],
            ['  original', capture.row.originalSha256],
            ['  stored', capture.row.storedSha256],
            ['  cut out', capture.row.redactions === '' ? 'nothing' : capture.row.redactions],
          ]),
          ...(sha256Hex(capture.row.body) === capture.row.storedSha256 ||
          encryptedIn(capture.row.body) !== undefined
            ? []
            : ['  What was erased or is past its retention is not in it any more; verify names the order.']),
          ...bodyLines(capture.row.body),
          '',
          'Proof',
          ...columns([
            ['  leaf', `${capture.leaf}, hash ${leafHash(Buffer.from(capture.text)).toString('base64')}`],
            [
              '  path',
              `${hashes.length} hashes: ${hashes.slice(0, SHOWN_HASHES).map(short).join(' ')}${hashes.length > SHOWN_HASHES ? ' …' : ''}`,
            ],
            ['  checkpoint', `${origin}, size ${size}`],
            ['  root', root],
          ]),
        ]),
    '',
    `Take it along: plumbline evidence export --finding ${word(values['id'])} --out FOLDER`,
  ].join('\n');
}
