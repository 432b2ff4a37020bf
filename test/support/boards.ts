/** Grafana boards as files, and what Grafana does to their texts before it asks. */

export interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly [field: string]: unknown;
}

export interface Transformation {
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface BoardPanel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly transformations?: readonly Transformation[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly fieldConfig?: {
    readonly defaults: Readonly<Record<string, unknown>>;
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: unknown };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
  readonly panels?: readonly BoardPanel[];
}

interface BoardVariable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query: string | Readonly<Record<string, unknown>>;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly current?: { readonly value: string | readonly string[] };
  readonly allValue?: string;
}

export interface BoardFile {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly panels: readonly BoardPanel[];
  readonly templating: { readonly list: readonly BoardVariable[] };
  readonly links: readonly { readonly type: string; readonly url: string }[];
}

/** Panels that show something, those inside closed rows too. */
export const shownPanels = (panels: readonly BoardPanel[]): readonly BoardPanel[] =>
  panels.flatMap((panel) => (panel.type === 'row' ? shownPanels(panel.panels ?? []) : [panel]));

export type Variables = Readonly<Record<string, string>>;

/**
 * `text` with `$name` and `${name}` replaced, as Grafana does.
 *
 * @throws Error on a variable that has no value: Grafana would send its name.
 */
export function expand(text: string, variables: Variables): string {
  const expanded = text.replaceAll(
    /\$\{(\w+)(?::\w+)?\}|\$(\w+)/g,
    (whole, braced?: string, bare?: string) => {
      const value = variables[braced ?? bare ?? ''];
      if (value === undefined) throw new Error(`${whole} in ${JSON.stringify(text)} has no value`);
      return value;
    },
  );
  return expanded;
}

/** What a fresh board puts in for its own variables: their current value, `all` for All. */
export function currentVariables(board: BoardFile): Variables {
  return Object.fromEntries(
    board.templating.list.map(({ name, current, allValue }) => {
      const value = [current?.value ?? ''].flat()[0] ?? '';
      return [name, value === '$__all' ? (allValue ?? '') : value];
    }),
  );
}
