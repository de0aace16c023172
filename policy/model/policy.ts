/**
 * The policy document, format 1. docs/policy.md explains it to its authors; this schema is its definition.
 *
 * Order of precedence: crisis, testing, illegal, locked rules, grants, ordered rules (first match wins), default.
 */
import { z } from 'zod';
import { durationBetween } from './duration.ts';
import { size } from './size.ts';
import { localizedText } from './text.ts';

/** Names that other parts of the document, records and pages refer to. */
const id = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'lower-case letters, digits, `-` and `.`, at most 64');
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as `08:30`');
const date = z.iso.date();
const dateRange = z.strictObject({ from: date, to: date });

/** What is asked of the services that this audience uses: the strictest of all audiences that somebody is in. */
export const obligations = z.strictObject({
  /** Search engines leave out what is explicit. */
  safeSearch: z.boolean().default(false),
  youtube: z.enum(['open', 'moderate', 'strict']).default('open'),
  /** Which accounts can be used at a service: domains of Google Workspace, tenants of Microsoft. */
  tenants: z
    .strictObject({
      google: z
        .array(z.string().regex(/^[a-z0-9.-]+$|^consumer_accounts$/, 'a domain such as `school.example`'))
        .default([]),
      microsoft: z
        .strictObject({
          tenants: z.array(z.string().regex(/^[A-Za-z0-9.-]+$/, 'a domain or the id of a tenant')).min(1),
          /** The one directory that sees the attempts. */
          context: z.uuid(),
        })
        .optional(),
    })
    .prefault({}),
});

/**
 * Who is meant. Any one of groups, users, schools and networks is enough; `age` narrows, or names everybody of that age
 * where nothing else is named; `except` takes away again.
 */
export const audience = z.strictObject({
  title: localizedText,
  /** Directory groups by name, DN or key. */
  groups: z.array(z.string().min(1)).default([]),
  /** Logins or immutable keys. */
  users: z.array(z.string().min(1)).default([]),
  schools: z.array(id).default([]),
  /** Names under `networks`. */
  networks: z.array(id).default([]),
  except: z
    .strictObject({
      groups: z.array(z.string().min(1)).default([]),
      users: z.array(z.string().min(1)).default([]),
      schools: z.array(id).default([]),
    })
    .prefault({}),
  /** In full years on the day of the request; of somebody whose age the directory does not know only with `unknown`. */
  age: z
    .strictObject({
      from: z.int().min(0).max(150).optional(),
      under: z.int().min(1).max(150).optional(),
      unknown: z.boolean().default(false),
    })
    .refine((age) => age.from !== undefined || age.under !== undefined, 'say `from`, `under`, or both')
    .optional(),
  obligations: obligations.optional(),
  /** Which voice the block page speaks in. The first audience of the document that the person is in decides. */
  voice: z.enum(['young', 'student', 'staff']).default('student'),
});

/** Client addresses: labs, the youngest, devices that cannot sign in. The most specific CIDR that holds the client wins. */
export const network = z.strictObject({
  title: localizedText,
  cidrs: z.array(z.string().min(1)).min(1),
  /**
   * `never`: nobody there is asked to sign in. They are in `anyone`, in the audiences named here, and in the one that
   * `unidentified` names.
   */
  signIn: z.enum(['ask', 'never']).default('ask'),
  /** Audiences that everyone on this network belongs to, signed in or not. */
  audiences: z.array(id).default([]),
  /** Schools that a record made on this network belongs to when nobody is signed in. */
  schools: z.array(id).default([]),
  /** Which audience a client that cannot be identified (directory down) falls to, or `refuse`. */
  unidentified: id.default('anyone'),
});

/** Open while any window holds and no exception does. A window whose `to` is not after `from` crosses midnight. */
export const schedule = z.strictObject({
  title: localizedText.optional(),
  /** IANA time zone; the policy's own when absent. */
  timeZone: z.string().optional(),
  windows: z
    .array(
      z.strictObject({
        /** Days on which the window begins. */
        days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
        from: clock.default('00:00'),
        /** First minute that is outside again; `00:00` is the end of the day. */
        to: clock.default('00:00'),
        /** Only on these dates (inclusive), by the day on which the window begins; every date when absent. */
        dates: z.array(dateRange).optional(),
      }),
    )
    .min(1),
  /** Never on these dates, by the day on which the window begins. */
  except: z.array(dateRange).default([]),
});

