import type { FieldReference } from '../ast.ts';

/** How one text may stand to another, and Kusto's operator for it: without and with regard to letter case. */
interface Relation {
  readonly holds: (text: string, wanted: string) => boolean;
  readonly folding: string;
  readonly cased: string;
}

export const relations: Readonly<Record<FieldReference['comparison'], Relation>> = {
  equals: { holds: (text, wanted) => text === wanted, folding: '=~', cased: '==' },
  startswith: {
    holds: (text, wanted) => text.startsWith(wanted),
    folding: 'startswith',
    cased: 'startswith_cs',
  },
  endswith: { holds: (text, wanted) => text.endsWith(wanted), folding: 'endswith', cased: 'endswith_cs' },
  contains: { holds: (text, wanted) => text.includes(wanted), folding: 'contains', cased: 'contains_cs' },
};

export const operatorOf = (comparison: FieldReference['comparison'], isCased: boolean): string =>
  relations[comparison][isCased ? 'cased' : 'folding'];
