import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { IncidentContext } from '../alert/incidents.ts';
import { loadDecisions } from '../assess/decisions.ts';
import type { ContentFolders } from '../config.ts';
import { tieCorrelations } from '../detect/correlate/tie.ts';
import type { TiedCorrelations } from '../detect/correlate/tie.ts';
import { createDetector } from '../detect/detector.ts';
import { loadDetections } from '../detect/load.ts';
import type { LoadedDetection } from '../detect/load.ts';
import { readDetectionFolder } from '../detect/read-folder.ts';
import type { Assertion, Decision, Framework } from '../domain/control.ts';
import type { Detection, Detector } from '../domain/detection.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import type { Problem } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { JsonObject } from '../lib/json.ts';
import { controlsByAssertion } from '../map/coverage.ts';
import { lintMappings } from '../map/lint.ts';
import { loadMappings } from '../map/load.ts';
import { readMappingFolder } from '../map/read-folder.ts';
import { eventClasses } from '../normalise/registry.ts';
import type { Rule } from '../sigma/ast.ts';
import { ProblemsError } from './problems.ts';

/** Detections, assertions, frameworks and decisions: loaded, checked against each other, ready to use. */
export interface Content {
  readonly detector: Detector;
  readonly loaded: readonly LoadedDetection[];
  readonly correlations: TiedCorrelations;
  /** Everything that makes findings: rules, then correlations. */
  readonly detections: readonly Detection[];
  /** SHA-256 over every rule file, correlations included, hex. */
  readonly packVersion: string;
  readonly assertions: readonly Assertion[];
  readonly frameworks: readonly Framework[];
  readonly decisions: readonly Decision[];
  /** SHA-256 over every mapping file, hex. */
  readonly mappingsVersion: string;
  readonly incidentContext: IncidentContext;
  /**
   * Text of a rule file, by `Detection.file`.
   *
   * @throws PipelineError INPUT_UNREADABLE for a file that was not loaded.
   */
  readonly ruleText: (file: string) => string;
  /** The rule of a file, with its lists and filters. */
  readonly ruleOf: (file: string) => Rule | undefined;
}

/** What the log keeps of it, under this name. */
export const PACK_NOTE = 'pack';
export const packNote = ({ packVersion, mappingsVersion }: Content): JsonObject => ({
  detections: packVersion,
  mappings: mappingsVersion,
});

/** The folder of rules that the configuration names, else that of those that are shipped. */
export const detectionFolderOf = ({ detections }: ContentFolders, productFolder: string): string =>
  detections ?? join(productFolder, 'detections');

/**
 * What the configuration names, or what is shipped, with everything that is wrong in it. Problems name files as
 * a person in `workingFolder` would.
 */
