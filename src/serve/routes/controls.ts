import { z } from 'zod';
import type { Assertion, ControlStatus, Posture, ResourceStatus } from '../../domain/control.ts';
import { statuses } from '../../domain/control.ts';
import { ApiError, ErrorBody } from '../api-error.ts';
import type { ServeDeps } from '../deps.ts';
import type { Server } from '../fastify-zod.ts';
import { frameworksOf } from '../posture-view.ts';
import { parameters, windowOf } from '../query.ts';
import { ControlDetail, ControlList } from '../schemas.ts';
import type { ReadPosture } from '../shared-posture.ts';

const tags = ['posture'];
const { from, to, framework } = parameters;
const MAX_RESOURCES = 200;

const worstFirst = (a: ResourceStatus, b: ResourceStatus): number =>
  statuses.indexOf(a.status) - statuses.indexOf(b.status) || a.since - b.since;

const itemOf = ({
  control,
  framework: id,
  ref,
  title,
  status,
  isMetAdjusted,
  since,
  reason,
}: ControlStatus) => ({
  id: control,
  framework: id,
  ref,
  title,
  status,
  isMetAdjusted,
  since,
  reason,
});

function detailOf(
  control: ControlStatus,
  posture: Posture,
  assertions: readonly Assertion[],
  isSealed: (observation: string) => boolean,
) {
  return control.assertions.map(({ id, strength, status }) => {
    const known = assertions.find((one) => one.id === id);
    const state = posture.assertions.find((one) => one.assertion === id);
    const resources = (state?.resources ?? []).toSorted(worstFirst);
    return {
      id,
      strength,
      status,
      title: known?.title,
      description: known?.description,
      owner: known?.owner,
      reason: state?.reason,
      since: state?.since,
      resourcesSeen: resources.length,
      resources: resources
        .slice(0, MAX_RESOURCES)
        .map(({ resource, status: now, since, reason, observation }) => ({
          resource,
          status: now,
          // Some states have no beginning (never seen); JSON has no number for that.
          since: Number.isFinite(since) ? since : posture.from,
          reason,
          observation: observation && { ...observation, sealed: isSealed(observation.id) },
        })),
    };
  });
}

export function controlRoutes(
  server: Server,
  { posture, unsealed, clock }: ServeDeps,
  readPosture: ReadPosture,
): void {
  server.get(
    '/v1/controls',
    {
      schema: {
        tags,
        summary: 'Every control with its status at the end of the window.',
        querystring: z.strictObject({ framework, from, to }),
        response: { 200: ControlList, 400: ErrorBody, 401: ErrorBody },
      },
    },
    async ({ query }) => {
      const window = windowOf(query, clock);
      const frameworks = frameworksOf(await readPosture(window), query.framework);
      return {
        window,
        asKnownAt: window.to,
        frameworks: frameworks.map(({ id, title, version, counts }) => ({ id, title, version, counts })),
        items: frameworks.flatMap(({ controls }) =>
          controls.map((control) => ({ ...itemOf(control), assertions: control.assertions })),
        ),
      };
    },
  );

  server.get(
    '/v1/controls/:id',
    {
      schema: {
        tags,
        summary: 'One control: its history, and what each of its assertions rests on.',
        params: z.strictObject({
          id: z
            .string()
            .regex(/^[a-z0-9_]{1,40}:[A-Za-z0-9][A-Za-z0-9._():-]{0,59}$/, 'This is no control id.'),
        }),
        querystring: z.strictObject({ from, to }),
        response: { 200: ControlDetail, 400: ErrorBody, 401: ErrorBody, 404: ErrorBody },
      },
    },
    async ({ params, query }) => {
      const window = windowOf(query, clock);
      const known = await readPosture(window);
      const control = known.frameworks
        .flatMap(({ controls }) => controls)
        .find((one) => one.control === params.id);
      if (control === undefined)
        throw new ApiError(
          'NOT_FOUND',
          'path.id',
          `No framework has a control ${params.id}.`,
          'List controls with /api/v1/controls; ids look like soc2:CC6.1.',
        );
      return {
        window,
        asKnownAt: window.to,
        ...itemOf(control),
        history: control.history,
        assertions: detailOf(
          control,
          known,
          posture.assertions,
          (id) => unsealed?.hasObservation(id) !== true,
        ),
      };
    },
  );
}
