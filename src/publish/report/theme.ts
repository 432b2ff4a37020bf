import { columnRules } from './theme-columns.ts';
import { layout } from './theme-layout.ts';
import { print } from './theme-print.ts';
import { shownStatuses, statusLook } from './status.ts';

export interface Palette {
  readonly paper: string;
  readonly raised: string;
  readonly ink: string;
  readonly quiet: string;
  readonly rule: string;
  readonly link: string;
  /** The one hue of severity; its five weights are mixed from it. */
  readonly level: string;
}

export const palettes: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    paper: '#FCFBF9',
    raised: '#F5F3EE',
    ink: '#1D1F24',
    quiet: '#5A5E66',
    rule: '#DAD6CD',
    link: '#2B4A7F',
    level: '#6E2F5F',
  },
  dark: {
    paper: '#15171B',
    raised: '#1C1F24',
    ink: '#E7E5E0',
    quiet: '#A6ABB4',
    rule: '#363A42',
    link: '#A9C3F5',
    level: '#E2A8D0',
  },
};

const variables = (mode: 'light' | 'dark'): string =>
  [
    `color-scheme:${mode}`,
    ...Object.entries(palettes[mode]).map(([name, colour]) => `--${name}:${colour}`),
    ...shownStatuses.map((status) => `--${statusLook[status].name}:${statusLook[status][mode]}`),
  ].join(';');

const statusRules = shownStatuses
  .map((status) => {
    const { name } = statusLook[status];
    // The grey of NOT APPLICABLE is too faint for text: it colours the drawing, the word takes the quiet ink.
    const text = status === 'NOT_APPLICABLE' ? 'quiet' : name;
    return `.s-${name}{color:var(--${text})}.b-${name}{fill:var(--${name})}`;
  })
  .join('\n');

const ribbonRules = `
.ribbon rect{shape-rendering:crispEdges}
.r-fail,.r-risk{stroke-width:1.5}
.r-fail{fill:var(--fail);stroke:var(--fail)}
.r-risk{fill:var(--risk);stroke:var(--risk)}
.r-none{fill:url(#hatch);stroke:var(--none);stroke-width:1}
.hatch{stroke:var(--none);stroke-width:2.5}
.r-exception{fill:none;stroke:var(--exception);stroke-width:1.5;stroke-dasharray:2 2}
.r-attested{fill:none;stroke:var(--attested);stroke-width:1.25}
.r-pass{fill:var(--pass);opacity:.75}
.r-na,.r-manual{fill:var(--na)}
.l-0{fill:color-mix(in srgb,var(--level) 35%,var(--paper))}
.l-1{fill:color-mix(in srgb,var(--level) 50%,var(--paper))}
.l-2{fill:color-mix(in srgb,var(--level) 65%,var(--paper))}
.l-3{fill:color-mix(in srgb,var(--level) 82%,var(--paper))}
.l-4{fill:var(--level)}
.l-off,.track{fill:var(--rule)}`;

/** A CSS string: nothing in it can end the string or the style element. */
const quoted = (text: string): string => `"${text.replace(/[^A-Za-z0-9 .:+/=-]/g, '')}"`;

/** The whole style sheet. `asKnownAt` and `root` stand at the foot of every printed page. */
export const styles = (asKnownAt: string, root: string): string => `
:root{${variables('light')}}
@media (prefers-color-scheme:dark){:root{${variables('dark')}}}
${layout}
${columnRules}
${statusRules}
${ribbonRules}
@media print{:root{${variables('light')};--paper:#FFFFFF}}
${print(quoted(asKnownAt), quoted(`Checkpoint ${root}`))}
`;
