/** The bytes of an IP address: 4 or 16. */
export type IpBytes = readonly number[];

/** Reads an IPv4 or IPv6 address in any of its textual forms (RFC 4291 2.2); undefined when it is none. */
export function parseIp(text: string): IpBytes | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): IpBytes | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = parts.map((part) => (/^(?:0|[1-9]\d{0,2})$/u.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseV6(text: string): IpBytes | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) =>
    half === '' ? [] : parseGroups(half, index === halves.length - 1),
  );
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  return [...head, ...Array.from({ length: 16 - head.length - tail.length }, () => 0), ...tail];
}

/** Groups of hex digits; the last of the whole address may be an IPv4 address. */
function parseGroups(text: string, isEnd: boolean): IpBytes | undefined {
  const groups = text.split(':');
  const bytes: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (/^[\da-f]{1,4}$/iu.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    } else {
      const v4 = isEnd && index === groups.length - 1 ? parseV4(group) : undefined;
      if (v4 === undefined) return undefined;
      bytes.push(...v4);
    }
  }
  return bytes;
}

export interface Network {
  /** 4 or 16 bytes; the bits behind the prefix are 0. */
  readonly bytes: IpBytes;
  readonly prefix: number;
}

/** Reads `address/prefix`; a lone address is the network of that one. A string says what is wrong. */
export function parseNetwork(text: string): Network | string {
  const [address = '', length, ...rest] = text.split('/');
  const bytes = parseIp(address);
  if (bytes === undefined || rest.length > 0) return `\`${text}\` is not an IP network`;
  const bits = bytes.length * 8;
  if (length !== undefined && !/^(?:0|[1-9]\d{0,2})$/u.test(length))
    return `\`/${length}\` is not a prefix length`;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return `\`/${prefix}\` is longer than an address of ${bits} bits`;
  if (!isWithin(bytes, { bytes: masked(bytes, prefix), prefix: bits }))
    return `\`${text}\` has bits set behind its prefix`;
  return { bytes, prefix };
}

/** The bits of a byte that a prefix of `bits` covers, for example 0b1110_0000 for 3. */
const maskOf = (bits: number): number => (bits >= 8 ? 255 : bits <= 0 ? 0 : (255 << (8 - bits)) & 255);

const masked = (bytes: IpBytes, prefix: number): IpBytes =>
  bytes.map((byte, index) => byte & maskOf(prefix - index * 8));

/** An address of the other family is never within. */
export const isWithin = (address: IpBytes, { bytes, prefix }: Network): boolean =>
  address.length === bytes.length && masked(address, prefix).every((byte, index) => byte === bytes[index]);

/**
 * Reads an address as logs write it: Storage logs add the port (`192.0.2.7:443`, `[2001:db8::1]:443`), dual-stack
 * listeners write IPv4 inside IPv6 (`::ffff:192.0.2.7`), which counts as the IPv4 address that it is.
 */
export function parseLoggedIp(text: string): IpBytes | undefined {
  const bare =
    /^\[(?<v6>[^\]]+)\](?::\d+)?$/u.exec(text)?.groups?.['v6'] ?? text.replace(/^([\d.]+):\d+$/u, '$1');
  const bytes = parseIp(bare.replace(/%.*$/u, ''));
  const isMapped =
    bytes?.length === 16 &&
    bytes.slice(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 255 &&
    bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}
