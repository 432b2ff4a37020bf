import type { BoardFile } from '../../support/boards.ts';
import { grafana } from '../../../src/publish/grafana/grafana.ts';

export const files = await grafana.generate({ detections: [], frameworks: [], ruleText: () => '' });

export const boards: readonly BoardFile[] = files
  .filter(({ path }) => path.endsWith('.json'))
  .map(({ text }) => JSON.parse(text) as BoardFile);

export const boardNames = boards.map(({ title }) => title);

export function boardCalled(title: string): BoardFile {
  const board = boards.find((one) => one.title === title);
  if (board === undefined) throw new Error(`no board is called ${title}`);
  return board;
}
