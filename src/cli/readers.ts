import { assess } from '../assess/posture.ts';
import type { Config } from '../config.ts';
import type { EvidenceReader, PostureReader } from '../domain/ports.ts';
import { eventClasses } from '../normalise/registry.ts';
import { openQueries } from '../store/queries.ts';
import { createEvidenceReader } from '../store/reader.ts';
import type { Content } from './content.ts';
import { foldersIn } from './folders.ts';

/** What commands read of a sealed lake. */
export interface Readers extends Disposable {
  readonly evidence: EvidenceReader;
  readonly posture: PostureReader;
}

/** Opens the configured lake for reading; posture is computed from its observations, each time anew. */
export async function openReaders(
  config: Config,
  { assertions, frameworks, decisions }: Content,
  verified: Parameters<typeof createEvidenceReader>[0]['verified'] = () => undefined,
): Promise<Readers> {
  const path = foldersIn(config.data).lake;
  const queries = await openQueries({ path });
  const titles = new Map(eventClasses.map(({ id, title }) => [id, title]));
  const evidence = createEvidenceReader({
    path,
    origin: config.lake.origin,
    queries,
    titleOf: (eventClass) => titles.get(eventClass) ?? eventClass,
    verified,
  });
  return {
    evidence,
    posture: {
      assertions,
      posture: async (range) => {
        const observations = await evidence.observations({ from: 0, to: range.to });
        return assess({ assertions, frameworks, observations, decisions, range });
      },
    },
    [Symbol.dispose]: () => queries.close(),
  };
}
