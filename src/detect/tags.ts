const technique = /^attack\.(t\d{4}(?:\.\d{3})?)$/u;
const atlasTechnique = /^atlas\.(aml\.t\d{4}(?:\.\d{3})?)$/u;
/** Groups, software, data sources, mitigations, assets (tag appendix): known, but neither technique nor tactic. */
const otherAttack = /^attack\.(?:g|s|ds|m|a)\d{4}$/u;
const tactic = /^attack\.([a-z]+(?:-[a-z]+)*)$/u;

/** MITRE ATT&CK's tactics for enterprises, with those that older and newer releases name apart. */
const knownTactics = new Set([
  'reconnaissance',
  'resource-development',
  'initial-access',
  'execution',
  'persistence',
  'privilege-escalation',
  'defense-evasion',
  'stealth',
  'defense-impairment',
  'credential-access',
  'discovery',
  'lateral-movement',
  'collection',
  'command-and-control',
  'exfiltration',
  'impact',
]);

const isTactic = (name: string | undefined): name is string => name !== undefined && knownTactics.has(name);

/** `attack.t1685.002` is `T1685.002`, `atlas.aml.t0054` is `AML.T0054`. */
export const techniquesOf = (tags: readonly string[]): readonly string[] =>
  tags.flatMap((tag) => (technique.exec(tag) ?? atlasTechnique.exec(tag))?.[1]?.toUpperCase() ?? []);

/** `attack.defense-impairment` is `defense-impairment`. */
export const tacticsOf = (tags: readonly string[]): readonly string[] =>
  tags.map((tag) => tactic.exec(tag)?.[1]).filter(isTactic);

/** Tags of the two namespaces that say nothing we know: a slip of the pen would drop out of the coverage map. */
export const badAttackTags = (tags: readonly string[]): readonly string[] =>
  tags.filter((tag) => {
    if (tag.startsWith('atlas.')) return !atlasTechnique.test(tag);
    if (!tag.startsWith('attack.')) return false;
    return !technique.test(tag) && !otherAttack.test(tag) && !isTactic(tactic.exec(tag)?.[1]);
  });
