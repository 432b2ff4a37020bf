import { hash } from 'node:crypto';

/** RFC 3161 time-stamp queries and answers, as far as asking and recognising needs it. DER: ITU-T X.690. */
const SHA256_ID = Buffer.from('0609608648016503040201', 'hex');
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');

function lengthOf(bytes: number): Buffer {
  if (bytes < 128) return Buffer.from([bytes]);
  return bytes < 256 ? Buffer.from([0x81, bytes]) : Buffer.from([0x82, bytes >> 8, bytes & 255]);
}
const der = (tag: number, ...content: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
};

/** The part of a token that says what was stamped: MessageImprint, SHA-256. RFC 3161 2.4.1. */
export const imprintOf = (content: Uint8Array): Buffer =>
  der(0x30, der(0x30, SHA256_ID, der(0x05)), der(0x04, hash('sha256', content, 'buffer')));

/** TimeStampReq: version 1, the imprint, and that the certificate should come along. */
export const timeStampQuery = (content: Uint8Array): Buffer =>
  der(0x30, der(0x02, Buffer.from([1])), imprintOf(content), der(0x01, Buffer.from([0xff])));

interface Value {
  readonly tag: number;
  readonly content: Buffer;
  readonly end: number;
}

/** @throws RangeError when it is cut short or of a form that DER has not. */
function valueAt(bytes: Buffer, at: number): Value {
  const tag = bytes[at];
  let length = bytes[at + 1];
  if (tag === undefined || length === undefined) throw new RangeError('the answer is cut short');
  let from = at + 2;
  if (length >= 128) {
    const octets = length & 127;
    if (octets === 0 || octets > 4 || from + octets > bytes.length)
      throw new RangeError('the answer is no DER');
    length = bytes.readUIntBE(from, octets);
    from += octets;
  }
  const end = from + length;
  if (end > bytes.length) throw new RangeError('the answer is cut short');
  return { tag, content: bytes.subarray(from, end), end };
}

/**
 * Why an answer is no time stamp of the content; undefined when it is one. That the authority signed it is for a tool that
 * knows its certificate to check: `openssl ts -verify`.
 */
export function timeStampProblem(answer: Buffer, content: Uint8Array): string | undefined {
  try {
    const response = valueAt(answer, 0);
    if (response.tag !== 0x30 || response.end !== answer.length) return 'it is no time-stamp answer';
    const status = valueAt(response.content, 0);
    const code = valueAt(status.content, 0);
    if (status.tag !== 0x30 || code.tag !== 0x02 || code.content.length !== 1)
      return 'it is no time-stamp answer';
    // 0 granted, 1 granted with modifications: RFC 3161 2.4.2.
    const [granted = 255] = code.content;
    if (granted > 1) return `the authority refused, status ${granted}`;
    if (status.end === response.content.length) return 'there is no token in it';
    const token = response.content.subarray(status.end);
    const isSigned = valueAt(token, 0).content.indexOf(SIGNED_DATA) === 0;
    if (!isSigned) return 'its token is not signed';
    return token.includes(imprintOf(content)) ? undefined : 'its token is for something else';
  } catch (thrown) {
    if (thrown instanceof RangeError) return thrown.message;
    throw thrown;
  }
}
