import type { DataKeyFacts, DataKeyFile, WrappedKey } from '../../proof/data-key.ts';

/** A key-encryption key: it wraps the keys of a lake and never leaves its place. */
export interface KeyWrapper {
  /** Names the key, as `wrapped.by` has it. */
  readonly id: string;
  /** @throws PipelineError KEY_UNAVAILABLE when the key does not answer or may not be used. */
  wrap(key: Uint8Array, facts: DataKeyFacts): Promise<WrappedKey>;
  /**
   * The key in a file of the lake that has one.
   *
   * @throws PipelineError KEY_UNAVAILABLE when this is not the key that wrapped it, or it does not answer.
   */
  unwrap(file: DataKeyFile): Promise<Uint8Array>;
}

export interface Randomness {
  /** Bytes that nobody can guess. */
  readonly randomBytes: (count: number) => Uint8Array;
}
