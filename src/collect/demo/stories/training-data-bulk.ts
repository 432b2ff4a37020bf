import { assessmentNames } from '../assessments.ts';
import type { Planned } from '../clockwork.ts';
import { storage } from '../estate.ts';
import { azCopy, blobCall } from '../storage.ts';
import type { Story } from '../story.ts';

/** A shared link to the training data is used to copy all of it in ten minutes. */
export const trainingDataBulk: Story = {
  id: 'training-data-bulk',
  title: 'Training data copied in bulk with a shared link',
  summary:
    '198.51.100.23 reads 126 training shards from sttraining01 with AzCopy under a SAS in ten minutes.',
  detections: ['storage_training_data_bulk_copy'],
  play: ({ at, random, dayStart, dayEnd }) => {
    const from = at(12, 47);
    const records: Planned[] = [];
    let time = from;
    for (let shard = 0; shard < 126; shard++) {
      const call = {
        time,
        account: storage.training,
        operation: 'GetBlob',
        path: `/trainingdata/shard-${String(shard).padStart(4, '0')}.parquet`,
        authentication: { type: 'SAS', permissions: 'rl' },
        ip: '198.51.100.23',
        userAgent: azCopy,
        statusCode: 200,
        bytes: random.int(60_000_000, 130_000_000),
      } as const;
      records.push({ hub: 'platform', time, record: blobCall(call, random) });
      time += random.int(2_000, 6_500);
    }
    const account = storage.training.id.toLowerCase();
    return {
      records,
      // What made it possible had been known all day.
      faults: [
        {
          assessment: assessmentNames.storageKeys,
          resourceId: storage.training.id,
          from: dayStart,
          to: dayEnd,
        },
      ],
      resources: [account, `${account}/blobservices/default`],
      from,
      to: time,
    };
  },
};
