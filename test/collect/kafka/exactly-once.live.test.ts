import { expect, test } from 'vitest';
import { brokerArtifacts } from '../../support/kafka/artifacts.ts';
import { runScenario } from '../../soak/kafka-exactly-once.ts';

const artifacts = brokerArtifacts();

test.skipIf(artifacts.kind === 'missing')(
  'three processes share one lake and twelve partitions: killed and with the broker restarted, they lose and double nothing',
  async () => {
    if (artifacts.kind === 'missing') return;
    const { verifySaid, ...outcome } = await runScenario({
      seed: 'short',
      classPath: artifacts.classPath,
      members: 3,
      partitions: 12,
      messages: 1200,
      recordsPerMessage: 50,
      messagesPerBatch: 10,
      pauseMs: 20,
      kills: 2,
      killEveryMs: 3000,
      brokerRestarts: 1,
      sealRecords: 5000,
      limitMs: 90_000,
    });
    expect({ ...outcome, verifySaid }).toMatchObject({
      brokerRestarts: 1,
      captures: outcome.inTopic,
      distinct: outcome.inTopic,
      wrong: 0,
      events: outcome.inTopic * 50,
      distinctEvents: outcome.inTopic * 50,
      deadLetters: 0,
      verifyCode: 0,
    });
    expect(outcome.inTopic).toBeGreaterThanOrEqual(1200);
    expect(outcome.kills).toBeGreaterThanOrEqual(2);
  },
  240_000,
);
