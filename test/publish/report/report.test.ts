import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statuses } from '../../../src/domain/control.ts';
import type { ReportData } from '../../../src/domain/report.ts';
import { levels } from '../../../src/domain/severity.ts';
import { DAY_MS } from '../../../src/lib/clock.ts';
import { sha256Hex } from '../../../src/lib/hash.ts';
import { renderReport } from '../../../src/publish/report/report.ts';
import { palettes } from '../../../src/publish/report/theme.ts';
import { shownStatuses, statusLook } from '../../../src/publish/report/status.ts';
import { aFinding, resourceOf } from '../../support/samples.ts';
import { aReport, FROM, TO } from './fixture.ts';

/** The words of a page, as a reader without styles gets them. */
const words = (page: string): string =>
  page
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<wbr \/>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/[\s\u00A0]+/g, ' ')
    .replace(/ ([.,;:)])/g, '$1');
const page = renderReport(aReport());
const text = words(page);

describe('a report over a month with incidents', () => {
  test('says first what is wrong, since when, by which evidence, who owns it and what to do next', () => {
    expect(text).toContain('Break-glass account signed in (ref ');
    expect(text).toMatch(
      /Storage account sttrain01: Training data read in bulk with a SAS token 3 controls depend on it\. SOC 2: CC6\.7, C1\.1; HIPAA Security Rule: 164\.312\(c\)\(1\)\. Since 2026-02-25 09:00 UTC open for 5 d Evidence 12 findings newest in leaf 8,218 Owner data-platform@example\.com Do next Revoke the stored access policy the token hangs on\./,
    );
    expect(text.indexOf('What is wrong now', 900)).toBeLessThan(
      text.indexOf('Controls over the window', 900),
    );
  });

  test('sums itself up with honest denominators', () => {
    expect(text).toContain(
      'In 30 d up to 2026-03-02 09:00 UTC, 1,652,681 events arrived from 3 sources and led to 30 findings. 5 incidents are open; the worst is critical, the oldest has been open for 6 d. Of 31 controls in 2 frameworks, 25 are judged: 8 FAIL, 1 NO EVIDENCE, 3 AT RISK, 3 EXCEPTION, 2 ATTESTED, 7 PASS and 1 NOT APPLICABLE. 6 more rest on manual evidence and are not judged here.',
    );
    expect(text).toContain(
      '12 of 16 controls have automated evidence (75 %); 1 more mapped, without evidence now',
    );
    expect(text).toContain('10 of 15 controls have automated evidence (66.7 %)');
  });

  test('shows of each finding the fields that matched, who did it, and where its evidence lies', () => {
    expect(text).toMatch(
      /2026-02-28T04:06:00\.217Z properties\.requestbody \{"properties":.*?contains "blocking":false resultType Success equals ada@example\.com user, 192\.0\.2\.10 leaf 8,940 record 2/,
    );
    expect(page).toContain(`title="${sha256Hex('azure_openai_content_filter_weakened')}"`);
  });

  test('states its limits: manual controls, silent assertions, unread records, lost logs, split views', () => {
    for (const limit of [
      'Azure diagnostic logs are not lossless',
      'It cannot prove by itself that everyone was shown the same log',
      '4 records could not be read and were set aside',
      '3 json_invalid, 1 record_too_large',
      '1 assertion of 13 had no evidence at the end of the window',
      'HIPAA Security Rule: 4 of 15 164.308(a)(3)(i) Workforce security',
      'Whether a control is met is for the auditor to say',
    ])
      expect(text).toContain(limit);
  });

  test('carries the checkpoint in full, the key it verifies with, and the command', () => {
    const { checkpoint, verifierKey } = aReport().evidence;
    expect(page).toContain(`<pre class="all">${checkpoint}</pre>`);
    expect(page).toContain(`<pre class="all">${verifierKey}</pre>`);
    expect(text).toContain('npx plumbline verify');
  });

  test('shows a status nowhere without its word', () => {
    for (const status of shownStatuses) {
      const { glyph, word } = statusLook[status];
      expect(page).toContain(`${glyph}</span\n>${word}`.replace('\n', ''));
    }
    expect(
      page.match(
        /<span class="glyph[^>]*aria-hidden="true"[^>]*>[^<]+<\/span[^>]*>(?!\w|<span class="hidden">)/g,
      ),
    ).toBeNull();
  });

  test('claims nothing that is for the auditor to say', () => {
    expect(text).not.toMatch(/complian(t|ce score)|certified|100\s?% secure/i);
  });

  test('is the same to the byte for the same data, whatever order it comes in', () => {
    expect(renderReport(aReport())).toBe(page);
    const data = aReport();
    expect(
      renderReport({ ...data, findings: data.findings.toReversed(), incidents: data.incidents.toReversed() }),
    ).toBe(page);
  });

  test('asks for nothing outside itself', () => {
    expect(page).not.toMatch(/(src|href|action|data|poster|srcset|ping)="(?!#)/);
    expect(page).not.toMatch(/url\((?!#)|@import|style="|\son\w+="/);
  });

  test('has ids that are there once, and no link into nothing', () => {
    const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });
});

const empty: ReportData = {
  ...aReport(),
  tenantIds: [],
  posture: { from: FROM, to: TO, frameworks: [], assertions: [] },
  findings: [],
  incidents: [],
  detections: [],
  assertions: [],
  sources: [],
  evidence: { ...aReport().evidence, deadLetters: [], verified: undefined },
};

test('an empty report says what would fill it, and claims nothing from silence', () => {
  const said = words(renderReport(empty));
  for (const part of [
    'No incident is open',
    'No framework is loaded, so no control is judged.',
    'No detection matched in the window. That says something only where events arrived',
    'No event arrived in the window. Name a source in the configuration',
    'No verification of the evidence log has run yet.',
    'None: every record that arrived was read.',
    'every control has an automated assertion',
  ])
    expect(said).toContain(part);
  expect(said).toContain('PASS');
  expect(said).not.toMatch(/\d+ PASS/);
});

test('a failed verification stands in the summary and in the evidence section', () => {
  const { evidence } = aReport();
  const said = words(
    renderReport(aReport({ evidence: { ...evidence, verified: { at: TO, ok: false, faults: 2 } } })),
  );
  expect(said).toContain('found 2 faults: do not rely on this report before they are explained');
  expect(said).toContain('Newest verification 2 faults, 2026-03-02 09:00 UTC');
});

test('what is left out is said: findings beyond the limit, incidents beyond the list, changes beyond the table', () => {
  const base = aReport();
  const findings = Array.from({ length: 5000 }, (_, i) =>
    aFinding({
      id: `fnd-${i}`,
      eventId: `${sha256Hex(String(i)).slice(0, 20)}-0`,
      time: FROM + (i % 30) * DAY_MS,
      resourceId: resourceOf(`aoai-${i % 70}`),
      matched: Array.from({ length: 6 }, (__, k) => ({
        field: `properties.field${k}`,
        value: 'v'.repeat(200),
        test: 'contains v',
      })),
    }),
  );
  const [incident] = base.incidents;
  if (incident === undefined) throw new Error('the fixture has incidents');
  const incidents = Array.from({ length: 70 }, (_, i) => ({ ...incident, key: `inc-${i}` }));
  const history = Array.from({ length: 1000 }, (_, i) => ({
    from: FROM + (i * 30 * DAY_MS) / 1000,
    to: FROM + ((i + 1) * 30 * DAY_MS) / 1000,
    status: i % 2 === 0 ? ('PASS' as const) : ('FAIL' as const),
  }));
  const frameworks = base.posture.frameworks.map((framework) =>
    Object.assign(framework, {
      controls: framework.controls.map((control) => Object.assign(control, { history })),
    }),
  );
  const large = renderReport({ ...base, findings, incidents, posture: { ...base.posture, frameworks } });
  const said = words(large);
  expect(Buffer.byteLength(large)).toBeLessThan(3_000_000);
  expect(said).toContain('400 of 5,000 findings are shown in detail, at most 400; 4,600 are left out.');
  expect(said).toContain('10 open incidents of lower level or younger age are not repeated here');
  expect(said).toMatch(/\d+ older findings of this cause are not shown/);
  expect(said).toContain('988 older steps only in the ribbon.');
});

/** Every string of the data, one by one, swapped for another. */
function withStrings<T>(value: T, swap: (text: string) => string): T {
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return swap(part);
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part === 'object' && part !== null)
      return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, walk(member)]));
    return part;
  };
  return walk(value) as T;
}
/** Words that the code switches on and that no outsider can choose. */
const closed = new Set<string>([
  ...statuses,
  ...levels,
  'MANUAL_ONLY',
  'open',
  'resolved',
  'full',
  'partial',
  'supporting',
]);
const attributes = new Set(
  [...page.replace(/<(style|script)>.*?<\/\1>/gs, '').matchAll(/\s([a-z-]+)="/gi)].map(([, name]) => name),
);
const elements = new Set([...page.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name]) => name));
const childless = new Set(['meta', 'br', 'wbr', 'rect', 'path']);

