import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openCheckpoint, signCheckpoint } from '../../src/proof/checkpoint.ts';
import { cosign, cosignaturesOf, parseWitnessKey, witnessKey } from '../../src/proof/cosignature.ts';
import { leafHash } from '../../src/proof/merkle.ts';
import { NoteError, parseVerifierKey, signerFromSeed } from '../../src/proof/note.ts';

const log = signerFromSeed('lake.example.com/test', Buffer.alloc(32, 7));
const witnessSigner = signerFromSeed('witness.example.com/w1', Buffer.alloc(32, 8));
const publicKey = Buffer.from(
  witnessSigner.verifier.verifierKey.split('+').slice(2).join('+'),
  'base64',
).subarray(1);
const witness = witnessKey('witness.example.com/w1', publicKey);
const note = signCheckpoint(
  { origin: 'lake.example.com/test', size: 3, root: leafHash(Buffer.from('x')) },
  log,
);
const cosigned = cosign(note, witness, witnessSigner, 1_772_449_200);

test('a witness adds its line under a checkpoint, and both signatures check', () => {
  expect(cosignaturesOf(cosigned, [witness])).toEqual([
    { witness: 'witness.example.com/w1', time: 1_772_449_200 },
  ]);
  expect(openCheckpoint(cosigned, log.verifier).size).toBe(3);
});

test('the key of a witness is a verifier key of a type of its own', () => {
  expect(parseWitnessKey(witness.verifierKey).keyId).toBe(witness.keyId);
  expect(() => parseVerifierKey(witness.verifierKey)).toThrow(NoteError);
  expect(() => parseWitnessKey(witnessSigner.verifier.verifierKey)).toThrow(NoteError);
  expect(witness.keyId).not.toBe(witnessSigner.verifier.keyId);
});

test('lines of witnesses that nobody trusts say nothing', () => {
  expect(cosignaturesOf(cosigned, [])).toEqual([]);
  expect(cosignaturesOf(note, [witness])).toEqual([]);
});

test('a line under another checkpoint, or with another time, is refused', () => {
  const other = signCheckpoint(
    { origin: 'lake.example.com/test', size: 4, root: leafHash(Buffer.from('y')) },
    log,
  );
  const line = cosigned.split('\n').at(-2) ?? '';
  expect(() => cosignaturesOf(`${other}${line}\n`, [witness])).toThrow('does not fit');
  const [dash, name, encoded = ''] = line.split(' ');
  const bytes = Buffer.from(encoded, 'base64');
  bytes.writeUInt8(bytes.readUInt8(11) ^ 1, 11);
  const later = `${note}${dash} ${name} ${bytes.toString('base64')}\n`;
  expect(() => cosignaturesOf(later, [witness])).toThrow('does not fit');
  const short = Buffer.from(encoded, 'base64').subarray(0, 9).toString('base64');
  expect(() => cosignaturesOf(`${note}${dash} ${name} ${short}\n`, [witness])).toThrow('does not fit');
});

test('any changed bit of a cosigned note is refused, or touches nothing that was signed', () => {
  fc.assert(
    fc.property(fc.nat({ max: Buffer.byteLength(cosigned) * 8 - 1 }), (bit) => {
      const bytes = Buffer.from(cosigned);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      try {
        openCheckpoint(bytes.toString(), log.verifier);
        return cosignaturesOf(bytes.toString(), [witness]).length === 0;
      } catch (thrown) {
        return thrown instanceof NoteError;
      }
    }),
    { numRuns: 300 },
  );
});
