import { z } from 'zod';
import { time } from './common.ts';
import { rights, roles } from './rights.ts';

export const credentials = z
  .strictObject({ login: z.string().min(1).max(256), password: z.string().min(1).max(4_096) })
  .meta({ id: 'Credentials' });

export const code = z
  .strictObject({ code: z.string().regex(/^\d{6}$/, 'the six digits that the app shows') })
  .meta({ id: 'SecondFactorCode' });

/** Who is signed in here. */
export const session = z
  .object({
    /** `second-factor`: the password was right, and a code is needed. `enrol`: and there is no second factor yet. */
    stage: z.enum(['complete', 'second-factor', 'enrol']),
    login: z.string(),
    name: z.string(),
    roles: z.array(z.enum(roles)),
    rights: z.array(z.enum(rights)),
    /** Schools whose records the person may see. */
    schools: z.union([z.literal('all'), z.array(z.string())]),
    /** To be sent as `x-csrf-token` with whatever changes something. */
    csrf: z.string(),
    /** When the session is over at the latest. */
    ends: time,
    /** Minutes after which it is over when nobody is there. */
    idleMinutes: z.number(),
    district: z.string(),
    version: z.string(),
  })
  .meta({ id: 'Session' });

/** A second factor to be set up: shown once, until its first code has come back. */
export const enrolment = z.object({ secret: z.string(), uri: z.string() }).meta({ id: 'Enrolment' });

export const openSession = z
  .object({
    id: z.string(),
    login: z.string(),
    ip: z.string(),
    agent: z.string(),
    began: time,
    seen: time,
    /** The one that asks. */
    own: z.boolean(),
  })
  .meta({ id: 'OpenSession' });
