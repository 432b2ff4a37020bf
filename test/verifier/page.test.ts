import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtVerifier } from '../../src/verifier/build.ts';
import { fillLake, openTestLake, signer } from '../store/lakes.ts';
import { productFolder } from '../support/cli.ts';

const executablePath = '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) {
  const reason = `no browser at ${executablePath}: the verifier's page was not opened in one`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  console.warn(`skipped: ${reason}`);
}

describe.skipIf(!hasBrowser)('verify.html in a browser, from a file', () => {
  let browser: Browser;
  let folder: string;
  let address: string;
  const lake = (): string => join(folder, 'lake');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-page-'));
    await fillLake(await openTestLake(lake()), 'page', 102, 1);
    const file = join(folder, 'verify.html');
    writeFileSync(file, (await builtVerifier(productFolder)).page);
    address = pathToFileURL(file).href;
    browser = await chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-sync',
      ],
    });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page, picks a folder, and waits for the answer. */
  async function verify(
    picked: string,
    key = '',
  ): Promise<{ page: Page; answer: string; report: string; complaints: string[] }> {
    // The page forbids what a test tool brings in; what it asks for is watched below.
    const page = await browser.newPage({ bypassCSP: true });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== address) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(address);
    await page.fill('#key', key);
    await page.setInputFiles('#folder', picked);
    await page.locator('#answer', { hasText: /erified/ }).waitFor();
    const [answer = '', report = ''] = await Promise.all(
      ['#answer', '#report'].map((id) => page.locator(id).innerText()),
    );
    return { page, answer, report, complaints };
  }

  test('a lake verifies, with what that proves, and the page asks nobody for anything', async () => {
    const { page, answer, report, complaints } = await verify(lake(), signer.verifier.verifierKey);
    expect(report).toMatch(
      /^verified: 102 messages and \d+ rows in \d+ files match the signed log \(key: given\)$/m,
    );
    expect(answer).toBe('✓ Verified');
    expect(complaints).toEqual([]);
    const { source } = createRequire(import.meta.url)('axe-core') as { source: string };
    const violations = await page.evaluate(
      `${source};axe.run().then(({ violations }) => violations.map(({ id }) => id))`,
    );
    expect(violations).toEqual([]);
    await page.close();
  });

  test('a changed byte is named in the same words as on the command line', async () => {
    const bent = join(folder, 'bent');
    cpSync(lake(), bent, { recursive: true });
    const day = readdirSync(join(bent, 'captures')).find((name) => name.startsWith('day=')) ?? '';
    const path = join('captures', day, readdirSync(join(bent, 'captures', day))[0] ?? '');
    const bytes = readFileSync(join(bent, path));
    bytes.writeUInt8(bytes.readUInt8(150) ^ 1, 150);
    writeFileSync(join(bent, path), bytes);
    const { page, answer, report } = await verify(bent);
    expect(answer).toBe('✕ Not verified');
    expect(report).toContain(`✕ segment  ${path}\n`);
    await page.close();
  });

  test('a folder that is neither says what to pick', async () => {
    const { page, report } = await verify(join(lake(), 'events'));
    expect(report).toMatch(/^This folder is neither a lake nor a bundle/);
    await page.close();
  });
});
