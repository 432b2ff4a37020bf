import { describe, expect, test } from 'vitest';
import { statusLook } from '../../../src/publish/report/status.ts';
import { allStatuses, panelIds, panelPath } from '../../../src/domain/panels.ts';
import { createMetrics } from '../../../src/lib/metrics.ts';
import { fillOf, levelColours } from '../../../src/publish/grafana/look.ts';
import { shownPanels } from '../../support/boards.ts';
import type { BoardFile, BoardPanel } from '../../support/boards.ts';
import { expressionsOf } from '../../support/prometheus.ts';
import { boardCalled, boardNames, boards } from './generated.ts';

/** The rules of grafana/dashboard-linter, and ours: each answers what is wrong. */
const rules: Readonly<Record<string, (board: BoardFile) => readonly string[]>> = {
  'every panel has title and description': (board) =>
    shownPanels(board.panels)
      .filter(({ title = '', description = '' }) => title === '' || description === '')
      .map(({ id }) => `panel ${id}`),
  'every panel with data has a unit': (board) =>
    shownPanels(board.panels)
      .filter(({ type }) => type !== 'text')
      .filter(({ fieldConfig }) => fieldConfig?.defaults['unit'] === undefined)
      .map(({ title }) => `${title ?? ''} has no unit`),
  'every panel says what an empty one means': (board) =>
    shownPanels(board.panels)
      .filter(({ type }) => type !== 'text')
      .filter(({ fieldConfig }) => fieldConfig?.defaults['noValue'] === undefined)
      .map(({ title }) => `${title ?? ''} has no words for nothing`),
  'data sources are variables': (board) => {
    const types = new Map(
      board.templating.list
        .filter(({ type }) => type === 'datasource')
        .map(({ name, query }) => [`\${${name}}`, query]),
    );
    return shownPanels(board.panels)
      .filter(({ type }) => type !== 'text')
      .flatMap(({ title = '', datasource, targets = [] }) =>
        [datasource, ...targets.map((target) => target.datasource)]
          .filter((used) => used === undefined || types.get(used.uid) !== used.type)
          .map((used) => `${title} uses ${used?.uid ?? 'no data source'}`),
      );
  },
  'data source variables are named for their type': (board) =>
    board.templating.list
      .filter(({ type }) => type === 'datasource')
      .filter(
        ({ name, label }) =>
          !/^(prometheus|infinity)_datasource$/.test(name) || !label?.endsWith('data source'),
      )
      .map(({ name }) => name),
  'a panel has queries, unless it is text': (board) =>
    shownPanels(board.panels)
      .filter(({ type, targets = [] }) => (type === 'text') !== (targets.length === 0))
      .map(({ title }) => title ?? ''),
  'reference ids of a panel are unique': (board) =>
    shownPanels(board.panels)
      .filter(({ targets = [] }) => new Set(targets.map(({ refId }) => refId)).size !== targets.length)
      .map(({ title }) => title ?? ''),
  'boards cannot be edited in Grafana': ({ editable }) => (editable ? ['editable'] : []),
  'rate and increase take a range that Grafana chooses': (board) =>
    expressionsOf(board)
      .filter(({ expression }) => /\[(?!\$__rate_interval\]|\$__range\])/.test(expression))
      .map(({ expression }) => expression),
  'counters are only read through rate or increase': (board) =>
    expressionsOf(board)
      .flatMap(({ expression }) => expression.match(/(\w+\()?(plumbline_\w+_(?:total|bucket))/g) ?? [])
      .filter((use) => !/^(rate|increase)\(/.test(use)),
  'every metric is narrowed by job and instance': (board) =>
    expressionsOf(board)
      .filter(({ expression }) =>
        /plumbline_\w+(?!\w|\{job=~"\$job", instance=~"\$instance"\})/.test(expression),
      )
      .map(({ expression }) => expression),
  'ids are unique': ({ panels }) =>
    panels.length === new Set(panels.map(({ id }) => id)).size ? [] : ['two panels share an id'],
  'panels lie on the grid and nowhere on another': ({ panels }) =>
    panels.flatMap((a, index) => [
      ...(a.gridPos.x < 0 || a.gridPos.x + a.gridPos.w > 24 ? [`${a.title ?? ''} leaves the grid`] : []),
      ...panels
        .slice(index + 1)
        .filter((b) => overlap(a, b))
        .map((b) => `${a.title ?? ''} lies on ${b.title ?? ''}`),
    ]),
  'links lead to a board that exists': (board) =>
    [...JSON.stringify(board).matchAll(/"url":"\/d\/([\w-]+)/g)]
      .map(([, uid]) => uid ?? '')
      .filter((uid) => !boards.some((other) => other.uid === uid)),
  'variables that are used are defined': (board) => {
    const known = new Set(board.templating.list.map(({ name }) => name));
    return [...JSON.stringify(board).matchAll(/\$\{?([a-z]\w*)/g)]
      .map(([, name]) => name ?? '')
      .filter((name) => !known.has(name));
  },
  'no words claim what evidence cannot': (board) =>
    [...JSON.stringify(board).matchAll(/\b(is compliant|certified|100 % secure)\b/gi)].map(
      ([claim]) => claim,
    ),
};

const overlap = ({ gridPos: a }: BoardPanel, { gridPos: b }: BoardPanel): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

describe.each(boardNames)('the board %s', (title) => {
  test.each(Object.keys(rules))('%s', (rule) => {
    expect(rules[rule]?.(boardCalled(title))).toEqual([]);
  });
});

describe('both boards', () => {
  test('have ids of their own and link to each other', () => {
    expect(new Set(boards.map(({ uid }) => uid)).size).toBe(boards.length);
    for (const board of boards)
      for (const other of boards.filter((one) => one !== board))
        expect(board.links.map(({ url }) => url)).toContain(`/d/${other.uid}`);
  });

  test('show every panel that the service offers', () => {
    const text = JSON.stringify(boards);
    for (const panel of panelIds) expect(text).toContain(`"url":"${panelPath(panel)}"`);
  });

  test('show every metric that the service measures, and none that it does not', async () => {
    const measured = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
    const used = boards
      .flatMap(expressionsOf)
      .flatMap(({ expression }) => expression.match(/plumbline_\w+/g) ?? []);
    expect([...new Set(used.map((name) => name.replace(/_bucket$/, '')))].toSorted()).toEqual(
      measured.toSorted(),
    );
  });
});

describe('colours', () => {
  const channel = (hex: string): number => {
    const value = Number.parseInt(hex, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const luminance = (colour: string): number =>
    0.2126 * channel(colour.slice(1, 3)) +
    0.7152 * channel(colour.slice(3, 5)) +
    0.0722 * channel(colour.slice(5, 7));
  const white = (colour: string): number => 1.05 / (luminance(colour) + 0.05);
  const black = (colour: string): number => (luminance(colour) + 0.05) / 0.05;

  test('a status is glyph, word and colour, and can be read on its fill whichever ink Grafana picks', () => {
    const mappings = JSON.stringify(boardCalled('Compliance posture'));
    for (const status of allStatuses) {
      const { glyph, word } = statusLook[status];
      expect(mappings).toContain(`"${status}":{"text":"${glyph} ${word}","color":"${fillOf(status)}"`);
      // Grafana writes in white from a contrast of 3 on, else in black.
      const ink = white(fillOf(status)) >= 3 ? white : black;
      expect(ink(fillOf(status))).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('levels grow darker with weight and never take a colour of a status', () => {
    const weights = Object.values(levelColours).map(luminance);
    expect(weights).toEqual(weights.toSorted((a, b) => a - b));
    const taken = new Set(allStatuses.map((status) => statusLook[status].light));
    expect(Object.values(levelColours).filter((colour) => taken.has(colour))).toEqual([]);
  });
});
