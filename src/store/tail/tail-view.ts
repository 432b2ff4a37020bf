import type { Sums } from '../rollups/sums.ts';
import type { TailMessage, TailPart, TailRows } from './messages.ts';
import { createWaitingPart } from './waiting-part.ts';
import type { WaitingPart } from './waiting-part.ts';

/** What writers have taken in and not sealed yet, as far as they have said. */
export interface TailView {
  take(message: TailMessage): void;
  /** Sums of every part that waits for a seal, oldest first of each writer. */
  parts(): readonly Sums[];
  /** What a writer said will be in a seal of it; undefined when it said nothing of that. */
  readonly partOf: (origin: string, seal: number) => WaitingPart | undefined;
  /** True when a writer has said, or has nothing to say about, what is in its seals up to this one. */
  hasHeard(origin: string, seal: number): boolean;
  /** The seals of a writer up to this one are read from the lake from now on. */
  sealed(origin: string, seal: number): void;
  /** What a writer said does not count until it says everything again. */
  forget(origin: string): void;
}

export interface TailViewOptions {
  /** True for a finding that is sealed: told again, it does not count again. */
  readonly isSealed: (finding: string) => boolean;
  /** Called when something came on top. */
  readonly more: (rows: TailRows) => void;
  /** Called when what was said before does not hold any more. */
  readonly anew: () => void;
  /** Called when messages of a writer are missing: it has to say everything again. */
  readonly missed: () => void;
}

interface Part {
  seal: number | undefined;
  readonly told: WaitingPart;
}

interface Writer {
  n: number;
  /** Seals that it has said everything about. */
  frozen: number;
  parts: Part[];
}

export function createTailView({ isSealed, more, anew, missed }: TailViewOptions): TailView {
  const writers = new Map<string, Writer>();
  const isKnown = (id: string): boolean =>
    isSealed(id) ||
    [...writers.values()].some(({ parts }) =>
      parts.some(({ told }) => told.sums.findings?.get(id) !== undefined),
    );
  const newPart = (seal?: number): Part => ({ seal, told: createWaitingPart(isKnown) });
  const partFrom = ({ seal, rows }: TailPart): Part => {
    const part = newPart(seal);
    part.told.add(rows);
    return part;
  };
  /** Up to which seal the lake itself is read, by origin. */
  const read = new Map<string, number>();

  const isWaiting =
    (origin: string) =>
    ({ seal }: { readonly seal: number | undefined }): boolean =>
      seal === undefined || seal > (read.get(origin) ?? 0);

  return {
    take(message) {
      const { origin, n } = message;
      if (message.kind === 'whole') {
        const frozen = Math.max(message.sealed, ...message.parts.map(({ seal }) => seal ?? 0));
        writers.delete(origin);
        writers.set(origin, { n, frozen, parts: message.parts.filter(isWaiting(origin)).map(partFrom) });
        anew();
        return;
      }
      const writer = writers.get(origin);
      if (writer?.n !== n - 1) {
        // Something is missing: until the writer has said everything, what comes on top means nothing.
        writers.delete(origin);
        if (writer !== undefined) anew();
        missed();
        return;
      }
      writer.n = n;
      const open = writer.parts.find(({ seal }) => seal === undefined);
      if (open === undefined) return;
      if (message.kind === 'more') {
        open.told.add(message.rows);
        more(message.rows);
        return;
      }
      open.seal = message.seal;
      writer.frozen = message.seal;
      writer.parts = [...writer.parts.filter(isWaiting(origin)), newPart()];
    },
    parts: () => [...writers.values()].flatMap(({ parts }) => parts.map(({ told }) => told.sums)),
    partOf: (origin, seal) => writers.get(origin)?.parts.find((part) => part.seal === seal)?.told,
    hasHeard(origin, seal) {
      const writer = writers.get(origin);
      return writer === undefined || writer.frozen >= seal;
    },
    forget: (origin) => {
      if (writers.delete(origin)) anew();
    },
    sealed(origin, seal) {
      read.set(origin, seal);
      const writer = writers.get(origin);
      if (writer !== undefined) writer.parts = writer.parts.filter(isWaiting(origin));
    },
  };
}
