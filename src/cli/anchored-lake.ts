import { createAnchoring } from '../anchor/anchoring.ts';
import { createAnchor } from '../anchor/registry.ts';
import type { AnchorSettings } from '../anchor/registry.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { ANCHOR_NOTE } from '../proof/verify-anchors.ts';
import { anchorReceipts } from '../store/anchors.ts';
import type { Files } from '../store/files.ts';
import type { Lake } from '../store/lake.ts';

export interface AnchoredParts {
  readonly settings: readonly AnchorSettings[];
  readonly everyMs: number;
  readonly files: Files;
  readonly writer: string;
  readonly origin: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A lake whose heads go to the anchors of the configuration after each seal that took something in. */
export async function anchoredLake(lake: Lake, parts: AnchoredParts): Promise<Lake> {
  const { settings, files, writer, origin, fetch, clock, log, everyMs } = parts;
  if (settings.length === 0) return lake;
  const stop = new AbortController();
  const receipts = anchorReceipts(files, writer);
  const anchoring = createAnchoring({
    anchors: settings.map((one, i) => ({
      name: `${one.type}-${i + 1}`,
      anchor: createAnchor(one, { fetch, clock, signal: stop.signal }),
    })),
    anchored: await receipts.anchored(),
    keep: async (name, { size }, receipt) => {
      const note = await receipts.put(name, size, receipt);
      if (!stop.signal.aborted) lake.addNote(ANCHOR_NOTE, note);
    },
    everyMs,
    clock,
    log,
    signal: stop.signal,
  });
  const newest = await files.read(`log/${writer}/checkpoint`);
  if (lake.size > 0 && newest !== undefined)
    anchoring.offer({ origin, size: lake.size, checkpoint: newest.toString() });
  const seal: Lake['seal'] = async () => {
    const sealed = await lake.seal();
    // A seal of receipts alone is not sent on: there would be no end to it.
    const isTakenIn = sealed !== undefined && Object.values(sealed.rows).some((rows) => rows > 0);
    if (isTakenIn) anchoring.offer({ origin, size: sealed.size, checkpoint: sealed.checkpoint });
    return sealed;
  };
  const close = async (): Promise<void> => {
    stop.abort();
    await anchoring.settled();
    await lake.close();
  };
  return Object.create(lake, { seal: { value: seal }, close: { value: close } }) as Lake;
}
