/**
 * The part of Node's Buffer that the verifier uses, for browsers. The bundler puts it in wherever the page's code says
 * `Buffer`; a test compares each of its functions with Node's.
 */
type Encoding = 'utf8' | 'latin1' | 'hex' | 'base64';

const latin1 = (bytes: Uint8Array): string => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
};
const fromLatin1 = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

function encode(text: string, encoding: Encoding): Uint8Array {
  switch (encoding) {
    case 'utf8':
      return new TextEncoder().encode(text);
    case 'latin1':
      return fromLatin1(text);
    case 'hex':
      return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    case 'base64': {
      const clean = text
        .replaceAll('-', '+')
        .replaceAll('_', '/')
        .replaceAll(/[^A-Za-z0-9+/]/g, '');
      // A last character alone holds no whole byte; Node passes it over too.
      return fromLatin1(atob(clean.length % 4 === 1 ? clean.slice(0, -1) : clean));
    }
  }
}

export class PageBuffer extends Uint8Array {
  static override from(this: void, source: unknown, how?: unknown, length?: number): PageBuffer {
    if (typeof source === 'string')
      return PageBuffer.wrap(encode(source, (how as Encoding | undefined) ?? 'utf8'));
    if (source instanceof ArrayBuffer) return new PageBuffer(source, how as number | undefined, length);
    return new PageBuffer(source as ArrayLike<number>);
  }
  static wrap(this: void, bytes: Uint8Array): PageBuffer {
    return new PageBuffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  }
  static override of(this: void, ...bytes: number[]): PageBuffer {
    return new PageBuffer(bytes);
  }
  static alloc(this: void, size: number, value = 0): PageBuffer {
    return new PageBuffer(size).fill(value);
  }
  static allocUnsafe(this: void, size: number): PageBuffer {
    return new PageBuffer(size);
  }
  static byteLength(this: void, text: string): number {
    return new TextEncoder().encode(text).length;
  }
  static concat(this: void, parts: readonly Uint8Array[]): PageBuffer {
    const all = new PageBuffer(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
  static compare(this: void, a: Uint8Array, b: Uint8Array): number {
    const shorter = Math.min(a.length, b.length);
    for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return (a[i] ?? 0) < (b[i] ?? 0) ? -1 : 1;
    return Math.sign(a.length - b.length);
  }
  override toString(encoding: Encoding = 'utf8', start = 0, end = this.length): string {
    const bytes = this.subarray(start, end);
    switch (encoding) {
      case 'utf8':
        return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
      case 'latin1':
        return latin1(bytes);
      case 'hex':
        return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
      case 'base64':
        return btoa(latin1(bytes));
    }
  }
  equals(other: Uint8Array): boolean {
    return PageBuffer.compare(this, other) === 0;
  }
  compare(other: Uint8Array, from = 0, to = other.length, start = 0, end = this.length): number {
    return PageBuffer.compare(this.subarray(start, end), other.subarray(from, to));
  }
  copy(target: Uint8Array, at = 0, start = 0, end = this.length): number {
    target.set(this.subarray(start, end), at);
    return end - start;
  }
  write(text: string, at = 0, length = this.length - at, encoding: Encoding = 'utf8'): number {
    const bytes = encode(text, encoding).subarray(0, length);
    this.set(bytes, at);
    return bytes.length;
  }
  view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.byteLength);
  }
  readUInt16BE(at = 0): number {
    return this.view().getUint16(at);
  }
  readUInt32BE(at = 0): number {
    return this.view().getUint32(at);
  }
  readBigUInt64BE(at = 0): bigint {
    return this.view().getBigUint64(at);
  }
  writeUInt16BE(value: number, at = 0): number {
    this.view().setUint16(at, value);
    return at + 2;
  }
}