export function readContent(
  config: ContentFolders,
  productFolder: string,
  workingFolder = productFolder,
): { readonly content: Content | undefined; readonly problems: readonly Problem[] } {
  const detectionFolder = detectionFolderOf(config, productFolder);
  const mappingFolder = config.mappings ?? join(productFolder, 'mappings');
  const readRules = orProblem('detections', detectionFolder, () => readDetectionFolder(detectionFolder));
  const readTexts = orProblem('mappings', mappingFolder, () => readMappingFolder(mappingFolder));
  const rules = readRules.value ?? [];
  const texts = readTexts.value ?? { assertions: { file: '', text: '{assertions: []}' }, frameworks: [] };
  const loaded = loadDetections(rules);
  const detector = createDetector(loaded.items, eventClasses);
  const correlations = tieCorrelations(loaded.correlations, loaded.items);
  const mappings = loadMappings(texts);
  const { assertions, frameworks } = mappings;
  // To the mappings a correlation is one more detection; what its rules read is theirs to answer for.
  const correlated = loaded.correlations.map(({ detection }) => detection);
  const detections = [
    ...detector.detections,
    ...correlated.map((detection) => ({ ...detection, logSource: { service: 'correlation' } })),
  ];
  const unread = [...readRules.problems, ...readTexts.problems];
  // What is checked against each other has to be whole: a broken file would accuse the others.
  const areMappingsWhole = readTexts.value !== undefined && mappings.problems.length === 0;
  const decisions = readDecisions(
    config.decisions,
    areMappingsWhole ? { assertions, frameworks } : undefined,
  );
  const detectionFiles = new Set(rules.map(({ file }) => file));
  const found = [...loaded.problems, ...detector.problems, ...correlations.problems, ...mappings.problems];
  const isWhole = unread.length === 0 && found.length === 0;
  const lint = isWhole ? lintMappings({ mappings, detections, eventClasses }) : [];
  const problems = [
    ...unread,
    ...[...found, ...lint].map((problem) => ({
      ...problem,
      file: join(detectionFiles.has(problem.file) ? detectionFolder : mappingFolder, problem.file),
    })),
    ...decisions.problems,
  ].map((problem) => ({ ...problem, file: nearName(problem.file, workingFolder) }));
  if (problems.length > 0) return { content: undefined, problems };
  const byName = new Map(detections.map((detection) => [detection.name, detection]));
  const controls = controlsByAssertion(frameworks);
  const textOf = new Map(rules.map(({ file, text }) => [file, text]));
  const ruleOf = new Map(loaded.items.map(({ rule }) => [rule.file, rule]));
  return {
    problems,
    content: {
      detector,
      loaded: loaded.items,
      detections: [...detector.detections, ...correlated],
      correlations,
      packVersion: loaded.packVersion,
      assertions,
      frameworks,
      decisions: decisions.items,
      mappingsVersion: sha256Hex(
        [texts.assertions, ...texts.frameworks]
          .map(({ file, text }) => `${file}\n${sha256Hex(text)}\n`)
          .join(''),
      ),
      incidentContext: {
        detection: (name) => byName.get(name),
        controlsOf: (assertion) => controls.get(assertion) ?? [],
      },
      ruleOf: (file) => ruleOf.get(file),
      ruleText: (file) => {
        const text = textOf.get(file);
        if (text === undefined) throw new PipelineError('INPUT_UNREADABLE', file, 'no such rule was loaded');
        return text;
      },
    },
  };
}

/** A file's name as a person in the folder would say it. */
const nearName = (file: string, folder: string): string => {
  const near = relative(folder, file);
  return near === '' || near.startsWith('..') ? file : near;
};

/** What `read` gives, or what the configuration gets told when it names something that cannot be read. */
function orProblem<T>(
  key: keyof ContentFolders,
  path: string,
  read: () => T,
): { readonly value: T | undefined; readonly problems: readonly Problem[] } {
  try {
    return { value: read(), problems: [] };
  } catch (thrown) {
    const fix = `is \`${key}\` in the configuration right?`;
    return {
      value: undefined,
      problems: [{ file: path, line: 1, column: 1, what: describeError(thrown), fix }],
    };
  }
}

function readDecisions(
  file: string | undefined,
  known: Pick<Content, 'assertions' | 'frameworks'> | undefined,
): ReturnType<typeof loadDecisions> {
  if (file === undefined) return { items: [], problems: [] };
  const { value: text, problems } = orProblem('decisions', file, () => readFileSync(file, 'utf8'));
  if (text === undefined) return { items: [], problems };
  return loadDecisions(
    text,
    file,
    known && {
      assertions: new Set(known.assertions.map(({ id }) => id)),
      controls: new Set(known.frameworks.flatMap(({ controls }) => controls.map(({ id }) => id))),
    },
  );
}

/**
 * The content, ready to use.
 *
 * @throws ProblemsError with everything that is wrong in it.
 */
export function loadContent(
  config: ContentFolders,
  productFolder: string,
  workingFolder = productFolder,
): Content {
  const { content, problems } = readContent(config, productFolder, workingFolder);
  if (content === undefined) throw new ProblemsError(problems);
  return content;
}
