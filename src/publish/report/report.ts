import type { ReportData } from '../../domain/report.ts';
import { iso } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { html, trusted } from './html.ts';
import type { Html } from './html.ts';
import { modelOf } from './model.ts';
import { ribbonDefinitions } from './ribbon.ts';
import { script } from './script.ts';
import { controls } from './sections/controls.ts';
import { evidence } from './sections/evidence.ts';
import { findings } from './sections/findings.ts';
import { frameworks } from './sections/frameworks.ts';
import { header } from './sections/header.ts';
import { method } from './sections/method.ts';
import { notCovered } from './sections/not-covered.ts';
import { sources } from './sections/sources.ts';
import { summary } from './sections/summary.ts';
import { wrongNow } from './sections/wrong-now.ts';
import { styles } from './theme.ts';

const contents = [
  ['now', 'What is wrong now'],
  ['frameworks', 'Frameworks at a glance'],
  ['controls', 'Controls over the window'],
  ['findings', 'Findings and their evidence'],
  ['sources', 'Sources and coverage'],
  ['not-covered', 'What this report does not cover'],
  ['evidence', 'Evidence and how to verify it'],
  ['method', 'How to read this report'],
] as const;

const cspHash = (text: string): string =>
  `'sha256-${Buffer.from(sha256Hex(text), 'hex').toString('base64')}'`;

const nav = (): Html =>
  html`<nav aria-label="Contents">
    <ol>
      ${contents.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
    </ol>
    <p id="times"></p>
  </nav>`;

/**
 * The whole report as one HTML file that needs nothing else: no network, no script, no style from outside, which
 * its own policy enforces. Same data in, same bytes out.
 */
export function renderReport(data: ReportData): string {
  const model = modelOf(data);
  const css = styles(
    `As known at ${iso(data.posture.to)}`,
    data.evidence.root.replace(/[^A-Za-z0-9+/=]/g, ''),
  );
  const policy = `default-src 'none'; style-src ${cspHash(css)}; script-src ${cspHash(script)}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en" dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="generator" content="Plumbline ${data.productVersion}" />
        <title>${data.title}: ${data.organisation}</title>
        ${trusted(`<style>${css}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        ${ribbonDefinitions}
        <div class="page">
          ${nav()}
          <main id="main" tabindex="-1">
            ${header(model)}${summary(model)}${wrongNow(model)}${frameworks(model)}${controls(model)}${findings(model)}${sources(model)}${notCovered(model)}${evidence(model)}${method()}
          </main>
        </div>
        ${trusted(`<script>${script}</script>`)}
      </body>
    </html> `.html;
}
