import { shortId } from '../lib/hash.ts';

/** One message exactly as received, before anything was read out of it. */
export interface Capture {
  /** The configured source it came through, for example `openai-logs`. */
  readonly source: string;
  /** The ordered stream it belongs to: a partition of a hub, or a file. Unique across sources. */
  readonly stream: string;
  /** Its place in the stream; grows, and is the same each time the message is read. */
  readonly sequence: number;
  /** True where the stream numbers without gaps, as partitions of hubs do: a number that never comes was lost. */
  readonly isContiguous?: true | undefined;
  /** When the stream took it in, epoch ms; undefined when the stream does not say. */
  readonly enqueuedAt: number | undefined;
  /** When the collector got it, epoch ms. */
  readonly receivedAt: number;
  readonly body: Uint8Array;
}

/** What is kept of a capture: secrets cut out of the body, the digest of the original beside it. */
export interface StoredCapture extends Capture {
  /** SHA-256 of the body as received, hex. */
  readonly originalSha256: string;
  /** One entry a secret that was cut out, for example `sas-signature@1042`. */
  readonly redactions: readonly string[];
}

/** The same for every delivery of the same message, so that a replay changes nothing. */
export const captureId = (capture: Pick<Capture, 'stream' | 'sequence'>): string =>
  shortId(20, capture.stream, String(capture.sequence));

/** A record's place in the evidence: the leaf of its capture, and its index among the capture's records. */
export interface EvidenceRef {
  readonly leaf: number;
  readonly record: number;
}
