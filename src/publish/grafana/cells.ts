import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { panels } from '../../domain/panels.ts';
import type { PanelColumn, PanelId } from '../../domain/panels.ts';
import { INK } from './look.ts';

/** Properties that Grafana gives to the fields of these names. */
export type FieldLooks = Readonly<Record<string, readonly DynamicConfigValue[]>>;

/** What a panel says of itself unless told otherwise: the words of its contract. */
export interface Words {
  readonly title?: string;
  readonly description?: string;
}

export const wordsOf = (panel: PanelId, words: Words = {}): Required<Words> => ({
  title: words.title ?? panels[panel].title,
  description: words.description ?? panels[panel].description,
});

export const columnsOf = (panel: PanelId): readonly PanelColumn[] => panels[panel].columns;

export const fixedColour = (colour: string): DynamicConfigValue => ({
  id: 'color',
  value: { mode: 'fixed', fixedColor: colour },
});

/** Set on every panel: without it Grafana colours figures green and red by thresholds that nobody chose. */
export const inInk = (): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(INK);

/** Several series that carry no status: one colour, lighter and darker. */
export const inShadesOfInk = (): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Shades).fixedColor(INK);

export const cellWidth = (pixels: number): DynamicConfigValue => ({ id: 'custom.width', value: pixels });

/** A cell filled with the colour of its value: Grafana writes on it in whatever contrasts. */
export const filledCell = (
  mappings: readonly ValueMapping[],
  pixels: number,
): readonly DynamicConfigValue[] => [
  { id: 'mappings', value: mappings },
  { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
  cellWidth(pixels),
];

/** What a field is called and measured in. */
export const namedAs = ({ title, unit }: PanelColumn): readonly DynamicConfigValue[] => [
  { id: 'displayName', value: title },
  ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
];

/** Infinity sorts columns by name; people get them in the order of the contract. */
export const inOrder = (columns: readonly PanelColumn[]) => ({
  id: 'organize',
  options: {
    indexByName: Object.fromEntries(columns.map(({ name }, index) => [name, index])),
    excludeByName: {},
    renameByName: {},
  },
});
