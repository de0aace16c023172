/** Parts of requests and answers that several resources share. */
import { z } from 'zod';

const firstYear = Date.UTC(1970, 0);
const afterLastYear = Date.UTC(9999, 0);

/** Whether a time, in epoch milliseconds, is so far from the edges of the calendar that every zone has a date for it. */
export const isInCalendar = (at: number): boolean => at >= firstYear && at < afterLastYear;
export const notInCalendar = 'is not within the years 1970 to 9998';

/** ISO 8601 with a zone. */
export const time = z.iso
  .datetime({ offset: true })
  .refine((text) => isInCalendar(Date.parse(text)), `the time ${notInCalendar}`);

/** An error, as problem details (RFC 9457). */
export const problem = z
  .object({
    type: z.string(),
    status: z.int(),
    title: z.string(),
    /** What is wrong, and how to mend it. */
    detail: z.string().optional(),
    /** Names the kind of problem, for programs. */
    code: z.string().optional(),
    reasons: z.array(z.string()).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457)' });

export const cursor = z.string().min(1).max(64);
export const limit = z.coerce.number().int().min(1).max(200);

/** One page of a list. @param item schema of an item */
export const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** To be sent as `cursor` for the next page; null at the end. */
    next: z.string().nullable(),
  });

export const count = z.object({ of: z.string(), count: z.int() });
