import { isAtlas } from './coverage.ts';
import type { AttackCoverage, TechniqueCoverage } from './coverage.ts';
import { attackBase } from './coverage-techniques.ts';

/**
 * A layer of the ATT&CK Navigator, file format 4.5: `layers/spec/v4.5/layerformat.md` of mitre-attack/attack-navigator.
 * A layer has one domain, so ATLAS techniques cannot stand in it.
 */
export interface NavigatorLayer {
  readonly name: string;
  readonly versions: { readonly attack: string; readonly navigator: string; readonly layer: '4.5' };
  readonly domain: 'enterprise-attack';
  readonly description: string;
  /** 3: the highest score first. */
  readonly sorting: 3;
  readonly layout: {
    readonly layout: 'side';
    readonly showID: true;
    readonly expandedSubtechniques: 'annotated';
  };
  readonly techniques: readonly NavigatorTechnique[];
  readonly gradient: {
    readonly colors: readonly [string, string];
    readonly minValue: number;
    readonly maxValue: number;
  };
  readonly legendItems: readonly { readonly label: string; readonly color: string }[];
  readonly selectSubtechniquesWithParent: false;
  readonly metadata: readonly { readonly name: string; readonly value: string }[];
}

interface NavigatorTechnique {
  readonly techniqueID: string;
  /** How many rules see it. */
  readonly score: number;
  readonly comment: string;
  /** Stands above the gradient: no rule can see it at present. */
  readonly color?: string;
  readonly metadata: readonly { readonly name: string; readonly value: string }[];
}

/** One hue, light to dark; grey for what is covered on paper alone. */
const few = '#E3EFEB';
const many = '#0B6E55';
const unseen = '#B4B8D4';

/** @param about where the layer comes from: pairs of a name and a value, for people. */
export function navigatorLayer(
  { techniques }: Pick<AttackCoverage, 'techniques'>,
  about: Readonly<Record<string, string>>,
): NavigatorLayer {
  const shown = techniques.filter((technique) => !isAtlas(technique)).map(layerTechnique);
  return {
    name: 'Plumbline detections',
    versions: { attack: attackBase.version, navigator: '5.2.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: 'How many shipped rules see each technique. Rules that cannot find anything do not count.',
    sorting: 3,
    layout: { layout: 'side', showID: true, expandedSubtechniques: 'annotated' },
    techniques: shown,
    gradient: { colors: [few, many], minValue: 0, maxValue: Math.max(1, ...shown.map(({ score }) => score)) },
    legendItems: [
      { label: 'one rule', color: few },
      { label: 'most rules', color: many },
      { label: 'rules, but none that can see it now', color: unseen },
    ],
    selectSubtechniquesWithParent: false,
    metadata: Object.entries(about).map(([name, value]) => ({ name, value })),
  };
}

function layerTechnique({ id, rules, blind, retiredIds }: TechniqueCoverage): NavigatorTechnique {
  const seeing = rules.filter((rule) => !blind.includes(rule));
  return {
    techniqueID: id,
    score: seeing.length,
    comment: seeing.join('\n'),
    ...(seeing.length === 0 ? { color: unseen } : {}),
    metadata: [
      ...(blind.length === 0 ? [] : [{ name: 'blind', value: blind.join(', ') }]),
      ...(retiredIds.length === 0 ? [] : [{ name: 'tagged as', value: retiredIds.join(', ') }]),
    ],
  };
}
