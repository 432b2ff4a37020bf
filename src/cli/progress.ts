import type { Progress } from '../collect/collector.ts';
import { formatDuration } from '../lib/clock.ts';
import type { Io } from './io.ts';
import { count } from './text.ts';

const REDRAW_EVERY_MS = 200;

/** One moving line on a terminal with records, rate and time left; nothing anywhere else. */
export interface ProgressLine {
  update(records: number, progress: Progress | undefined): void;
  clear(): void;
}

export function createProgressLine(io: Io): ProgressLine {
  if (!io.isTerminal) return { update: () => {}, clear: () => {} };
  const startedAt = io.clock();
  let drawnAt = 0;
  return {
    update(records, progress) {
      const now = io.clock();
      if (now - drawnAt < REDRAW_EVERY_MS) return;
      drawnAt = now;
      const seconds = Math.max(0.001, (now - startedAt) / 1000);
      const parts = [`${count(records)} records`, `${count(Math.round(records / seconds))}/s`];
      if (progress?.totalBytes !== undefined && progress.totalBytes > 0 && progress.doneBytes > 0) {
        const share = Math.min(1, progress.doneBytes / progress.totalBytes);
        parts.push(
          `${(share * 100).toFixed(0)} %`,
          `${formatDuration(((now - startedAt) * (1 - share)) / share)} left`,
        );
      }
      io.err(`\r\u001b[2K  ${parts.join(' · ').slice(0, Math.max(20, io.columns - 3))}`);
    },
    clear: () => {
      if (drawnAt > 0) io.err('\r\u001b[2K');
    },
  };
}
