import { expect, test } from 'vitest';
import { NoteError, signerFromSeed, signNote } from '../../src/proof/note.ts';
import { keyChain, parseRotation, rotateKey } from '../../src/proof/rotation.ts';

const NAME = 'lake.example.com/test';
const [first, second, third] = [1, 2, 3].map((byte) => signerFromSeed(NAME, Buffer.alloc(32, byte))) as [
  ReturnType<typeof signerFromSeed>,
  ReturnType<typeof signerFromSeed>,
  ReturnType<typeof signerFromSeed>,
];
const notes = [rotateKey(1, first, second), rotateKey(2, second, third)];
const keyOf = ({ verifier }: typeof first): string => verifier.verifierKey;

test('a key hands over to the next one in a statement that both sign', () => {
  const rotation = parseRotation(notes[0] ?? '');
  expect([rotation.number, rotation.from.verifierKey, rotation.to.verifierKey]).toEqual([
    1,
    keyOf(first),
    keyOf(second),
  ]);
});

test('from any key of a log, all its keys follow', () => {
  for (const trusted of [first, second, third]) {
    const { keys } = keyChain(trusted.verifier, notes);
    expect(keys.map(({ verifierKey }) => verifierKey)).toEqual([first, second, third].map(keyOf));
  }
  expect(keyChain(first.verifier, []).keys.map(({ verifierKey }) => verifierKey)).toEqual([keyOf(first)]);
});

test('a key that was never one of the log is refused, and so is a chain with a link missing', () => {
  const stranger = signerFromSeed(NAME, Buffer.alloc(32, 9));
  expect(() => keyChain(stranger.verifier, notes)).toThrow('nor was it ever');
  expect(() => keyChain(first.verifier, notes.slice(1))).toThrow('says that it is number 2');
  expect(() => keyChain(first.verifier, [notes[0] ?? '', rotateKey(2, first, third)])).toThrow('another key');
});

test('one signature is not enough: neither who steals the old key nor who brings a new one can hand over alone', () => {
  const text = (notes[0] ?? '').split('\n\n')[0] ?? '';
  for (const alone of [first, second])
    expect(() => parseRotation(signNote(`${text}\n`, alone))).toThrow(NoteError);
});

test.each([
  ['to itself', () => rotateKey(1, first, first), 'the old one'],
  [
    'to another log',
    () => rotateKey(1, first, signerFromSeed('other.example.com', Buffer.alloc(32, 2))),
    'cannot hand over',
  ],
  [
    'in other words',
    () => parseRotation(signNote('lake.example.com/test\n3\nAAAA\n', first)),
    'not a statement',
  ],
  [
    'for another log',
    () =>
      parseRotation(
        signNote(
          (notes[0] ?? '').split('\n\n')[0]?.replace(NAME, 'x.example.com').concat('\n') ?? '',
          first,
          second,
        ),
      ),
    'not of x.example.com',
  ],
])('no key hands over %s', (_, act, why) => {
  expect(act).toThrow(why);
});
