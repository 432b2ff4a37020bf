import { describeError } from '../../lib/errors.ts';
import type { ProbeContext } from '../collector.ts';
import { accessOf } from './access.ts';
import { connectionOptions } from './platformatic/connection-options.ts';
import type { KafkaSettings } from './settings.ts';

/** Signs in to a broker and asks for the topics: no group is joined. */
export async function probeTopics(settings: KafkaSettings, { source, clock }: ProbeContext): Promise<string> {
  const access = accessOf(settings, source, clock);
  const { Base } = await import('@platformatic/kafka');
  const admin = new Base({
    ...connectionOptions(access),
    clientId: 'plumbline-doctor',
    bootstrapBrokers: [...access.brokers],
    retries: 1,
  });
  try {
    const topics = [...settings.topics];
    const metadata = await admin.metadata({ topics, forceUpdate: true });
    const partitions = topics.reduce(
      (sum, topic) => sum + (metadata.topics.get(topic)?.partitionsCount ?? 0),
      0,
    );
    return `${topics.length} topics with ${partitions} partitions`;
  } catch (thrown) {
    throw new Error(
      `${describeError(thrown)}; look at the names of the topics, at sasl and tls, and let the user describe and read them`,
      { cause: thrown },
    );
  } finally {
    await admin.close();
  }
}
