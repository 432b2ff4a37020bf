import { notifiers } from '../alert/registry.ts';
import { collectors } from '../collect/registry.ts';
import { normalisers } from '../normalise/registry.ts';
import { publishers } from '../publish/registry.ts';
import type { OutputFormat } from './output.ts';
import { writeResult } from './output.ts';
import { outputOption } from './options.ts';
import type { CommandSetUp } from './command.ts';
import { columns, wrapText } from './text.ts';

export interface Component {
  readonly kind: 'collector' | 'normaliser' | 'publisher' | 'notifier';
  readonly type: string;
  readonly summary: string;
}

/** Everything that is built in, kind by kind. */
export const allComponents = (): readonly Component[] => [
  ...collectors.map(({ type, summary }) => ({ kind: 'collector', type, summary }) as const),
  ...normalisers.map(({ type, summary }) => ({ kind: 'normaliser', type, summary }) as const),
  ...publishers.map(({ type, summary }) => ({ kind: 'publisher', type, summary }) as const),
  ...notifiers.map(({ type, summary }) => ({ kind: 'notifier', type, summary }) as const),
];

export const components: CommandSetUp = (command, io) => {
  command.addOption(outputOption()).action((options: { output: OutputFormat }) => {
    const all = allComponents();
    writeResult(io, options.output, {
      value: all,
      rows: all,
      table: () => {
        const names = columns(all.map(({ kind, type }) => [kind, type]));
        const width = Math.max(...names.map((name) => name.length)) + 2;
        const lines: string[] = [];
        for (const [index, { summary }] of all.entries()) {
          for (const [row, line] of wrapText(summary, Math.max(60, io.columns) - width).entries()) {
            lines.push((row === 0 ? (names[index] ?? '') : '').padEnd(width) + line);
          }
        }
        return lines.join('\n');
      },
    });
  });
};
