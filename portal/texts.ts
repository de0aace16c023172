/** What the portal says: rules/portal/, one file a language. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readTexts, spoken, words } from '../pages/texts.ts';
import type { TextsOf } from '../pages/texts.ts';

const page = z.strictObject({ heading: words(), text: words() });

export const portalTexts = z.strictObject({
  ...spoken,
  help: words(),
  title: words(),
  home: words(),
  skip: words(),
  me: z.strictObject({
    greeting: words('name'),
    heading: words(),
    name: words(),
    login: words(),
    schools: words(),
    noSchool: words(),
    audience: words(),
    everybody: words(),
    signIn: words(),
    byProxy: words(),
    byPortal: words(),
    nobody: page,
  }),
  latest: z.strictObject({ heading: words('host'), text: words('time') }),
  records: z.strictObject({
    heading: words(),
    intro: words('days'),
    whoCanSee: words(),
    whoCanSeeStaff: words(),
    none: words(),
    older: words(),
    blocked: words(),
    warned: words(),
    wouldBe: words(),
    opened: words(),
    more: words('host'),
    times: words('count'),
    deleted: words('date'),
    reference: words(),
    site: words(),
    time: words(),
    clause: words('number', 'name'),
    noClause: words(),
    /** Nobody knows any more what may be said of the rule. */
    earlierRule: words(),
    adopted: words('date'),
    notFound: page,
  }),
  goOn: z.strictObject({
    heading: words(),
    note: words('time'),
    reasons: z.strictObject({ lesson: words(), teacher: words(), fine: words() }),
    done: words('host'),
    doneText: words('time'),
    link: words('host'),
  }),
  review: z.strictObject({
    heading: words(),
    mistake: words(),
    needed: words(),
    text: words(),
    readers: words(),
    /** The same where the record is about staff. */
    readersStaff: words(),
    send: words(),
    mine: words(),
    none: words(),
    sent: words('date'),
    open: words(),
    opened: words(),
    kept: words(),
    answer: words(),
  }),
  aup: z.strictObject({
    heading: words(),
    link: words(),
    intro: words(),
    inForce: words('date'),
    wasInForce: words('from', 'until'),
    /** In place of the introduction: on no print of an earlier version may it be missing. */
    superseded: words(),
    toCurrent: words(),
    adopted: words('date'),
    contents: words(),
    history: words(),
    current: words(),
    child: words(),
    print: words(),
    notFound: page,
  }),
  problems: z.strictObject({
    /** The form was sent before. */
    spent: page,
    expired: page,
    /** Changed, somebody else's, or incomplete. */
    refused: page,
    notFound: page,
    method: page,
    signIn: page,
    limited: page,
    failed: page,
  }),
});

export type PortalTexts = z.output<typeof portalTexts>;

const folder = fileURLToPath(new URL('../rules/portal', import.meta.url));

/** @throws PageTextsError with all problems of all files */
export const loadPortalTexts = (): TextsOf<PortalTexts> => readTexts(folder, portalTexts);
