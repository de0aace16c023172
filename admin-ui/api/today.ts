import { z } from 'zod';
import { count, time } from './common.ts';

export const status = z.enum(['ready', 'degraded', 'unready']);

export const today = z
  .object({
    at: time,
    status,
    /** What the system itself needs; empty when all is well. */
    reasons: z.array(z.string()),
    policy: z.object({
      title: z.string(),
      edition: z.string(),
      policyVersion: z.string(),
      since: time,
      mode: z.enum(['enforce', 'observe']),
    }),
    /** Of the whole district, by minute, the last hour; the newest last. */
    traffic: z.array(z.object({ at: time, requests: z.int(), blocks: z.int() })),
    /** Requests of the last hour by school, of the viewer's schools, from networks that the policy gives to schools. */
    trafficBySchool: z.array(count),
    /** Whether a network of the policy names a school; where none does, nothing is counted by school. */
    schoolNetworks: z.boolean(),
    now: z.object({ connections: z.int(), tunnels: z.int(), threads: z.int() }),
    /** Records of the viewer's scope since midnight in the district's time zone; null for who sees none. */
    blocks: z
      .object({
        since: time,
        total: z.int(),
        bySchool: z.array(count),
        byHour: z.array(count),
        byRule: z.array(count.extend({ title: z.string() })),
      })
      .nullable(),
    /** Requests for a review that wait; null for who answers none. */
    reviews: z.object({ waiting: z.int(), oldest: time.nullable() }).nullable(),
  })
  .meta({ id: 'Today' });

export const finding = z
  .object({
    about: z.string(),
    verdict: z.enum(['ok', 'warn', 'bad']),
    text: z.string(),
    mend: z.string().nullable(),
  })
  .meta({ id: 'Finding' });

export const health = z
  .object({
    status,
    reasons: z.array(z.string()),
    version: z.string(),
    findings: z.array(finding),
    /** When the findings were made. */
    at: time,
    threads: z.array(
      z.object({
        name: z.string(),
        connections: z.int(),
        tunnels: z.int(),
        requests: z.int(),
        blocks: z.int(),
      }),
    ),
  })
  .meta({ id: 'HealthReport' });

/** An option as it is set; secrets are not shown. */
export const setting = z.object({ name: z.string(), value: z.string() }).meta({ id: 'Setting' });
export const settings = z.object({ items: z.array(setting) }).meta({ id: 'Settings' });
