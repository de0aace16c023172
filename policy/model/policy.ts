/**
 * The policy document, format 1. docs/policy.md explains it to its authors; this schema is its definition.
 *
 * Order of precedence: crisis, testing, locked rules, grants, ordered rules (first match wins), default.
 */
import { z } from 'zod';
import { durationBetween } from './duration.ts';
import { localizedText } from './text.ts';

/** Names that other parts of the document, records and pages refer to. */
const id = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'lower-case letters, digits, `-` and `.`, at most 64');
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as `08:30`');
const date = z.iso.date();
const dateRange = z.strictObject({ from: date, to: date });

/** Who is meant. Any one of groups, users, schools and networks is enough; `except` takes away again. */
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

/**
 * What a rule is about. `categories`, `hosts` and `urls` name places, and any one of them is enough; `methods` and
 * `ports` narrow. Without any place the rule is about every place.
 */
export const match = z.strictObject({
  categories: z.array(id).default([]),
  /** `example.org` with sub-domains, `=example.org` alone, `*.example.org` exactly one label more. */
  hosts: z.array(z.string().min(1)).default([]),
  /** Globs of the form `host/path`; `*` stays within a label or segment, `**` crosses them. No scheme, no query. */
  urls: z.array(z.string().min(1)).default([]),
  methods: z.array(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/)).default([]),
  ports: z.array(z.int().min(1).max(65535)).default([]),
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
    action: z.enum(['allow', 'block', 'warn']),
    /** How long a person who went on past this warn may stay on that host before they are asked again. */
    continue: continueFor.optional(),
    /** Record the decision; by default blocks and warns are recorded, and what is allowed is not. */
    log: z.boolean().optional(),
  })
  .refine((r) => (r.clause === undefined) !== (r.noClause === undefined), {
    message: 'name the AUP clause that this rule enforces (`clause`), or say why it has none (`noClause`)',
  })
  .refine((r) => r.continue === undefined || r.action === 'warn', {
    message: '`continue` is the time after a `warn`: remove it, or make the action `warn`',
    path: ['continue'],
  });

/** Places that stand above every rule. */
const place = z.strictObject({
  categories: z.array(id).default([]),
  hosts: z.array(z.string().min(1)).default([]),
});

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
  /** Above the ordered rules: the floor. */
  locked: z.array(rule).default([]),
  rules: z.array(rule).default([]),
  default: z.strictObject({
    action: z.enum(['allow', 'block', 'warn']),
    publicTitle: localizedText,
    clause: id.optional(),
    noClause: z.string().min(1).optional(),
    continue: continueFor.optional(),
    log: z.boolean().optional(),
  }),
});

export type Policy = z.output<typeof policy>;
export type Rule = z.output<typeof rule>;
export type Audience = z.output<typeof audience>;
export type Network = z.output<typeof network>;
export type Schedule = z.output<typeof schedule>;
export type Category = z.output<typeof category>;
