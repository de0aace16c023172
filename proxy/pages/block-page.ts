/**
 * The answer to a request that a rule closes: a page in three voices, JSON, a line of text, or nothing but the status.
 * The caller passes what may be shown: for a sensitive category that is the rule's public title, id and clause.
 */
import { textIn } from '../../policy/model/text.ts';
import type { LocalizedText } from '../../policy/model/text.ts';
import { moment, day, span } from '../../pages/dates.ts';
import { escapeHtml, isolated, paragraphs, printable } from '../../pages/html.ts';
import { emptyBody, headersByForm } from '../../pages/layout.ts';
import type { Page } from '../../pages/layout.ts';
import type { Form } from '../../pages/negotiate.ts';
import { fill, prepare } from './template.ts';
import type { Template, Values } from './template.ts';
import type { PageTexts } from './texts.ts';
import { prepareVoice } from './voice.ts';
import type { DistrictWords } from '../../pages/district.ts';
import type { Voice, VoiceTemplates } from './voice.ts';

/** The clause as it may be shown. */
export interface PageClause {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  /** Plain text, paragraphs parted by an empty line. */
  readonly text: string;
  /** The clause in a child's words. */
  readonly child: string | null;
  /** ISO date of adoption. */
  readonly adopted: string;
  /** BCP 47 tag of the language that `text` is in, where that is not the page's. */
  readonly language?: string;
}

export interface BlockPageInput {
  readonly form: Form;
  /** One that {@link negotiate} gave. */
  readonly language: string;
  readonly voice: Voice;
  readonly action: 'block' | 'warn';
  /** Of the record that is on disk; null while the store cannot be reached, and then no reference is shown. */
  readonly id: string | null;
  readonly host: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** IANA time zone of the policy. */
  readonly timeZone: string;
  readonly audienceTitle: LocalizedText | null;
  readonly publicTitle: LocalizedText;
  readonly ruleId: string;
  readonly clause: PageClause | null;
  /** Why the rule names no clause; null where that is not for the public. */
  readonly noClause: string | null;
  readonly policyVersion: string;
  /** Whether the record names a person: the page says what was saved. */
  readonly signedIn: boolean;
  /** What the reader can do there; null where nobody is signed in, there is no record, or a child reads. */
  readonly acts: PageActs | null;
  /** Whether another page may show it within itself: then links lead to the forms, which are at the portal. */
  readonly framed: boolean;
}

/** What the forms of a page need, which go to the portal. */
export interface PageActs {
  /** Sealed: see policy/form-token.ts. */
  readonly token: string;
  /** Milliseconds for which going on past a warn holds; null where nobody can go on. */
  readonly continue: number | null;
}

export type BlockPage = (input: BlockPageInput) => Page;

/** Prepares the block pages of one language. @param portal its origin, to which forms go */
export function blockPages(texts: PageTexts, district: DistrictWords, portal: string): BlockPage {
  const plainHeaders = headersByForm(texts.language);
  const headersWithForms = headersByForm(texts.language, portal);
  const voices = {
    young: prepareVoice(texts, 'young', district, portal),
    student: prepareVoice(texts, 'student', district, portal),
    staff: prepareVoice(texts, 'staff', district, portal),
  };
  const plain = prepareMessages(texts);
  const ways = prepareWays(texts, district, portal);
  return (input) => {
    const headers = input.acts === null || input.framed ? plainHeaders : headersWithForms;
    const page = { status: 403, headers: headers[input.form] };
    switch (input.form) {
      case 'html':
        return { ...page, body: Buffer.from(html(voices[input.voice], input)) };
      case 'json':
        return { ...page, body: Buffer.from(json(plain, input)) };
      case 'text':
        return {
          ...page,
          body: Buffer.from(text(plain, voices[input.voice], texts, [...ways(input), district.help], input)),
        };
      case 'empty':
        return { ...page, body: emptyBody };
    }
  };
}

/** The last eight digits of a record's id in two groups: short enough to read out, and staff can look it up. */
export function shortCode(id: string): string {
  const tail = id.replaceAll('-', '').slice(-8).toUpperCase();
  return `${tail.slice(0, 4)}-${tail.slice(4)}`;
}

