import type { LakeWatch } from './lake-watch.ts';
import type { TailMessage } from './messages.ts';
import { createPendingRows } from './pending-rows.ts';
import type { PendingRows } from './pending-rows.ts';

/** What a writer has taken in and not sealed yet, for those who answer questions meanwhile. */
export interface Tail {
  /** To be given to the lake that writes. */
  readonly watch: LakeWatch;
  /** Says what came since the last time; nothing when nothing did. */
  flush(): void;
  /** Says everything, for one who has heard nothing yet. */
  sayAll(): void;
}

/**
 * Who answers questions takes a message in at one stretch: of this weight it is a millisecond or so.
 */
const MOST_UNSAID = 512;

/** @param origin of the writer's log. */
export function createTail(origin: string, say: (message: TailMessage) => void): Tail {
  let n = 0;
  let sealed = 0;
  /** Seals to be, in their order. */
  let frozen: { readonly seal: number; readonly rows: PendingRows }[] = [];
  /** Of the part without a number: what was said, and what was not yet. */
  let said = createPendingRows();
  let fresh = createPendingRows();

  const flush = (): void => {
    if (fresh.isEmpty) return;
    const rows = fresh.rows();
    say({ kind: 'more', origin, n: ++n, rows });
    said.add(rows);
    fresh = createPendingRows();
  };

  /** Says what there is when it is enough for a message. */
  const flushIfMuch = (): void => {
    if (fresh.weight >= MOST_UNSAID) flush();
  };

  const sayAll = (): void => {
    said.add(fresh.rows());
    fresh = createPendingRows();
    const parts = [...frozen, { seal: undefined, rows: said }];
    say({
      kind: 'whole',
      origin,
      n: ++n,
      sealed,
      parts: parts.map(({ seal, rows }) => ({ seal, rows: rows.rows() })),
    });
  };

  return {
    watch: {
      opened(seals) {
        sealed = seals;
        sayAll();
      },
      capture: () => fresh.capture(),
      event(row) {
        fresh.event(row);
        flushIfMuch();
      },
      finding(row) {
        fresh.finding(row);
        flushIfMuch();
      },
      observation(row) {
        fresh.observation(row);
        flushIfMuch();
      },
      deadLetter: (row) => fresh.deadLetter(row),
      frozen(seal) {
        flush();
        frozen.push({ seal, rows: said });
        said = createPendingRows();
        say({ kind: 'frozen', origin, n: ++n, seal });
      },
      sealed(seal) {
        sealed = seal;
        frozen = frozen.filter((part) => part.seal > seal);
      },
      dropped() {
        frozen = [];
        said = createPendingRows();
        fresh = createPendingRows();
        sayAll();
      },
    },
    flush,
    sayAll,
  };
}
