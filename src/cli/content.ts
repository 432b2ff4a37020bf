import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { IncidentContext } from '../alert/incidents.ts';
import { loadDecisions } from '../assess/decisions.ts';
import type { Config } from '../config.ts';
import { createDetector } from '../detect/detector.ts';
import { loadDetections } from '../detect/load.ts';
import type { LoadedDetection } from '../detect/load.ts';
import { readDetectionFolder } from '../detect/read-folder.ts';
import type { Assertion, Decision, Framework } from '../domain/control.ts';
import type { Detector } from '../domain/detection.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import type { Problem } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import { controlsByAssertion } from '../map/coverage.ts';
import { lintMappings } from '../map/lint.ts';
import { loadMappings } from '../map/load.ts';
import { readMappingFolder } from '../map/read-folder.ts';
import { eventClasses } from '../normalise/registry.ts';
import { ProblemsError } from './problems.ts';

/** Detections, assertions, frameworks and decisions: loaded, checked against each other, ready to use. */
export interface Content {
  readonly detector: Detector;
  readonly loaded: readonly LoadedDetection[];
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
}

/** What the configuration names, or what is shipped, with everything that is wrong in it. */
export function readContent(
  config: Pick<Config, 'detections' | 'mappings' | 'decisions'>,
  productFolder: string,
): { readonly content: Content | undefined; readonly problems: readonly Problem[] } {
  const detectionFolder = config.detections ?? join(productFolder, 'detections');
  const mappingFolder = config.mappings ?? join(productFolder, 'mappings');
  const rules = readDetectionFolder(detectionFolder);
  const loaded = loadDetections(rules);
  const detector = createDetector(loaded.items, eventClasses);
  const texts = readMappingFolder(mappingFolder);
  const mappings = loadMappings(texts);
  const { assertions, frameworks } = mappings;
  const detections = detector.detections;
  const decisions = readDecisions(config.decisions, assertions, frameworks);
  const detectionFiles = new Set(rules.map(({ file }) => file));
  const found = [...loaded.problems, ...detector.problems, ...mappings.problems];
  // Content is checked against each other only when each file is whole: a broken one would accuse the others.
  const lint = found.length === 0 ? lintMappings({ mappings, detections, eventClasses }) : [];
  const problems = [
    ...[...found, ...lint].map((problem) =>
      inFolder(problem, detectionFiles.has(problem.file) ? detectionFolder : mappingFolder),
    ),
    ...decisions.problems,
  ];
  if (problems.length > 0) return { content: undefined, problems };
  const byName = new Map(detections.map((detection) => [detection.name, detection]));
  const controls = controlsByAssertion(frameworks);
  const textOf = new Map(rules.map(({ file, text }) => [file, text]));
  return {
    problems,
    content: {
      detector,
      loaded: loaded.items,
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
      ruleText: (file) => {
        const text = textOf.get(file);
        if (text === undefined) throw new PipelineError('INPUT_UNREADABLE', file, 'no such rule was loaded');
        return text;
      },
    },
  };
}

/** Problems name files as a person in the working folder would. */
const inFolder = (problem: Problem, folder: string): Problem => {
  const full = join(folder, problem.file);
  const near = relative('.', full);
  return { ...problem, file: near.startsWith('..') ? full : near };
};

function readDecisions(
  file: string | undefined,
  assertions: readonly Assertion[],
  frameworks: readonly Framework[],
): ReturnType<typeof loadDecisions> {
  if (file === undefined) return { items: [], problems: [] };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    return {
      items: [],
      problems: [
        {
          file,
          line: 1,
          column: 1,
          what: describeError(thrown),
          fix: 'is `decisions` in the configuration right?',
        },
      ],
    };
  }
  return loadDecisions(text, file, {
    assertions: new Set(assertions.map(({ id }) => id)),
    controls: new Set(frameworks.flatMap(({ controls }) => controls.map(({ id }) => id))),
  });
}

/**
 * The content, ready to use.
 *
 * @throws ProblemsError with everything that is wrong in it.
 */
export function loadContent(
  config: Pick<Config, 'detections' | 'mappings' | 'decisions'>,
  productFolder: string,
): Content {
  const { content, problems } = readContent(config, productFolder);
  if (content === undefined) throw new ProblemsError(problems);
  return content;
}
