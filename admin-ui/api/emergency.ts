import { z } from 'zod';
import { time } from './common.ts';

const reason = z.string().trim().min(3, 'say in a few words why').max(500);

export const floorOnlyAsked = z
  .strictObject({ minutes: z.int().min(1).max(120), reason })
  .meta({ id: 'FloorOnlyAsked' });

export const closeAsked = z
  .strictObject({ host: z.string().trim().min(1).max(300), reason })
  .meta({ id: 'CloseAsked' });

const step = {
  ...{ id: z.string(), at: time },
  /** Login, and what they gave as their reason, which may name people: null for whoever may do nothing about it. */
  ...{ by: z.string().nullable(), reason: z.string().nullable() },
  /** Of its state: what approves or ends it sends this as `If-Match`. */
  etag: z.string(),
};

/** What somebody in charge has put over the policy for a while. */
export const emergency = z
  .object({
    /** Only the locked rules hold; null on every other day. */
    floorOnly: z.object({ ...step, until: time }).nullable(),
    closed: z.array(
      z.object({
        ...step,
        host: z.string(),
        /** When it opens again unless somebody else approves; null where somebody has. */
        until: time.nullable(),
        approvedBy: z.string().nullable(),
        /** Whether somebody else has approved it. */
        approved: z.boolean(),
        /** Whether the viewer closed it, and so cannot approve it. */
        own: z.boolean(),
      }),
    ),
    /** Names of the proxy threads that are late: each takes it as soon as it answers again. */
    notYetIn: z.array(z.string()),
  })
  .meta({ id: 'Emergency' });
