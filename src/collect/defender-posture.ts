import type { Capture } from '../domain/capture.ts';
import { MINUTE_MS, SECOND_MS } from '../lib/clock.ts';
import { createAzureCredential } from './azure-credential.ts';
import { defineCollector } from './collector.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { alertCaptures } from './defender-posture/alerts.ts';
import { createPostureReader } from './defender-posture/reader.ts';
import type { PostureReader } from './defender-posture/reader.ts';
import { DefenderPostureSettings } from './defender-posture/settings.ts';
import type { PostureKind } from './defender-posture/settings.ts';
import { probeDefender } from './defender-posture/probe.ts';
import { merged } from './polling/merged.ts';
import { periodOf, periods } from './polling/periods.ts';
import { createTrying, realPollingParts } from './polling/trying.ts';
import type { PollingParts } from './polling/trying.ts';

/** A period holds fewer pages than this; with it a sequence stays a safe integer until the year 30,000. */
const PAGES = 10_000;

/**
 * Reads the whole posture of subscriptions once a period. A capture is a page as received; its sequence is the period
 * and the page's number, so that a restart within the period changes nothing. All pages of a list come in one batch,
 * and so in one seal: a posture is never half of one moment and half of another.
 */
export function createDefenderPosture(
  settings: DefenderPostureSettings,
  context: CollectorContext,
  parts: PollingParts = realPollingParts,
): Collector {
  const { signal, clock, source } = context;
  const { tried, problems } = createTrying(
    context,
    parts,
    'defender posture: not read; tried again in the next period',
  );
  const everyMs = (kind: PostureKind): number => {
    switch (kind) {
      case 'regulatory':
        return settings.regulatoryEveryMinutes * MINUTE_MS;
      case 'alerts':
        return settings.alertsEveryMinutes * MINUTE_MS;
      case 'assessments':
      case 'secure_scores':
      case 'pricings':
        return settings.everyMinutes * MINUTE_MS;
    }
  };

  /** What is durable of an alert only grows, so what was once found to be is not asked for again. */
  const durableAlerts = new Map<string, number>();
  const durableAlert = async (stream: string, atLeast: number): Promise<number> => {
    const known = durableAlerts.get(stream) ?? -1;
    if (known >= atLeast) return known;
    const durable = (await context.durableSequence(stream)) ?? -1;
    if (durable >= 0) durableAlerts.set(stream, durable);
    return durable;
  };

  async function subscriptionsNow(reader: PostureReader): Promise<readonly string[]> {
    const all = new Set(settings.subscriptions);
    for (const group of settings.managementGroups) {
      const scope = `/providers/Microsoft.Management/managementGroups/${group}`;
      const need = { role: 'Management Group Reader', scope, setting: 'managementGroups' };
      const below = await tried(`defender ${scope}`, need, () => reader.subscriptionsBelow(group));
      for (const subscription of below ?? []) all.add(subscription);
    }
    return [...all];
  }

  async function captureKind(
    reader: PostureReader,
    subscription: string,
    kind: PostureKind,
    period: number,
  ): Promise<readonly Capture[]> {
    const stream = `defender/${subscription}/${kind}`;
    const first = Math.floor(period / SECOND_MS) * PAGES;
    const durable = kind === 'alerts' ? -1 : ((await context.durableSequence(stream)) ?? -1);
    if (durable >= first + PAGES - 1) return [];
    const scope = `/subscriptions/${subscription}`;
    const need = { role: 'Security Reader', scope, setting: 'subscriptions' };
    const pages = await tried(stream, need, () => allOf(reader.pages(subscription, kind)));
    if (pages === undefined) return [];
    const receivedAt = clock();
    if (kind === 'alerts') return alertCaptures(pages, { stream, source, receivedAt }, durableAlert);
    // The last page bears the last number of the period: when it is durable, the period is done.
    return pages
      .map((text, index) => ({
        source,
        stream,
        sequence: first + (index === pages.length - 1 ? PAGES - 1 : index),
        enqueuedAt: receivedAt,
        receivedAt,
        body: Buffer.from(text),
      }))
      .filter(({ sequence }) => sequence > durable);
  }

  async function* readKinds(
    reader: PostureReader,
    kinds: readonly PostureKind[],
    every: number,
    until: AbortSignal,
  ): AsyncGenerator<readonly Capture[]> {
    for await (const period of periods(clock, every, until)) {
      for (const subscription of await subscriptionsNow(reader)) {
        for (const kind of kinds) {
          if (until.aborted) return;
          const captures = await captureKind(reader, subscription, kind, periodOf(period, every));
          if (captures.length > 0) yield captures;
        }
      }
    }
  }

  async function* batches(): AsyncGenerator<readonly Capture[]> {
    if (signal.aborted) return;
    const credential = parts.credential ?? (await createAzureCredential(settings.credential, clock));
    const reader = await createPostureReader(settings, {
      credential,
      signal,
      retryDelayMs: parts.retryDelayMs,
    });
    const byPeriod = Map.groupBy(new Set(settings.kinds), everyMs);
    // Whoever leaves in the middle must not leave a wait for the next period behind.
    const stop = new AbortController();
    const until = AbortSignal.any([signal, stop.signal]);
    try {
      yield* merged([...byPeriod].map(([every, kinds]) => readKinds(reader, kinds, every, until)));
    } finally {
      stop.abort();
    }
  }

  return { batches, problems };
}

async function allOf(pages: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const page of pages) all.push(page);
  if (all.length >= PAGES)
    throw new RangeError(`more than ${PAGES} pages in one list; read fewer subscriptions`);
  return all;
}

export const defenderPosture = defineCollector({
  type: 'defender_posture',
  summary:
    'Reads assessments, secure scores, plans, regulatory compliance and alerts of Defender for Cloud, again and again.',
  settings: DefenderPostureSettings,
  create: createDefenderPosture,
  probe: probeDefender,
});