export const category = z.strictObject({
  title: localizedText,
  /** A block by a sensitive category shows only the rule's public title, rule and clause. */
  sensitive: z.boolean().default(false),
});

/** A short list inside the policy: hosts that join a category. `example.org` has its sub-domains, `=example.org` not. */
export const inlineList = z.strictObject({
  category: id,
  source: z.string().optional(),
  hosts: z.array(z.string().min(1)).min(1),
});

const token = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/);
const words = z
  .string()
  .max(200)
  .regex(/[\p{L}\p{N}]/u, 'words of a search');

/**
 * What a rule is about. Those of the first part name places, and any one of them is enough; those of the second narrow, and
 * all of them must hold. Without any place the rule is about every place.
 */
export const match = z.strictObject({
  categories: z.array(id).default([]),
  /** `example.org` with sub-domains, `=example.org` alone, `*.example.org` exactly one label more. */
  hosts: z.array(z.string().min(1)).default([]),
  /** Globs of the form `host/path`; `*` stays within a label or segment, `**` crosses them. No scheme, no query. */
  urls: z.array(z.string().min(1)).default([]),
  /** Regular expressions over `host/path?query` in canonical form and lower case. */
  expressions: z.array(z.string().min(1)).default([]),
  /** Last labels of names, such as `zip`. */
  topLevel: z.array(z.string().regex(/^[^.*=/\s]+$/, 'one label, such as `zip`')).default([]),
  /** The host is an address and no name. */
  bareAddress: z.literal(true).optional(),
  /** The host is in no category at all. */
  uncategorised: z.literal(true).optional(),
  /** The name mixes scripts as no language does, to look like another. */
  mixedScript: z.literal(true).optional(),

  /** Sets of words; a search that holds all words of one of them, in any order, among any others. */
  search: z.array(words).default([]),
  /** Extensions of the path, without the dot. */
  files: z.array(z.string().regex(/^[A-Za-z0-9_-]{1,16}$/, 'an extension such as `exe`')).default([]),
  /** Media types of the response: `video/mp4`, `video/*`. */
  mediaTypes: z
    .array(
      z
        .string()
        .regex(
          /^[a-z0-9!#$&^_.+-]+\/([a-z0-9!#$&^_.+-]+|\*)$/,
          'a media type such as `video/mp4` or `video/*`',
        ),
    )
    .default([]),
  /** The request brings a body larger than this; one of unknown length is larger. */
  upload: z.strictObject({ over: size.prefault(0) }).optional(),
  methods: z.array(token).default([]),
  ports: z.array(z.int().min(1).max(65535)).default([]),
  schemes: z.array(z.enum(['http', 'https'])).default([]),
  /** Globs over the whole User-Agent field, compared without case. */
  userAgents: z.array(z.string().min(1).max(200)).default([]),
  /** Header fields that the request has, whatever they say. */
  headers: z.array(token).default([]),
  /** What the browser says a request is for (Fetch Metadata). */
  fetch: z
    .strictObject({
      dest: z.array(token).default([]),
      mode: z.array(token).default([]),
      site: z.array(z.enum(['same-origin', 'same-site', 'cross-site', 'none'])).default([]),
    })
    .optional(),
});

const [minute, hour] = [60_000, 3_600_000];
const continueFor = durationBetween(minute, 12 * hour);
/** Where a warn does not say how long going on past it holds; milliseconds. */
export const usualContinue = 30 * minute;

export const rule = z
  .strictObject({
    id,
    /** For those who run the policy. */
    title: z.string().min(1),
    /** For those who meet the rule, in neutral words. */
    publicTitle: localizedText,
    /** AUP clause id; where there is none, `noClause` says why. */
    clause: id.optional(),
    noClause: z.string().min(1).optional(),
    /** What pages show instead of `id` and `clause`; required where the rule names a sensitive category. */
    publicRule: id.optional(),
    publicClause: id.optional(),
    /** Audience names; any one is enough. */
    for: z.array(id).min(1).default(['anyone']),
    match: match.prefault({}),
    /** Schedule names; any one is enough. Always, when absent. */
    when: z.array(id).min(1).optional(),
    /**
     * `allow-without-inspection` is an allow that no filter looks into; `monitor` an allow that is recorded unless `log` says
     * otherwise.
     */
    action: z.enum(['allow', 'allow-without-inspection', 'monitor', 'block', 'warn']),
    /** How long a person who went on past this warn may stay on that host before they are asked again. */
    continue: continueFor.optional(),
    /** Record the decision; by default blocks, warns and what is monitored are recorded, and what is allowed is not. */
    log: z.boolean().optional(),
    /** A block without a page: for advertisements and other parts of pages that nobody asked for. */
    quiet: z.boolean().default(false),
    /** Decide and record what would be, and stop nothing: a rule on trial. */
    observe: z.boolean().default(false),
    /** The first moment at which the rule holds no more. */
    expires: z.iso.datetime({ offset: true }).optional(),
    /** Why there is this rule, for whoever reads the policy later. */
    reason: z.string().min(1).optional(),
  })
  .refine((r) => (r.clause === undefined) !== (r.noClause === undefined), {
    message: 'name the AUP clause that this rule enforces (`clause`), or say why it has none (`noClause`)',
  })
  .refine((r) => r.continue === undefined || r.action === 'warn', {
    message: '`continue` is the time after a `warn`: remove it, or make the action `warn`',
    path: ['continue'],
  })
  .refine((r) => !r.quiet || r.action === 'block', {
    message: '`quiet` is about a `block`: remove it, or make the action `block`',
    path: ['quiet'],
  });

/** Places that stand above every rule. */
const place = z.strictObject({
  categories: z.array(id).default([]),
  hosts: z.array(z.string().min(1)).default([]),
});

const fallbackFields = {
  action: z.enum(['allow', 'block', 'warn']),
  publicTitle: localizedText,
  clause: id.optional(),
  noClause: z.string().min(1).optional(),
  continue: continueFor.optional(),
  log: z.boolean().optional(),
};

export const policy = z.strictObject({
  hallpass: z.literal(1),
  title: z.string().min(1),
  /** IANA time zone of the district. */
  timeZone: z.string().min(1),
  /** `observe`: everything is decided and recorded as what would be, and only locked rules stop anything. */
  mode: z.enum(['enforce', 'observe']).default('enforce'),
  /**
   * What a `warn` does to a tunnel (CONNECT) that is not decrypted, where no page can be shown. `block`: it is refused,
   * recorded as a warn, and the person can go on at the portal. `allow`: it is recorded and goes on.
   */
  tunnelWarn: z.enum(['block', 'allow']).default('block'),
  audiences: z.record(id, audience),
  networks: z.record(id, network).default({}),
  schedules: z.record(id, schedule).default({}),
  categories: z.record(id, category).default({}),
  lists: z.record(id, inlineList).default({}),
  /** Help in a crisis: never blocked, recorded, logged, sampled or shown to anyone; no sign-in. */
  crisis: place.prefault({}),
  /** State tests and college boards: no sign-in, no prompts. */
  testing: place.prefault({}),
  /**
   * What no law allows: closed to everyone, always, on trial and in an emergency too. No grant opens it, and a version that
   * loses any of it needs somebody else's approval.
   */
  illegal: z.array(rule).default([]),
  /** Above the ordered rules: the floor. Nobody but a named adult with a research grant gets past it. */
  locked: z.array(rule).default([]),
  rules: z.array(rule).default([]),
  default: z.strictObject({
    ...fallbackFields,
    /** For hosts of which no list and no inline list says anything. */
    uncategorised: z.strictObject(fallbackFields).optional(),
  }),
  /** Schedules during which nothing is published and no list changes: exam weeks, the first day of school. */
  freeze: z.array(id).default([]),
});

export type Policy = z.output<typeof policy>;
export type Rule = z.output<typeof rule>;
export type Match = z.output<typeof match>;
export type Fallback = Omit<Policy['default'], 'uncategorised'>;
export type Obligations = z.output<typeof obligations>;
export type Audience = z.output<typeof audience>;
export type Network = z.output<typeof network>;
export type Schedule = z.output<typeof schedule>;
export type Category = z.output<typeof category>;
