import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml, html, trusted, visible } from '../../../src/publish/report/html.ts';

test('values are escaped, markup made by the tag is not, lists are joined and nothing is left for undefined', () => {
  const name = '<b>"Tom" & \'Ann\'</b>';
  expect(html`<p title="${name}">${[html`<i>${1}</i>`, name]}${undefined}</p>`.html).toBe(
    '<p title="&lt;b&gt;&quot;Tom&quot; &amp; &#39;Ann&#39;&lt;/b&gt;"><i>1</i>&lt;b&gt;&quot;Tom&quot; &amp; &#39;Ann&#39;&lt;/b&gt;</p>',
  );
  expect(html`${trusted('<hr>')}`.html).toBe('<hr>');
});

test.each([
  ['a right-to-left override', 'invoice\u202Efdp.exe', 'invoice\\u{202E}fdp.exe'],
  ['a zero width space', 'ad\u200Bmin', 'ad\\u{200B}min'],
  ['a control character', 'a\u0000b\u001B[31m', 'a\\u{0000}b\\u{001B}[31m'],
  ['an isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
  ['a byte order mark', '\uFEFFx', '\\u{FEFF}x'],
  ['a tag character', '\u{E0041}', '\\u{E0041}'],
  ['a lone surrogate', 'x\uD800y', 'x\\u{D800}y'],
  ['a line separator', 'x\u2028y', 'x\\u{2028}y'],
  ['ordinary text of any script', 'Zoë, 東京, עברית, 💧\n\t', 'Zoë, 東京, עברית, 💧\n\t'],
])('%s is shown as what it is', (_, text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('no text can leave its place, whatever it holds', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '\u202E', '\uD800', 'x', ';', '`') }),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      expect(escaped).not.toMatch(/[\p{Cf}\p{Cs}]/u);
      expect(escaped.isWellFormed()).toBe(true);
    }),
  );
});
