import { z } from 'zod';
import { cursor, limit, page, time } from './common.ts';

const school = z.string().min(1).max(128);
const actions = z.enum(['allow', 'block', 'warn']);
const about = z.enum(['student', 'staff']);

export const block = z
  .object({
    id: z.string(),
    at: time,
    userId: z.string().nullable(),
    user: z.string().nullable(),
    name: z.string().nullable(),
    schools: z.array(z.string()),
    ip: z.string(),
    method: z.string(),
    /** Without query. */
    url: z.string(),
    host: z.string(),
    rule: z.string(),
    clause: z.string().nullable(),
    /** As adopted at that time. */
    clauseText: z.string().nullable(),
    policyVersion: z.string(),
    edition: z.string(),
    action: z.string(),
    /** False where it only would have been so. */
    enforced: z.boolean(),
    about,
    /** Ids of the grants that the decision rests on. */
    grants: z.array(z.string()),
    /** The record and its repeats within the minute. */
    count: z.int(),
  })
  .meta({ id: 'Block' });

export const blocksFilter = z.strictObject({
  from: time.optional(),
  to: time.optional(),
  school: school.optional(),
  host: z.string().min(1).max(253).toLowerCase().optional(),
  rule: z.string().min(1).max(64).optional(),
  clause: z.string().min(1).max(64).optional(),
  person: z.string().min(1).max(256).optional(),
  action: actions.optional(),
  about: about.optional(),
});

export const blocksQuery = blocksFilter.extend({ cursor: cursor.optional(), limit: limit.default(50) });
export const blocksPage = page(block).meta({ id: 'BlocksPage' });

export const traceStep = z
  .object({
    rule: z.string(),
    tier: z.string(),
    outcome: z.enum(['matched', 'not matched', 'unknown', 'unobtainable', 'lifted']),
    reason: z.string(),
  })
  .meta({ id: 'TraceStep' });

/** How the record came about, decided again under the edition of that time. */
export const retrace = z
  .object({
    /** `again`: decided again. `gone`: what it takes is not there any more; the reason says what. */
    state: z.enum(['again', 'gone']),
    reason: z.string().nullable(),
    /** Whether the decision of now is the recorded one; where `basis` is `now`, people may have changed groups. */
    agrees: z.boolean(),
    action: z.string().nullable(),
    rule: z.string().nullable(),
    trace: z.array(traceStep),
    /** `kept`: by what the record keeps. `now`: it keeps nothing, and the person was asked for as they are now. */
    basis: z.enum(['kept', 'now']).nullable(),
    /** What the record keeps of conditions on the query, the search and the fields, as far as the decision asked. */
    used: z.array(
      z.object({
        rule: z.string(),
        condition: z.enum(['search', 'headers', 'fetch', 'userAgents', 'upload', 'place']),
        /** Null where it could not be told. */
        held: z.boolean().nullable(),
        /** Host of the address inside that it is about. */
        inner: z.string().nullable(),
      }),
    ),
    /** What nobody knows any more, in words. */
    unknown: z.array(z.string()),
  })
  .meta({ id: 'Retrace' });

export const blockDetail = z
  .object({
    block,
    rule: z.object({
      title: z.string(),
      /** What people read; null where nobody can tell any more. */
      publicTitle: z.string().nullable(),
      sentence: z.string(),
    }),
    clause: z
      .object({
        id: z.string(),
        number: z.string(),
        title: z.string(),
        /** As adopted at that time. */
        text: z.string(),
      })
      .nullable(),
    retrace,
  })
  .meta({ id: 'BlockDetail' });
