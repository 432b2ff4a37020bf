import { parseArgs } from 'node:util';
import { batchesOf, hubMessages, replayBlocks } from './load.ts';
import type { Load } from './load.ts';
import { engineTable, measureEngine } from './engine.ts';
import { measure } from './measure.ts';
import type { Arm } from './measure.ts';
import { runPrefix, stages } from './stages.ts';
import { machine, summarise } from './summary.ts';
import type { Summary } from './summary.ts';
import { tableOf } from './table.ts';
import { createWorkshop } from './workshop.ts';
import type { Workshop } from './workshop.ts';

const ROUNDS = { pipeline: 7, engine: 30 };

/**
 * How fast bytes become durable, sealed evidence, as a share of what a bare `JSON.parse` of the same texts takes:
 * `npm run bench -- [--rounds 7] [--records 42000] [--json]`. The arms take turns in one process. With `--engine`, what
 * the detection engine alone costs, in the same terms, in 30 rounds, for they are short: see `engine.ts`.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      records: { type: 'string', default: '42000' },
      json: { type: 'boolean', default: false },
      engine: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.engine ? ROUNDS.engine : ROUNDS.pipeline));
  const records = Number(values.records);
  if (values.engine) {
    const engine = measureEngine(rounds, tellRound(rounds));
    process.stdout.write(values.json ? `${JSON.stringify(engine, null, 2)}\n` : engineTable(engine));
    return;
  }
  const messages = hubMessages(records);
  const loads = new Map([
    ['hub messages', messages],
    ['replay blocks', await replayBlocks(messages)],
  ]);
  using workshops = new DisposableStack();
  const counts = new Map<string, number>();
  const arms = [...loads].flatMap(([name, load]) => {
    const [forPipeline, forPrefixes] = [workshops.use(createWorkshop()), workshops.use(createWorkshop())];
    return armsOf(name, load, forPipeline, forPrefixes, (count) => counts.set(name, count));
  });
  const took = await measure(arms, rounds, tellRound(rounds));
  const summary: Summary = {
    machine: machine(),
    rounds,
    waysIn: Array.from(loads, ([name, load]) => summarise(name, load, counts.get(name) ?? 0, took)),
  };
  process.stdout.write(values.json ? `${JSON.stringify(summary, null, 2)}\n` : tableOf(summary));
}

const tellRound = (rounds: number) => (round: number) => {
  process.stderr.write(round === 0 ? 'warmed up\n' : `round ${round} of ${rounds}\n`);
};

/** A way in: the bare parse, the whole pipeline, the proof of what it wrote, and the pipeline's prefixes. */
function armsOf(
  name: string,
  { captures, texts }: Load,
  forPipeline: Workshop,
  forPrefixes: Workshop,
  tellRecords: (count: number) => void,
): Arm[] {
  const clock = (): number => captures.at(-1)?.receivedAt ?? 0;
  const batches = async function* () {
    yield* batchesOf(captures);
  };
  return [
    {
      name: `${name}/bare`,
      run: () => {
        for (const text of texts) JSON.parse(text);
      },
    },
    {
      name: `${name}/pipeline`,
      prepare: () => forPipeline.open(clock),
      run: async () => {
        const { pipeline } = forPipeline.engine();
        await pipeline.run({ batches });
        tellRecords(pipeline.totals.records);
      },
    },
    { name: `${name}/verify`, run: () => forPipeline.verify() },
    ...stages.map(([stage]) => ({
      name: `${name}/${stage}`,
      prepare: () => forPrefixes.open(clock),
      run: () => runPrefix(stage, captures, forPrefixes.engine().lake),
    })),
  ];
}

await main();
