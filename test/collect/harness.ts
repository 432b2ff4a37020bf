import type { CollectorSettings } from '../../src/collect/registry.ts';

/**
 * What a kind of collector is tried with in the conformance tests: settings under which it yields a good many captures.
 * A kind that needs a service brings one, and says how many captures it holds, because such a source has no end.
 */
export interface Harness extends AsyncDisposable {
  readonly settings: CollectorSettings;
  /** Undefined for a source that ends by itself. */
  readonly holds: number | undefined;
}

/** A harness that needs nothing but settings. */
export const settingsAlone = (settings: CollectorSettings): Harness => ({
  settings,
  holds: undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
});
