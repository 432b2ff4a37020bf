import { currentVariables, shownPanels } from './boards.ts';
import type { BoardFile, BoardPanel, Variables } from './boards.ts';
import { askInfinity, isInfinity, transform } from './infinity.ts';
import type { Field, Frame, InfinityQuery } from './infinity.ts';

export interface LiveService {
  readonly url: string;
  readonly token: string;
  /** The time range of the board, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Values that replace the board's own current ones. */
  readonly variables?: Variables;
}

/**
 * Asks a running service for every Infinity panel and variable of a board as Grafana would; what would show
 * as an error or as nothing is a problem. Works on any service: in memory, the demo, a real one.
 */
export async function boardProblems(board: BoardFile, service: LiveService): Promise<readonly string[]> {
  const variables = {
    ...currentVariables(board),
    __from: String(service.from),
    __to: String(service.to),
    ...service.variables,
  };
  const at = { url: service.url, token: service.token, variables };
  const problems: string[] = [];
  const note = (where: string, found: readonly string[]): void => {
    for (const problem of found) problems.push(`${board.title} / ${where}: ${problem}`);
  };
  for (const variable of board.templating.list.filter(({ query }) => typeof query === 'object')) {
    const { infinityQuery, meta } = variable.query as unknown as {
      infinityQuery: InfinityQuery;
      meta: { textField: string; valueField: string };
    };
    const answer = await askInfinity(infinityQuery, at);
    const names = new Set(answer.frame.map(({ name }) => name));
    note(variable.name, answer.problems);
    if (answer.rows === 0 || !names.has(meta.textField) || !names.has(meta.valueField))
      note(variable.name, ['the variable has no values']);
  }
  for (const panel of shownPanels(board.panels)) {
    const where = panel.title ?? String(panel.id);
    for (const target of (panel.targets ?? []).filter(isInfinity)) {
      const answer = await askInfinity(target as unknown as InfinityQuery, at);
      note(where, answer.problems);
      if (answer.rows === 0) note(where, ['no rows']);
      else if (answer.problems.length === 0)
        note(where, unfit(panel, transform(answer.frame, panel.transformations ?? [])));
    }
  }
  return problems;
}

/** Why a panel could not draw these frames as meant. */
function unfit(panel: BoardPanel, frames: readonly Frame[]): readonly string[] {
  const fields = frames.flat();
  const names = new Set(fields.map(({ name }) => name));
  const overrides = panel.fieldConfig?.overrides ?? [];
  const nameless = overrides
    .filter(({ matcher }) => matcher.id === 'byName' && !names.has(String(matcher.options)))
    .map(({ matcher }) => `no field ${String(matcher.options)}`);
  const lookless = fields.flatMap((field) => {
    const own = overrides.find(({ matcher }) => matcher.options === field.name)?.properties;
    const mappings =
      own?.find(({ id }) => id === 'mappings')?.value ?? panel.fieldConfig?.defaults['mappings'];
    return unmapped(field, mappings as readonly ValueMapping[] | undefined);
  });
  return [...nameless, ...new Set(lookless), ...unfitFor(panel, frames)];
}

interface ValueMapping {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Words of a field that its mappings give no look to: the board would show them bare. */
function unmapped({ name, type, values }: Field, mappings: readonly ValueMapping[] = []): readonly string[] {
  const looks = new Set(
    mappings.filter((one) => one.type === 'value').flatMap((one) => Object.keys(one.options)),
  );
  if (type !== 'string' || looks.size === 0) return [];
  return values
    .filter((value) => !looks.has(String(value)))
    .map((value) => `${name} ${String(value)} has no look`);
}

function unfitFor(panel: BoardPanel, frames: readonly Frame[]): readonly string[] {
  switch (panel.type) {
    case 'table':
      return frames.length === 1 ? [] : ['a table shows one frame'];
    case 'stat': {
      const { fields } = (panel.options?.['reduceOptions'] ?? { fields: '//' }) as {
        readonly fields: string;
      };
      const wanted = new RegExp(fields.slice(1, -1));
      const found = frames.flat().filter(({ name }) => wanted.test(name));
      return found.length === 1 ? [] : [`${found.length} fields are called ${fields}`];
    }
    case 'barchart':
      if (!frames.flat().some(({ name }) => name === panel.options?.['xField']))
        return ['the bars have no names'];
      return frames.every((frame) => has(frame, 'number')) ? [] : ['the bars have no lengths'];
    case 'timeseries':
      return frames.every((frame) => has(frame, 'time') && has(frame, 'number'))
        ? []
        : ['a time and a number are needed'];
    case 'state-timeline':
      return frames.every((frame) => has(frame, 'time') && has(frame, 'string') && isInTime(frame))
        ? []
        : ['a time that goes on and a state are needed'];
    default:
      return [`no rule for panels of type ${panel.type}`];
  }
}

const has = (frame: Frame, type: Field['type']): boolean => frame.some((field) => field.type === type);

const isInTime = (frame: Frame): boolean => {
  const times = (frame.find(({ type }) => type === 'time')?.values ?? []) as readonly number[];
  return times.every((time, index) => index === 0 || time > (times[index - 1] ?? time));
};
