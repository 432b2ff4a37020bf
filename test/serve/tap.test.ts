import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tapped } from '../../src/domain/tap.ts';
import { createTap } from '../../src/tap.ts';
import { anEvent } from '../support/samples.ts';
import { serve } from '../support/serving.ts';

const tapped = (over: Partial<Tapped['event']> = {}, detections: readonly string[] = []): Tapped => ({
  event: anEvent(over),
  detections,
});
const everything = { perSecond: 100, accepts: () => true };

describe('a tap', () => {
  test('is a sample spread over the time, never more than was asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 200 }),
        (perSecond, pauses) => {
          let now = 0;
          const sent: number[] = [];
          const tap = createTap(() => now);
          tap.listen({ perSecond, accepts: () => true }, () => sent.push(now));
          for (const pause of pauses) {
            now += pause;
            tap.offer(tapped());
          }
          expect(sent[0]).toBe(pauses[0]);
          for (const [index, time] of sent.entries()) {
            const within = sent.slice(index).filter((other) => other - time < 1000);
            expect(within.length).toBeLessThanOrEqual(perSecond + 1);
          }
        },
      ),
    );
  });

  test('is open while somebody listens, and says when that changes', () => {
    const changes: boolean[] = [];
    const tap = createTap(
      () => 0,
      (isOpen) => changes.push(isOpen),
    );
    const [first, second] = [
      tap.listen(everything, () => undefined),
      tap.listen(everything, () => undefined),
    ];
    first();
    first();
    expect(tap.isOpen).toBe(true);
    second();
    expect(tap.isOpen).toBe(false);
    expect(changes).toEqual([true, false]);
  });
});

describe('/api/v1/tap', () => {
  test('streams what goes by without its record, and ends with the service', async () => {
    const tap = createTap(Date.now);
    const served = await serve({ tap });
    const answer = await served.get('/api/v1/tap?source=a&matched=true');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    tap.offer(tapped({ source: 'b' }, ['rule']));
    tap.offer(tapped({ source: 'a' }));
    tap.offer(tapped({ source: 'a', operation: 'Wanted' }, ['rule']));
    const reader = (answer.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    let text = '';
    while (!/\S.*\n/.test(text)) text += (await reader.read()).value ?? '';
    expect(JSON.parse(text)).toMatchObject({ source: 'a', operation: 'Wanted', detections: ['rule'] });
    expect(JSON.parse(text)).not.toHaveProperty('record');
    await reader.cancel();
    while (tap.isOpen) await new Promise((resolve) => setTimeout(resolve, 5));
    await served.stop();
  });

  test('is not there where nothing is collected', async () => {
    const served = await serve();
    const answer = await served.get('/api/v1/tap');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      error: { what: 'Nothing goes by here: this process collects nothing.' },
    });
    await served.stop();
  });

  test('lets the service close while somebody listens', async () => {
    const tap = createTap(Date.now);
    const served = await serve({ tap });
    const answer = await served.get('/api/v1/tap');
    const ended = answer.text().catch(() => 'cut');
    await served.stop();
    await ended;
    expect(tap.isOpen).toBe(false);
  });
});
