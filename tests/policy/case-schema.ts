/** The form of a case file, strictly: rules/README.md explains it. */
import { z } from 'zod';
import { size } from '../../policy/model/size.ts';

export const instant = z.iso.datetime({ offset: true });

const key = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const isKey = (text: string): boolean => key.test(text);

const common = {
  id: z.string().min(1).default('g-1'),
  /** A name in subjects.yaml, or the immutable key of anybody. */
  subject: z.string().min(1),
  /** An hour after the request, when absent. */
  expires: instant.optional(),
};

const grant = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('continue'),
    ...common,
    rule: z.string().min(1),
    host: z.string().min(1),
  }),
  z.strictObject({
    kind: z.literal('override'),
    ...common,
    subjectKind: z.enum(['person', 'group']).default('person'),
    host: z.string().min(1),
    path: z.string().startsWith('/').nullable().default(null),
  }),
  z.strictObject({ kind: z.literal('research'), ...common }),
]);

const emergency = z.strictObject({
  floorOnly: z.boolean().default(false),
  closed: z.array(z.string().min(1)).default([]),
  /** When it ends by itself; never, when absent. */
  until: instant.optional(),
});

const obligation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('safe-search'), engine: z.string() }),
  z.strictObject({ kind: z.literal('youtube'), level: z.enum(['moderate', 'strict']) }),
  z.strictObject({ kind: z.literal('google-accounts'), domains: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('microsoft-tenants'),
    tenants: z.array(z.string()),
    context: z.string(),
  }),
]);

const expectation = z.strictObject({
  /** The address has no canonical form, so that there is nothing to decide: the code says why. */
  refused: z.string().min(1).optional(),
  action: z.enum(['allow', 'block', 'warn']).optional(),
  tier: z.enum(['crisis', 'testing', 'illegal', 'locked', 'grant', 'ordered', 'default']).optional(),
  rule: z.string().optional(),
  clause: z.string().nullable().optional(),
  log: z.boolean().optional(),
  enforced: z.boolean().optional(),
  quiet: z.boolean().optional(),
  inspect: z.boolean().optional(),
  inner: z.string().nullable().optional(),
  grantsUsed: z.array(z.string()).optional(),
  obligations: z.array(obligation).optional(),
  needs: z.array(z.enum(['identity', 'url', 'response'])).default([]),
  /** Each must be part of a line of the trace. */
  trace: z.array(z.string().min(1)).default([]),
  /** None may be. */
  untold: z.array(z.string().min(1)).default([]),
});

const unsized = z.enum(['none', 'unknown']);

export const caseSchema = z
  .strictObject({
    name: z.string().min(1),
    request: z
      .string()
      .regex(
        /^(CONNECT [^/\s]+:\d+|(?!CONNECT )[!-~]+ https?:\/\/[^/?\s]*\S*)$/,
        '`GET http://host/path?query` or `CONNECT host:443`',
      ),
    as: z.string().min(1).default('student.g10'),
    born: z.iso.date().optional(),
    from: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
    at: instant.default('2026-10-13T10:00:00-04:00'),
    url: z.enum(['unknown', 'unobtainable']).optional(),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.union([unsized, size]).optional(),
    response: z
      .union([
        z.literal('unobtainable'),
        z.strictObject({ type: z.string(), size: z.int().min(0).nullable().default(null) }),
      ])
      .optional(),
    aliases: z.array(z.string().min(1)).default([]),
    grants: z.array(grant).default([]),
    emergency: emergency.optional(),
    expect: expectation,
  })
  .refine((each) => each.url === undefined || each.request.startsWith('CONNECT '), {
    message: 'only a CONNECT has `url`: leave it away',
    path: ['url'],
  })
  .refine(
    (each) =>
      !each.request.startsWith('CONNECT ') ||
      (Object.keys(each.headers).length === 0 && each.body === undefined && each.response === undefined),
    { message: 'a CONNECT shows no `headers`, `body` or `response`: leave them away', path: ['request'] },
  );

const text = z.string().min(1);

export const fileSchema = z.strictObject({
  /** A file beside this one, or the policy itself with what decides nothing left away. */
  policy: z.union([text, z.record(z.string(), z.unknown())]),
  aup: z.array(text).default([]),
  /** Folders and files of lists, or lists by name. */
  lists: z.union([z.array(text), z.record(text, text)]).default([]),
  /** With the tables of the product: search engines, inner addresses, services. */
  tables: z.boolean().default(false),
  cases: z.array(caseSchema).min(1),
});

/** The cases of the cookbook in docs/policy.md: what stands beside each of its recipes, by its heading. */
export const cookbookSchema = z.strictObject({
  policy: text,
  aup: z.array(text).min(1),
  lists: z.array(text),
  tables: z.boolean().default(false),
  recipes: z.record(
    text,
    z.strictObject({
      lists: z.record(text, text).default({}),
      cases: z.array(caseSchema).min(1),
    }),
  ),
});

export const subjectsSchema = z.record(
  z.string(),
  z.strictObject({
    key: z.string().regex(key),
    login: z.string().min(1),
    name: z.string().min(1),
    born: z.iso.date().optional(),
    groups: z.array(z.string().min(1)),
    schools: z.array(z.string().min(1)),
  }),
);

export type WrittenCase = z.output<typeof caseSchema>;
export type WrittenGrant = WrittenCase['grants'][number];
export type Expectation = z.output<typeof expectation>;
