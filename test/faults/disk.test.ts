import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { canInterpose, compileInterposer, strike } from './strike.ts';

const isPossible = canInterpose();
if (!isPossible && process.env['CI'] === 'true') throw new Error('gcc is needed on Linux in CI');
const folder = mkdtempSync(join(tmpdir(), 'plumbline-interposer-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!isPossible)('a file system that fails under a running service', () => {
  const library = isPossible ? compileInterposer(folder) : '';

  test('full for a while: the service waits, seals everything, and ends as if nothing had been', async () => {
    const { hit, struck, faults } = await strike(library, { kind: 'enospc', at: 30, calls: 8 });
    expect(hit).not.toEqual([]);
    expect(faults).toEqual([]);
    expect(struck).toBe(0);
  }, 120_000);

  test('killed in the middle of a seal: the next start has every record once', async () => {
    const { hit, struck, exitCode, faults } = await strike(library, { kind: 'kill', at: 26, calls: 1 });
    expect(hit).toHaveLength(1);
    expect(struck).toBe('SIGKILL');
    expect(exitCode).toBe(0);
    expect(faults).toEqual([]);
  }, 120_000);
});
