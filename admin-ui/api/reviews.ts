import { z } from 'zod';
import { block } from './blocks.ts';
import { limit, page, time } from './common.ts';

export const review = z
  .object({
    id: z.string(),
    at: time,
    kind: z.enum(['mistake', 'needed']),
    text: z.string(),
    record: block,
    answer: z
      .object({ at: time, by: z.string(), outcome: z.enum(['opened', 'kept']), note: z.string() })
      .nullable(),
  })
  .meta({ id: 'Review' });

export const reviewsQuery = z.strictObject({
  state: z.enum(['open', 'answered']).default('open'),
  cursor: z.string().min(1).max(64).optional(),
  limit: limit.default(50),
});
export const reviewsPage = page(review).meta({ id: 'ReviewsPage' });

/** `opened`: the person can go there now. `kept`: it stays as it is, and the note says why. */
export const answer = z
  .strictObject({
    outcome: z.enum(['opened', 'kept']),
    note: z.string().trim().min(1, 'say in a few words why: the person reads it').max(500),
  })
  .meta({ id: 'ReviewAnswer' });
