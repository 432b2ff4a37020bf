import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { panelIds, panels, panelPath } from '../../src/domain/panels.ts';
import type { PanelContract } from '../../src/domain/panels.ts';
import { DAY_MS } from '../../src/lib/clock.ts';

/** What boards ask for, over the thirty days up to a moment. */
export const questionsAt = (to: number): readonly (readonly [name: string, path: string])[] => {
  const range = `from=${to - 30 * DAY_MS}&to=${to}`;
  return [
    ...panelIds.map((panel) => {
      const { takes }: PanelContract = panels[panel];
      return [panel, takes.includes('range') ? `${panelPath(panel)}?${range}` : panelPath(panel)] as const;
    }),
    ['/controls', `/api/v1/controls?${range}`],
    ['/controls/:id', `/api/v1/controls/soc2:CC6.1?${range}`],
    ['/findings', `/api/v1/findings?${range}&limit=100`],
    ['/sources', '/api/v1/sources'],
    ['/evidence', '/api/v1/evidence'],
    ['/healthz', '/healthz'],
  ];
};

export interface Asking {
  /** Answers how long it took from the question to the last byte of the answer, ms. */
  (url: string): Promise<number>;
  readonly close: () => void;
}

/** Asks over one connection that is kept. */
export function openAsking(tokenFile: string): Asking {
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return Object.assign((url: string) => ask(url, agent, authorization), { close: () => agent.destroy() });
}

function ask(url: string, agent: Agent, authorization: string): Promise<number> {
  const from = performance.now();
  return new Promise((done, fail) => {
    const asked = request(url, { agent, headers: { authorization } }, (response) => {
      response.resume();
      response.on('error', fail);
      response.on('end', () => {
        if (response.statusCode === 200) done(performance.now() - from);
        else fail(new Error(`${url} was answered with ${response.statusCode ?? 0}`));
      });
    });
    asked.on('error', fail);
    asked.end();
  });
}
