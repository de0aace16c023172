import { z } from 'zod';
import { traceStep } from './blocks.ts';
import { time } from './common.ts';

export const question = z
  .strictObject({
    url: z
      .string()
      .max(4_096)
      .refine((url) => /^https?:/i.test(url) && URL.canParse(url), 'write an http or https URL'),
    /** Login or key; nobody is signed in without one. */
    person: z.string().min(1).max(256).optional(),
    /** Now unless given. */
    at: time.optional(),
    /** Client address: for rules about a network. */
    from: z.union([z.ipv4(), z.ipv6()]).optional(),
  })
  .meta({ id: 'WhyQuestion' });

export const person = z
  .object({
    key: z.string(),
    login: z.string(),
    name: z.string(),
    schools: z.array(z.string()),
    groups: z.array(z.object({ name: z.string(), dn: z.string() })),
    /** Audiences of the policy that the person is in, in the order of the document, each with why. */
    audiences: z.array(z.object({ name: z.string(), title: z.string(), because: z.string() })),
    voice: z.enum(['young', 'student', 'staff']),
  })
  .meta({ id: 'DirectoryPerson' });

export const answer = z
  .object({
    action: z.enum(['allow', 'block', 'warn']),
    /** One sentence. */
    says: z.string(),
    rule: z.string(),
    clause: z.object({ id: z.string(), number: z.string(), title: z.string() }).nullable(),
    policyVersion: z.string(),
    /** False in a policy that observes. */
    enforced: z.boolean(),
    needs: z.array(z.string()),
    trace: z.array(traceStep),
    person: z.object({ login: z.string(), name: z.string(), audience: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'WhyAnswer' });

export const personQuery = z.strictObject({ login: z.string().min(1).max(256) });
