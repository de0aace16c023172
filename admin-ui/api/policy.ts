import { z } from 'zod';
import { page, time } from './common.ts';

const text = z.string();

export const ruleInWords = z
  .object({
    id: text,
    title: text,
    tier: z.enum(['crisis', 'testing', 'illegal', 'locked', 'ordered', 'default']),
    action: z.enum(['allow', 'allow-without-inspection', 'monitor', 'block', 'warn']),
    /** What it does, in one plain sentence. */
    sentence: text,
    publicTitle: text,
    clause: text.nullable(),
    /** Why it cites none. */
    noClause: text.nullable(),
  })
  .meta({ id: 'RuleInWords' });

export const clauseBesideRules = z
  .object({
    id: text,
    number: text,
    title: text,
    text,
    child: text.nullable(),
    /** Rules that enforce it, in policy order; empty where nothing does. */
    rules: z.array(text),
  })
  .meta({ id: 'ClauseBesideRules' });

export const policyInForce = z
  .object({
    title: text,
    edition: text,
    policyVersion: text,
    aupVersion: text,
    since: time,
    mode: z.enum(['enforce', 'observe']),
    timeZone: text,
    aup: z.object({ title: text, adopted: text, clauses: z.array(clauseBesideRules) }),
    /** In the order of precedence. */
    rules: z.array(ruleInWords),
  })
  .meta({ id: 'PolicyInForce' });

export const policyVersion = z
  .object({
    policyVersion: text,
    aupVersion: text,
    edition: text,
    at: time,
    by: text.nullable(),
    note: text,
    cause: z.enum(['policy', 'lists']),
    /** The one in force. */
    current: z.boolean(),
  })
  .meta({ id: 'PolicyVersion' });

export const versionsQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const versionsPage = page(policyVersion).meta({ id: 'PolicyVersionsPage' });

/** As published. */
export const policyDocuments = z
  .object({ id: text, policy: text, aup: z.array(text) })
  .meta({ id: 'PolicyDocuments' });
