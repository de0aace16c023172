import { z } from 'zod';
import { time } from './common.ts';

const reason = z.string().trim().min(3, 'say in a few words why').max(500);
const name = z.string().trim().min(1).max(512);

/** For either a person or a group. */
export const overrideAsked = z
  .strictObject({
    /** Login. */
    person: name.optional(),
    /** Name, DN or key. */
    group: name.optional(),
    /** A host with all below it, or host and path. */
    place: z.string().trim().min(1).max(4_096),
    /** 30 days at most. */
    minutes: z.int().min(1).max(43_200),
    reason,
  })
  .meta({ id: 'OverrideAsked' });

/** Whoever asks is who authorises it. */
export const researchAsked = z
  .strictObject({
    /** Login of a colleague. */
    person: name,
    /** 12 hours at most. */
    minutes: z.int().min(1).max(720),
    reason,
  })
  .meta({ id: 'ResearchAsked' });

export const grant = z
  .object({
    id: z.string(),
    kind: z.enum(['override', 'research']),
    for: z.object({
      kind: z.enum(['person', 'group']),
      key: z.string(),
      /** Login or name of that time. */
      name: z.string(),
    }),
    /** `host` or `host/path`; null of research. */
    place: z.string().nullable(),
    at: time,
    until: time,
    by: z.string(),
    authorisedBy: z.string().nullable(),
    reason: z.string(),
  })
  .meta({ id: 'Grant' });

export const grants = z.object({ items: z.array(grant) }).meta({ id: 'Grants' });

export const made = z
  .object({
    grant,
    /** What whoever made it should know: that a locked rule keeps it closed, say. */
    notes: z.array(z.string()),
  })
  .meta({ id: 'GrantMade' });
