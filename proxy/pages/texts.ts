/** What block and error pages say: rules/pages/. */
import { z } from 'zod';
import { readTexts, spoken, words } from '../../pages/texts.ts';
import type { TextsOf } from '../../pages/texts.ts';
import { errorPageCodes } from './errors.ts';
import type { ErrorPageCode } from './errors.ts';

const action = z.strictObject({
  heading: words(),
  /** Under the heading: the reason and the tone. */
  lead: words('title'),
});

const voice = z.strictObject({
  block: action,
  warn: action,
  /** Above the clause. `{number}` and `{name}` are the clause's own. */
  clause: words('number', 'name'),
  /** Above the reason of a rule that stands on no clause. */
  noClause: words(),
  /** Above the reference, and what it is good for. */
  reference: words(),
  referenceUse: words(),
  saved: words(),
  savedSignedIn: words(),
  savedSignedOut: words(),
  /** The store could not be reached: there is no reference. */
  savedUnknown: words(),
  whoCanSee: words(),
  kept: words('days'),
  next: words(),
  review: words(),
});

/** What a person can do at the page, besides talking to somebody. */
const actions = z.strictObject({
  continue: z.strictObject({
    heading: words(),
    note: words('time'),
    /** In plain text, which has no buttons; `{address}` is where they are. */
    elsewhere: words('address'),
    /** What the buttons say, from the plainest reason on. */
    reasons: z.strictObject({ lesson: words(), teacher: words(), fine: words() }),
  }),
  review: z.strictObject({
    heading: words(),
    mistake: words(),
    needed: words(),
    text: words(),
    /** Who reads it, and when. */
    readers: words(),
    send: words(),
  }),
  /** Leads to the portal; `{portal}` is its address. */
  portal: words('portal'),
});

const labels = z.strictObject({
  site: words(),
  audience: words(),
  time: words(),
  rule: words(),
  policyVersion: words(),
  adopted: words('date'),
  reference: words(),
  /** Stands for the host where it is not to be named. */
  thisSite: words(),
});

const message = z.strictObject({
  /** One sentence for programs. */
  clause: words('host', 'title', 'number', 'name'),
  noClause: words('host', 'title'),
});

const error = z.strictObject({ heading: words('host'), text: words('host') });

export const pageTexts = z.strictObject({
  ...spoken,
  /** The line that offers someone to talk to. */
  help: words(),
  labels,
  /** The youngest ask a grown-up instead. */
  actions: z.strictObject({ student: actions, staff: actions }),
  message: z.strictObject({ block: message, warn: message }),
  voices: z.strictObject({ young: voice, student: voice, staff: voice }),
  errors: z.strictObject(
    Object.fromEntries(errorPageCodes.map((code) => [code, error])) as Record<ErrorPageCode, typeof error>,
  ),
  /** Below an error that the proxy reports. */
  errorNote: words(),
});

export type PageTexts = z.output<typeof pageTexts>;
export type ActTexts = z.output<typeof actions>;
export type VoiceTexts = z.output<typeof voice>;

/** Page texts by language tag. */
export type Texts = TextsOf<PageTexts>;

/** @throws PageTextsError with all problems of all files */
export const loadTexts = (folder: string): Texts => readTexts(folder, pageTexts);
