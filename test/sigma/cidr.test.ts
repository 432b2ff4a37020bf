import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWithin, parseIp, parseLoggedIp, parseNetwork } from '../../src/sigma/cidr.ts';
import type { Network } from '../../src/sigma/cidr.ts';

const networkOf = (text: string): Network => {
  const network = parseNetwork(text);
  if (typeof network === 'string') throw new Error(network);
  return network;
};

test('an address lies in a network when the bits of its prefix are the same', () => {
  const within = (address: string, network: string) => isWithin(parseIp(address) ?? [], networkOf(network));
  expect(within('192.0.2.255', '192.0.2.0/24')).toBe(true);
  expect(within('192.0.3.0', '192.0.2.0/24')).toBe(false);
  expect(within('192.0.3.0', '192.0.2.0/23')).toBe(true);
  expect(within('2001:db8:ffff::1', '2001:db8::/32')).toBe(true);
  expect(within('2001:db9::', '2001:db8::/32')).toBe(false);
});

const toNumber = (bytes: readonly number[]): bigint =>
  bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => bytes.join('.'));

test.each([
  ['IPv4', v4, 32n],
  ['IPv6', fc.ipV6(), 128n],
] as const)('%s: the same as arithmetic on one big number', (_, address, bits) => {
  fc.assert(
    fc.property(address, address, fc.nat(Number(bits)), fc.nat(Number(bits)), (a, b, prefix, near) => {
      const numberA = toNumber(parseIp(a) ?? []);
      // Half of the addresses differ from the network's in one low bit alone.
      const numberB =
        near % 2 === 0
          ? toNumber(parseIp(b) ?? [])
          : numberA ^ (1n << BigInt(Math.min(near, Number(bits) - 1)));
      const size = Number(bits) / 8;
      const bytesOf = (value: bigint) =>
        Array.from({ length: size }, (__, index) => Number((value >> BigInt(8 * (size - 1 - index))) & 255n));
      const host = (1n << (bits - BigInt(prefix))) - 1n;
      const network: Network = { bytes: bytesOf(numberA - (numberA & host)), prefix };
      expect(isWithin(bytesOf(numberB), network)).toBe(
        numberA >> (bits - BigInt(prefix)) === numberB >> (bits - BigInt(prefix)),
      );
    }),
    { numRuns: 500 },
  );
});

test('what is an address is decided as Node decides it', () => {
  const piece = fc.constantFrom(
    '0',
    '1',
    '255',
    '256',
    '01',
    'ffff',
    'g',
    '12345',
    '',
    ':',
    '::',
    '.',
    '1.2.3.4',
    ' ',
  );
  const made = fc.array(piece, { maxLength: 9 }).map((parts) => parts.join(':'));
  const dotted = fc.array(piece, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(fc.oneof(made, dotted, fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
      fc.pre(!text.includes('%'));
      expect(parseIp(text)?.length).toBe({ 0: undefined, 4: 4, 6: 16 }[isIP(text)]);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['192.0.2.7:443', [192, 0, 2, 7]],
  ['::ffff:192.0.2.7', [192, 0, 2, 7]],
  ['[::ffff:192.0.2.7]:50432', [192, 0, 2, 7]],
  ['fe80::1%eth0', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['203.0.113.***', undefined],
  ['192.0.2.7:', undefined],
  ['', undefined],
  ['::1::', undefined],
  ['1:2:3:4:5:6:7::', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
])('a log writes %s', (text, bytes) => {
  expect(parseLoggedIp(text)).toEqual(bytes);
});
