import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCheckpoint, parseCheckpointText, signCheckpoint } from '../../src/proof/checkpoint.ts';
import { emptyRoot } from '../../src/proof/merkle.ts';
import {
  NoteError,
  openNote,
  parseSignerKey,
  parseVerifierKey,
  signerFromSeed,
  signNote,
} from '../../src/proof/note.ts';

const signer = signerFromSeed('lake.example.com/test', Buffer.alloc(32, 7));

test('a signed checkpoint opens with the key that signed it', () => {
  const note = signCheckpoint({ origin: 'lake.example.com/test', size: 3, root: emptyRoot() }, signer);
  const verifier = parseVerifierKey(signer.verifier.verifierKey);
  expect(openCheckpoint(note, verifier)).toEqual({
    origin: 'lake.example.com/test',
    size: 3,
    root: emptyRoot(),
  });
  expect(signCheckpoint({ origin: 'lake.example.com/test', size: 3, root: emptyRoot() }, signer)).toBe(note);
});

test('the example of the C2SP signed-note page verifies', () => {
  const verifier = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
  const note = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;
  expect(openNote(note, verifier)).toBe('This is an example message.\n');
});

test('a signer key in the text form of other log tools gives its own verifier key', () => {
  const seed = Buffer.alloc(32, 7);
  const [name, keyId] = signer.verifier.verifierKey.split('+');
  const text = `PRIVATE+KEY+${name}+${keyId}+${Buffer.concat([Buffer.of(1), seed]).toString('base64')}`;
  expect(parseSignerKey(text).verifier.verifierKey).toBe(signer.verifier.verifierKey);
  expect(() => parseSignerKey(text.replace(`+${keyId}+`, '+00000000+'))).toThrow('not its own');
});

test('signatures of unknown keys are passed over, malformed ones are not', () => {
  const note = signNote('text\n', signer);
  const other = signNote('text\n', signerFromSeed('other.example.com', Buffer.alloc(32, 9)));
  const otherLine = other.split('\n').at(-2) ?? '';
  expect(openNote(`${note}${otherLine}\n`, signer.verifier)).toBe('text\n');
  expect(() => openNote(other, signer.verifier)).toThrow('not signed by lake.example.com/test');
  expect(() => openNote(`${note}- broken\n`, signer.verifier)).toThrow('malformed');
});

test.each([
  ['no blank line', 'text\n— a b\n'],
  ['nothing', ''],
  ['a control character', 'te\u0007xt\n\n— a AAAAAAA=\n'],
  ['no final newline', signNote('text\n', signer).trimEnd()],
  ['base64 with loose bits', signNote('text\n', signer).replace('=\n', 'A\n')],
])('a note with %s is refused', (_name, note) => {
  expect(() => openNote(note, signer.verifier)).toThrow(NoteError);
});

test.each([
  '',
  'a b+00000000+AQ==',
  'x+0000000+AA==',
  'x+00000000+AAAA',
  'x+00000000+A===',
  signer.verifier.verifierKey.slice(0, -2),
])('the verifier key %j is refused', (text) => {
  expect(() => parseVerifierKey(text)).toThrow(NoteError);
});

test('a key name with a space, and a seed of the wrong length, are refused', () => {
  expect(() => signerFromSeed('a b', Buffer.alloc(32))).toThrow(NoteError);
  expect(() => signerFromSeed('a', Buffer.alloc(31))).toThrow('32 bytes, not 31');
});

const root = emptyRoot().toString('base64');
test.each([
  `o\n01\n${root}\n`,
  `o\n-1\n${root}\n`,
  `o\n1\n${root}`,
  `\n1\n${root}\n`,
  `o\n1\n${root}\nextension\n`,
  `o\n1\nAAAA\n`,
  `o\n1\n${root.replace('=', '')}\n`,
  `o\n9999999999999999\n${root}\n`,
])('the checkpoint text %j is refused', (text) => {
  expect(() => parseCheckpointText(text)).toThrow(NoteError);
});

describe('for any bytes', () => {
  test('changing any one bit of a signed checkpoint makes it fail', () => {
    const note = signCheckpoint({ origin: 'lake.example.com/test', size: 70_000, root: emptyRoot() }, signer);
    const bytes = Buffer.from(note);
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const bent = Buffer.from(bytes);
        bent.writeUInt8(bent.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        expect(() => openCheckpoint(bent.toString('utf8'), signer.verifier)).toThrow(NoteError);
      }),
    );
  });
});
