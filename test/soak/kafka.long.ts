import { parseArgs } from 'node:util';
import { brokerArtifacts } from '../support/kafka/artifacts.ts';
import { runScenario } from './kafka-exactly-once.ts';

/**
 * `npm run soak -- [--records 5000000] [--kills 60] [--restarts 2] [--seed …]`: three processes share twelve
 * partitions and one lake; they are killed every few seconds and the broker is restarted. Ends with 1 when a record
 * is missing, doubled or different, when a log does not verify, or when the sums do not close.
 */
const RECORDS_PER_MESSAGE = 50;

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '5000000' },
    kills: { type: 'string', default: '60' },
    restarts: { type: 'string', default: '2' },
    'kill-every': { type: 'string', default: '5000' },
    seed: { type: 'string', default: 'soak' },
  },
});
const artifacts = brokerArtifacts();
if (artifacts.kind === 'missing') throw new Error(artifacts.reason);
const messages = Math.ceil(Number(values.records) / RECORDS_PER_MESSAGE);
const { verifySaid, ...outcome } = await runScenario({
  seed: values.seed,
  classPath: artifacts.classPath,
  members: 3,
  partitions: 12,
  messages,
  recordsPerMessage: RECORDS_PER_MESSAGE,
  messagesPerBatch: 25,
  pauseMs: 0,
  kills: Number(values.kills),
  killEveryMs: Number(values['kill-every']),
  brokerRestarts: Number(values.restarts),
  sealRecords: 50_000,
  limitMs: 60 * 60_000,
  say: (text) => void process.stderr.write(`${text}\n`),
});
process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
const { inTopic, captures, distinct, wrong, events, distinctEvents, deadLetters, verifyCode } = outcome;
const isExact =
  captures === inTopic &&
  distinct === inTopic &&
  wrong === 0 &&
  events === inTopic * RECORDS_PER_MESSAGE &&
  distinctEvents === events &&
  deadLetters === 0 &&
  verifyCode === 0;
if (!isExact) process.stderr.write(verifySaid);
process.exitCode = isExact ? 0 : 1;
