import { createRequire } from 'node:module';

/** Column name to Kusto type, for example `{ TimeGenerated: 'datetime' }`. */
type TableColumns = Readonly<Record<string, string>>;
export type Tables = Readonly<Record<string, TableColumns>>;

export interface Analysis {
  /** Code, message and the text it stands at; empty when Microsoft's binder accepts the query. */
  readonly diagnostics: readonly string[];
  /** Output columns and their types. */
  readonly columns: Readonly<Record<string, string>>;
  /** `Table.Column` for each column of a known table that the query reads. */
  readonly referencedColumns: readonly string[];
  /** Comparisons in a `where` with no column on either side: valid, and always the same. */
  readonly constantPredicates: readonly string[];
}

/** The few members of Bridge.NET's untyped objects that this file touches. */
interface KustoList<T> {
  readonly Count: number;
  getItem(index: number): T;
}
interface KustoSymbol {
  readonly Name: string;
  readonly Type?: { readonly Name: string };
}
interface KustoNode {
  readonly Kind: number;
  readonly ReferencedSymbol?: unknown;
  readonly LiteralValue?: unknown;
  readonly Parent?: KustoNode | null;
  toString(): string;
}
interface KustoCode {
  readonly Syntax: KustoNode;
  readonly ResultType?: { readonly Columns?: KustoList<KustoSymbol> } | null;
  GetDiagnostics(): KustoList<{
    readonly Code: string;
    readonly Message: string;
    readonly Start: number;
    readonly Length: number;
  }>;
}
interface KustoGlobals {
  WithDatabase(database: unknown): KustoGlobals;
  GetTable(column: unknown): KustoSymbol | null;
}
interface KustoLanguage {
  readonly GlobalState: { readonly Default: KustoGlobals };
  readonly KustoCode: { ParseAndAnalyze(query: string, globals: KustoGlobals): KustoCode };
  readonly Symbols: {
    readonly TableSymbol: { From(schema: string): { WithName(name: string): unknown } };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, members: readonly unknown[]) => unknown };
    readonly ColumnSymbol: new () => KustoSymbol;
  };
  readonly Syntax: {
    readonly SyntaxElement: { WalkNodes(root: KustoNode, visit: (node: KustoNode) => void): void };
    readonly SyntaxKind: Readonly<Record<string, number>>;
  };
}

const load = (): KustoLanguage => {
  const loadScript = createRequire(import.meta.url);
  // The second file registers itself on the object that the first one puts into the global scope.
  loadScript('@kusto/language-service-next/bridge');
  loadScript('@kusto/language-service-next/Kusto.Language.Bridge');
  return (globalThis as unknown as { readonly Kusto: { readonly Language: KustoLanguage } }).Kusto.Language;
};
const kusto = load();

const items = <T>(list: KustoList<T> | undefined): T[] =>
  list === undefined ? [] : Array.from({ length: list.Count }, (_, index) => list.getItem(index));

const nodesOf = (root: KustoNode): KustoNode[] => {
  const nodes: KustoNode[] = [];
  kusto.Syntax.SyntaxElement.WalkNodes(root, (node) => nodes.push(node));
  return nodes;
};

const aliases: Readonly<Record<string, string>> = { bigint: 'long', double: 'real', boolean: 'bool' };

const globalsFor = (tables: Tables): KustoGlobals => {
  const symbols = Object.entries(tables).map(([name, columns]) => {
    const schema = Object.entries(columns).map(([column, type]) => `['${column}']:${aliases[type] ?? type}`);
    return kusto.Symbols.TableSymbol.From(`(${schema.join(',')})`).WithName(name);
  });
  return kusto.GlobalState.Default.WithDatabase(new kusto.Symbols.DatabaseSymbol.ctor('workspace', symbols));
};

const comparisonKinds = (): ReadonlySet<number> =>
  new Set(
    Object.entries(kusto.Syntax.SyntaxKind)
      .filter(([name]) =>
        /^(Equal|NotEqual|.*(Tilde|Contains|StartsWith|EndsWith|Has|Prefix|Suffix)(Cs)?|In|InCs|NotIn|NotInCs|MatchesRegex|LessThan.*|GreaterThan.*)(Expression)$/.test(
          name,
        ),
      )
      .map(([, kind]) => kind),
  );

/** Functions that read the row in a way which the binder does not list as a reference. */
const readsTheRow = /\b(column_ifexists|pack_all|ingestion_time)\s*\(/;

/** A query's verdict by `@kusto/language-service-next`, bound to `tables`. */
export const kustoAnalyser = (tables: Tables): ((query: string) => Analysis) => {
  const globals = globalsFor(tables);
  const comparisons = comparisonKinds();
  const { ColumnSymbol } = kusto.Symbols;
  const columnsIn = (node: KustoNode): KustoSymbol[] =>
    nodesOf(node)
      .map((inner) => inner.ReferencedSymbol)
      .filter((symbol): symbol is KustoSymbol => symbol instanceof ColumnSymbol);
  return (query) => {
    const code = kusto.KustoCode.ParseAndAnalyze(query, globals);
    const referenced = new Set<string>();
    for (const column of columnsIn(code.Syntax)) {
      const table = globals.GetTable(column);
      if (table !== null) referenced.add(`${table.Name}.${column.Name}`);
    }
    return {
      diagnostics: items(code.GetDiagnostics()).map(
        (found) =>
          `${found.Code} ${found.Message} at «${query.slice(found.Start, found.Start + found.Length)}»`,
      ),
      columns: Object.fromEntries(
        items(code.ResultType?.Columns).map((column) => [column.Name, column.Type?.Name ?? 'unknown']),
      ),
      referencedColumns: [...referenced].toSorted(),
      constantPredicates: nodesOf(code.Syntax)
        .filter((node) => comparisons.has(node.Kind))
        .filter((node) => columnsIn(node).length === 0 && !readsTheRow.test(node.toString()))
        .map((node) => node.toString().trim()),
    };
  };
};

/** The value Kusto's own parser reads out of a string literal; undefined when it does not take it for one. */
export const parsedString = (literal: string): string | undefined => {
  const code = kusto.KustoCode.ParseAndAnalyze(`print ${literal}`, kusto.GlobalState.Default);
  if (code.GetDiagnostics().Count > 0) return undefined;
  const found = nodesOf(code.Syntax).filter(
    (node) => node.Kind === kusto.Syntax.SyntaxKind['StringLiteralExpression'],
  );
  const [only] = found;
  return found.length === 1 && typeof only?.LiteralValue === 'string' ? only.LiteralValue : undefined;
};
