import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderReport } from '../../../src/publish/report/report.ts';
import { aReport } from './fixture.ts';

const executablePath = '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
if (!hasBrowser) {
  const reason = `no browser at ${executablePath}: the report was not opened in one`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  console.warn(`skipped: ${reason}`);
}

describe.skipIf(!hasBrowser)('in a browser, from a file', () => {
  let browser: Browser;
  let folder: string;
  let address: string;
  let axe: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-report-'));
    const file = join(folder, 'report.html');
    await writeFile(file, renderReport(aReport()));
    address = pathToFileURL(file).href;
    ({ source: axe } = createRequire(import.meta.url)('axe-core') as { source: string });
    browser = await chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  interface View {
    readonly width?: number;
    readonly colorScheme?: 'light' | 'dark';
    readonly javaScriptEnabled?: boolean;
  }
  /** Opens the report, and keeps what it asked for and complained of. */
  async function open({ width = 1440, colorScheme = 'light', javaScriptEnabled = true }: View = {}): Promise<{
    page: Page;
    complaints: string[];
  }> {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme,
      javaScriptEnabled,
      timezoneId: 'Europe/Berlin',
    });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== address) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(address);
    return { page, complaints };
  }

  test.each([
    [1440, 'light'],
    [380, 'dark'],
  ] as const)(
    'at %i px in %s it has no accessibility fault, no sideways scroll and asks for nothing',
    async (width, colorScheme) => {
      const { page, complaints } = await open({ width, colorScheme });
      await page.evaluate(axe);
      const faults: unknown = await page.evaluate(
        `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html).join(' | ')))`,
      );
      expect(faults).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(paper).toBe(colorScheme === 'dark' ? 'rgb(21, 23, 27)' : 'rgb(252, 251, 249)');
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  test('no text runs out of its column at any width, nor on paper', async () => {
    const { page } = await open();
    for (const width of [1440, 1130, 910, 700, 380, 688]) {
      await page.setViewportSize({ width, height: 900 });
      // 688 px is what A4 leaves between its margins.
      if (width === 688) await page.emulateMedia({ media: 'print' });
      const spilling: unknown = await page.evaluate(
        `[...document.querySelectorAll('td > div, tbody th, dd, li')]
          .filter((box) => box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).display !== 'inline')
          .map((box) => box.textContent.trim().slice(0, 80))`,
      );
      expect(spilling, `at ${width} px`).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await page.context().close();
  });

  test('a shortened hash is selected and copied whole with one click', async () => {
    const { page } = await open();
    const hash = page.locator('.top code.id').last();
    const full = await hash.getAttribute('title');
    expect(await hash.evaluate((element: { textContent: string }) => element.textContent)).toBe(full);
    const selected: unknown = await page.evaluate(
      `(() => { const id = [...document.querySelectorAll('.group code.id')][0]; getSelection().selectAllChildren(id); return [getSelection().toString(), id.title]; })()`,
    );
    const [copied, title] = selected as [string, string];
    expect(copied).toBe(title);
    await page.context().close();
  });

  test('times are UTC until asked for local ones, and go back', async () => {
    const { page, complaints } = await open();
    const known = page.locator('.top time').nth(2);
    expect(await known.textContent()).toBe('2026-03-02 09:00 UTC');
    await page.getByRole('button', { name: 'Show local time (Europe/Berlin)' }).click();
    expect(await known.textContent()).toMatch(/10:00:00/);
    expect(await known.getAttribute('title')).toBe('2026-03-02T09:00:00.000Z');
    await page.getByRole('button', { name: 'Show UTC' }).click();
    expect(await known.textContent()).toBe('2026-03-02 09:00 UTC');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('without scripts everything is there but the offer of local times', async () => {
    const { page, complaints } = await open({ javaScriptEnabled: false });
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.locator('main section').count()).toBe(8);
    expect(await page.locator('svg.ribbon').count()).toBeGreaterThan(25);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('its policy refuses any script, style or request that is not its own', async () => {
    const { page, complaints } = await open();
    await page.evaluate(`(() => {
      const script = document.createElement('script'); script.textContent = 'window.broken = true'; document.body.append(script);
      const style = document.createElement('style'); style.textContent = 'body{color:red}'; document.head.append(style);
      const image = new Image(); image.src = 'http://192.0.2.1/x.png';
    })()`);
    await page.waitForTimeout(50);
    expect(await page.evaluate('window.broken')).toBeUndefined();
    expect(complaints.filter((text) => text.includes('Content Security Policy'))).toHaveLength(3);
    await page.context().close();
  });

  test('it prints on A4 in several pages, light even from a dark screen', async () => {
    const { page } = await open({ colorScheme: 'dark' });
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const boxes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
    expect(boxes.length).toBeGreaterThan(5);
    for (const [, width, height] of boxes)
      expect([Math.round(Number(width)), Math.round(Number(height))]).toEqual([595, 842]);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate(`getComputedStyle(document.querySelector('thead')).display`)).toBe(
      'table-header-group',
    );
    await page.context().close();
  });
});