/** What is wrong with the markup for the strictest of readers; undefined when nothing is. */
function faultIn(markup: string): string | undefined {
  const body = markup.replace('<!doctype html>', '').replace(/<(style|script)>[^<]*<\/\1>/g, '');
  const open: string[] = [];
  const token = /([^<>]+)|<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+="[^"<>]*")*)\s*\/?>/y;
  while (token.lastIndex < body.length) {
    const at = token.lastIndex;
    const [, plain, slash, name = '', given = ''] = token.exec(body) ?? [];
    if (plain !== undefined) continue;
    if (slash === undefined) return `stray bracket in ${body.slice(at, at + 60)}`;
    if (!elements.has(name)) return `element ${name}`;
    for (const [, attribute] of given.matchAll(/\s([a-zA-Z-]+)="/g))
      if (!attributes.has(attribute)) return `attribute ${attribute}`;
    if (slash === '/' && open.pop() !== name) return `unbalanced ${name}`;
    if (slash === '' && !childless.has(name)) open.push(name);
  }
  return open[0];
}

test('no string of the data, however hostile, gets out of its place', () => {
  expect(faultIn(page)).toBeUndefined();
  const hostile = fc.oneof(
    fc.constantFrom(
      '</script><script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' autofocus onfocus='alert(1)",
      '" onclick="alert(1)',
      '</style><style>*{display:none}',
      '</title><h1>Certified</h1>',
      '<!--',
      ']]>',
      '&lt;b&gt;',
      'invoice\u202Efdp.exe',
      '\u0000\uFFFF\uD800',
      '',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
  );
  fc.assert(
    fc.property(hostile, fc.boolean(), (poison, isLong) => {
      let place = 0;
      const poisoned = renderReport(
        withStrings(aReport(), (original) =>
          closed.has(original) ? original : `${poison}${isLong ? 'x'.repeat(5000) : ''}${place++}`,
        ),
      );
      expect(faultIn(poisoned)).toBeUndefined();
      expect(/[\u202A-\u202E\u2066-\u2069]/.test(poisoned)).toBe(false);
      expect(poisoned.length).toBeLessThan(3_000_000);
    }),
    { numRuns: 40 },
  );
});

describe('colours', () => {
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [x, y] = [luminance(a), luminance(b)];
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  };

  test.each(['light', 'dark'] as const)('of words stand out at least 4.5 to 1 in %s', (mode) => {
    const { paper, raised, ink, quiet, link } = palettes[mode];
    const inks = shownStatuses
      .filter((status) => status !== 'NOT_APPLICABLE')
      .map((status) => statusLook[status][mode]);
    for (const colour of [ink, quiet, link, ...inks]) {
      expect(contrast(colour, paper)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(colour, raised)).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(statusLook.NOT_APPLICABLE[mode], paper)).toBeGreaterThanOrEqual(3);
  });
});
