import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileInterposer, faultKinds, strike } from './strike.ts';

/**
 * `node test/faults/disk.long.ts [--most 60] [--calls 4]`: each kind of failure at every changing file-system call of a
 * service that seals, one after another, until a call is never made. Ends with 1 when a lake lacks a record, has one
 * twice, does not verify or did not recover by itself.
 */
const { values } = parseArgs({
  options: { most: { type: 'string', default: '60' }, calls: { type: 'string', default: '4' } },
});
const folder = mkdtempSync(join(tmpdir(), 'plumbline-interposer-'));
const library = compileInterposer(folder);
let [strikes, bad] = [0, 0];
for (const kind of faultKinds)
  for (let at = 1; at <= Number(values.most); at++) {
    const calls = kind === 'kill' || kind === 'short' ? 1 : Number(values.calls);
    const { hit, struck, exitCode, faults } = await strike(library, { kind, at, calls });
    if (hit.length === 0) break;
    strikes++;
    const isBad = faults.length > 0 || exitCode !== 0;
    if (isBad) bad++;
    console.log(JSON.stringify({ kind, at, hit, struck, exitCode, faults: faults.slice(0, 3) }));
  }
console.log(JSON.stringify({ strikes, bad }));
rmSync(folder, { recursive: true });
process.exitCode = bad === 0 ? 0 : 1;
