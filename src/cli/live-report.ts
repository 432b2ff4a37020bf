import type { EvidenceReader } from '../domain/ports.ts';
import { DAY_MS } from '../lib/clock.ts';
import { renderReport } from '../publish/report/report.ts';
import { loadContent } from './content.ts';
import { gatherReport } from './report-data.ts';
import type { ServeTask } from './serve-protocol.ts';

/** What `/report` looks back over. */
const WINDOW_MS = 30 * DAY_MS;

/** The report on what is sealed by now; not verified, because that is for `plumbline verify` to say. */
export async function liveReport(
  evidence: EvidenceReader,
  { config, productFolder, productVersion, workingFolder }: ServeTask,
  now: number,
): Promise<string> {
  const content = loadContent(config, productFolder, workingFolder);
  const about = { organisation: config.organisation, generatedAt: now, productVersion };
  const range = { from: now - WINDOW_MS, to: now };
  return renderReport(await gatherReport({ evidence, content }, { ...about, range, verified: undefined }));
}
