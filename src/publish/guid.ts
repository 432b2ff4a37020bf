import { hash } from 'node:crypto';

/** The namespace of every id that is made from a name here; itself random once, fixed for ever. */
const namespace = '5d3f3c8e-7a0b-4f7e-9c1d-2b6a8e4f0d19';

/** UUID version 5 (RFC 9562 5.5): the same name gives the same id, so a second deployment updates the first. */
export function guidOf(name: string): string {
  const bytes = Buffer.concat([Buffer.from(namespace.replaceAll('-', ''), 'hex'), Buffer.from(name, 'utf8')]);
  const digest = Buffer.from(hash('sha1', bytes, 'hex'), 'hex').subarray(0, 16);
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return digest.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
