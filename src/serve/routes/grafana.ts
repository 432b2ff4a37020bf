import { z } from 'zod';
import { panelIds, panels } from '../../domain/panels.ts';
import type { PanelColumn, PanelContract, PanelId } from '../../domain/panels.ts';
import { ErrorBody } from '../api-error.ts';
import type { ServeDeps } from '../deps.ts';
import type { Server } from '../fastify-zod.ts';
import { JSON_TYPE, listJson } from '../kept-text.ts';
import { panelRows } from '../panels/registry.ts';
import { MAX_ROWS, parameters, windowOf } from '../query.ts';
import type { WindowQuery } from '../query.ts';
import type { ReadPosture } from '../shared-posture.ts';

const { from, to, framework } = parameters;

const ROW_CAP_HEADER = 'x-plumbline-row-cap';
const ROWS_LEFT_OUT_HEADER = 'x-plumbline-rows-left-out';

function cellSchema(column: PanelColumn): z.ZodType {
  const types = { time: z.int(), string: z.string(), number: z.number(), boolean: z.boolean() };
  const cell = types[column.type];
  const unit = column.type === 'time' ? 'epoch ms' : column.unit;
  return (column.isNullable === true ? cell.nullable() : cell).describe(
    unit === undefined ? column.title : `${column.title} (${unit})`,
  );
}

const rowSchema = (contract: PanelContract) =>
  z
    .array(
      z.strictObject(Object.fromEntries(contract.columns.map((column) => [column.name, cellSchema(column)]))),
    )
    .describe(
      `At most ${MAX_ROWS} rows; ${ROW_CAP_HEADER} states the cap, ${ROWS_LEFT_OUT_HEADER} how many more there were.`,
    );

const querySchema = ({ takes }: PanelContract) =>
  z.strictObject({
    ...(takes.includes('range') ? { from, to } : {}),
    ...(takes.includes('framework') ? { framework } : {}),
  });

/** One endpoint a panel, out of the one table in `domain/panels.ts`. */
export function grafanaRoutes(server: Server, deps: ServeDeps, readPosture: ReadPosture): void {
  const register = (panel: PanelId): void => {
    const contract: PanelContract = panels[panel];
    server.get(
      `/v1/grafana/${panel}`,
      {
        schema: {
          tags: ['grafana'],
          summary: contract.title,
          description: contract.description,
          querystring: querySchema(contract),
          response: { 200: rowSchema(contract), 400: ErrorBody, 401: ErrorBody },
        },
      },
      async (request, reply) => {
        const query = request.query as WindowQuery & { readonly framework?: string };
        const range = windowOf(query, deps.clock);
        const rows = await panelRows[panel]({
          deps,
          range,
          framework: query.framework,
          posture: () => readPosture(range),
        });
        return reply
          .header(ROW_CAP_HEADER, MAX_ROWS)
          .header(ROWS_LEFT_OUT_HEADER, Math.max(0, rows.length - MAX_ROWS))
          .type(JSON_TYPE)
          .send(listJson(rows.slice(0, MAX_ROWS)));
      },
    );
  };
  for (const panel of panelIds) register(panel);
}
