import { z } from 'zod';
import { durationBetween } from '../policy/model/duration.ts';

const day = 86_400_000;

/** Section `store` of the configuration. */
export const options = z.strictObject({
  retention: durationBetween(day, 3_650 * day)
    .default(90 * day)
    .describe('how long records of blocks and warnings are kept; one day to ten years'),
  auditRetention: durationBetween(day, 3_650 * day)
    .default(1_095 * day)
    .describe(
      'how long the audit trail keeps what its entries say, but never shorter than `store.retention`; one day to ten years',
    ),
  purgeSlice: durationBetween(1, 50)
    .default(5)
    .describe('longest time that the purge of old records works before it lets a waiting record through'),
  spool: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(10_000)
    .describe(
      'records held in memory while the disk is full or the journal locked; more are dropped and counted',
    ),
  sample: z
    .boolean()
    .default(true)
    .describe(
      'whether previews of a draft have a sample of decisions: cells of at least five people, without names and queries, 14 days',
    ),
  lockTimeout: durationBetween(0, 5_000)
    .default(250)
    .describe(
      'how long a write waits for another process that holds the journal before the page goes out unrecorded',
    ),
});

export type StoreOptions = z.infer<typeof options>;