function html(voice: VoiceTemplates, input: BlockPageInput): string {
  const { clause, language } = input;
  const values: Record<string, string> = {
    host: isolated(input.host),
    title: isolated(inLanguage(input.publicTitle, language)),
    time: isolated(moment(input.at, language, input.timeZone)),
    rule: escapeHtml(input.ruleId),
    policyVersion: escapeHtml(input.policyVersion),
  };
  if (input.audienceTitle !== null) values['audience'] = isolated(inLanguage(input.audienceTitle, language));
  if (input.noClause !== null) values['reason'] = paragraphs(input.noClause);
  if (input.id !== null) {
    values['id'] = escapeHtml(input.id);
    values['code'] = escapeHtml(shortCode(input.id));
  }
  if (input.acts !== null) {
    values['token'] = escapeHtml(input.acts.token);
    if (input.acts.continue !== null) values['span'] = escapeHtml(span(input.acts.continue, language));
  }
  if (clause !== null) {
    const shown = input.voice === 'young' ? (clause.child ?? clause.text) : clause.text;
    values['number'] = escapeHtml(clause.number);
    values['name'] = isolated(clause.title);
    values['clauseText'] = paragraphs(shown);
    values['clauseLanguage'] = escapeHtml(clause.language ?? language);
    values['date'] = isolated(day(clause.adopted, language));
  }
  return voice.render(input, values);
}

interface Messages {
  readonly block: { readonly clause: Template; readonly noClause: Template };
  readonly warn: { readonly clause: Template; readonly noClause: Template };
  readonly adopted: Template;
}

function prepareMessages({ message, labels }: PageTexts): Messages {
  const both = (of: PageTexts['message']['block']) => ({
    clause: prepare(of.clause),
    noClause: prepare(of.noClause),
  });
  return { block: both(message.block), warn: both(message.warn), adopted: prepare(labels.adopted) };
}

function messageOf(messages: Messages, input: BlockPageInput): string {
  const values: Record<string, string> = {
    host: printable(input.host),
    title: printable(inLanguage(input.publicTitle, input.language)),
  };
  const { clause } = input;
  if (clause === null) return fill(messages[input.action].noClause, values);
  values['number'] = printable(clause.number);
  values['name'] = printable(clause.title);
  return fill(messages[input.action].clause, values);
}

function json(messages: Messages, input: BlockPageInput): string {
  return JSON.stringify({
    id: input.id,
    action: input.action,
    rule: input.ruleId,
    clause: input.clause?.id ?? null,
    clauseText: input.clause?.text ?? null,
    policyVersion: input.policyVersion,
    message: messageOf(messages, input),
  });
}

function text(
  messages: Messages,
  voice: VoiceTemplates,
  texts: PageTexts,
  last: readonly string[],
  input: BlockPageInput,
): string {
  const { clause } = input;
  const lines = [messageOf(messages, input)];
  if (clause !== null) {
    const values: Values = { date: printable(day(clause.adopted, input.language)) };
    const shown = input.voice === 'young' ? (clause.child ?? clause.text) : clause.text;
    lines.push(printable(shown), `${fill(messages.adopted, values)}.`);
  }
  if (input.id === null) lines.push(voice.savedUnknown);
  else lines.push(`${texts.labels.reference}: ${printable(input.id)}`);
  lines.push(...last);
  return `${lines.join('\n')}\n`;
}

/** Where a reader of plain text goes from there: a child to a grown-up, everybody else to the portal. */
function prepareWays(
  { actions, voices }: PageTexts,
  district: DistrictWords,
  portal: string,
): (input: BlockPageInput) => readonly string[] {
  const prepared = (of: PageTexts['actions']['staff']) => ({
    goOn: prepare(of.continue.elsewhere),
    home: fill(prepare(of.portal), { portal: `${portal}/` }),
  });
  const ways = { student: prepared(actions.student), staff: prepared(actions.staff) };
  const ask = district.review ?? voices.young.review;
  return ({ voice, acts, id }) => {
    if (voice === 'young') return [ask];
    const { goOn, home } = ways[voice];
    if (id === null || acts === null || acts.continue === null) return [home];
    return [fill(goOn, { address: `${portal}/records/${printable(id)}` }), home];
  };
}

/** Titles stand within sentences, so a full stop of their own goes. */
function inLanguage(localized: LocalizedText, language: string): string {
  const text = textIn(localized, [language, language.split('-', 1)[0] ?? language]);
  return text.endsWith('.') ? text.slice(0, -1) : text;
}
