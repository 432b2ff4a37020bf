import { expect, test } from 'vitest';
import { retry } from '../../src/lib/retry.ts';
import type { RetryContext } from '../../src/lib/retry.ts';

const policy = { attempts: 4, firstDelayMs: 1, maxDelayMs: 2 };
const context = (over: Partial<RetryContext> = {}): RetryContext => ({
  signal: new AbortController().signal,
  jitter: () => 0.5,
  isRetryable: () => true,
  ...over,
});

test('it tries until it succeeds and says which attempt that was', async () => {
  const answer = await retry(policy, context(), (attempt) =>
    attempt < 3 ? Promise.reject(new Error('busy')) : Promise.resolve(attempt),
  );
  expect(answer).toBe(3);
});

test('attempts run out with the last error', async () => {
  let calls = 0;
  const failing = retry(policy, context(), (attempt) => {
    calls = attempt;
    return Promise.reject(new Error(`try ${attempt}`));
  });
  await expect(failing).rejects.toThrow('try 4');
  expect(calls).toBe(4);
});

test('a final error is not tried again', async () => {
  let calls = 0;
  const failing = retry(policy, context({ isRetryable: () => false }), () => {
    calls++;
    return Promise.reject(new Error('refused'));
  });
  await expect(failing).rejects.toThrow('refused');
  expect(calls).toBe(1);
});

test('an abort ends the wait', async () => {
  const abort = new AbortController();
  const failing = retry(
    { ...policy, firstDelayMs: 60_000, maxDelayMs: 60_000 },
    context({ signal: abort.signal }),
    () => {
      setTimeout(() => abort.abort(), 1);
      return Promise.reject(new Error('busy'));
    },
  );
  await expect(failing).rejects.toThrow('aborted');
});

test('a wait that the far side asked for is kept instead of our own', async () => {
  const slow = { attempts: 2, firstDelayMs: 3_600_000, maxDelayMs: 3_600_000 };
  const answer = await retry(slow, context({ askedDelayMs: () => 1 }), (attempt) =>
    attempt === 1 ? Promise.reject(new Error('busy')) : Promise.resolve('ok'),
  );
  expect(answer).toBe('ok');
});
