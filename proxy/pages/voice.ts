/** The block page in one voice of one language: its sections as templates, put together per answer. */
import type { DistrictWords } from '../../pages/district.ts';
import type { Audience } from '../../policy/model/policy.ts';
import { nap, pass } from './art.ts';
import { escapeHtml } from '../../pages/html.ts';
import { closing, opening } from '../../pages/layout.ts';
import { fill, prepare } from './template.ts';
import type { Template, Values } from './template.ts';
import type { ActTexts, PageTexts, VoiceTexts } from './texts.ts';

/** Which sections a page has. */
export interface Occasion {
  readonly action: 'block' | 'warn';
  readonly id: string | null;
  readonly audienceTitle: unknown;
  readonly clause: unknown;
  readonly noClause: unknown;
  readonly signedIn: boolean;
  readonly acts: { readonly continue: number | null } | null;
  readonly framed: boolean;
}

export interface VoiceTemplates {
  /** `values`: already escaped. */
  render(occasion: Occasion, values: Values): string;
  readonly savedUnknown: string;
}

/** The voice of an audience. */
export type Voice = Audience['voice'];

interface Sections {
  readonly block: Template;
  readonly warn: Template;
  readonly clause: Template;
  readonly noClause: Template;
  readonly savedSignedIn: Template;
  readonly savedSignedOut: Template;
  readonly savedUnknown: Template;
  readonly next: Template;
  readonly facts: Template;
  readonly factsWithAudience: Template;
  readonly reference: Template;
  readonly closing: Template;
  readonly goOn: Template;
  readonly ask: Template;
  readonly goOnElsewhere: Template;
  readonly askElsewhere: Template;
}

export function prepareVoice(
  texts: PageTexts,
  name: Voice,
  district: DistrictWords,
  portal: string,
): VoiceTemplates {
  const sections = prepareSections(texts, name, district, portal);
  const young = name === 'young';
  return {
    savedUnknown: texts.voices[name].savedUnknown,
    render(occasion, values) {
      const part = (section: keyof Sections): string => fill(sections[section], values);
      const clause =
        occasion.clause !== null ? part('clause') : occasion.noClause !== null ? part('noClause') : '';
      const facts = part(occasion.audienceTitle === null ? 'facts' : 'factsWithAudience');
      const reference = occasion.id === null ? '' : part('reference');
      const saved = part(savedSection(occasion));
      const next = part('next');
      const { acts, framed } = occasion;
      const goOn = acts === null || acts.continue === null ? '' : part(framed ? 'goOnElsewhere' : 'goOn');
      const ask = acts === null ? '' : part(framed ? 'askElsewhere' : 'ask');
      // For the youngest the code comes first, and what is below it may be left unread.
      const columns = young
        ? ticket(reference + facts) + stack(clause + next)
        : stack(goOn + clause + next + ask) + ticket(facts + reference);
      return `${part(occasion.action)}<div class="columns">${columns}</div>${saved}${part('closing')}`;
    },
  };
}

const stack = (cards: string): string => `<div class="stack">${cards}</div>`;
const ticket = (rows: string): string => `<div class="ticket">${rows}</div>`;

function savedSection(occasion: Occasion): 'savedSignedIn' | 'savedSignedOut' | 'savedUnknown' {
  if (occasion.id === null) return 'savedUnknown';
  return occasion.signedIn ? 'savedSignedIn' : 'savedSignedOut';
}

function prepareSections(texts: PageTexts, name: Voice, district: DistrictWords, portal: string): Sections {
  const voice = texts.voices[name];
  // A child asks a grown-up instead: no page for the youngest has them.
  const acts = texts.actions[name === 'young' ? 'student' : name];
  const constant: Values = {
    district: escapeHtml(district.name),
    help: escapeHtml(district.help),
    // Who sees records of staff is no choice of the district's words: see admin-ui/api/rights.ts.
    whoCanSee: escapeHtml((name === 'staff' ? null : district.whoCanSee) ?? voice.whoCanSee),
    review: escapeHtml(district.review ?? voice.review),
    days: escapeHtml(district.retention),
    portal: escapeHtml(portal),
  };
  const of = (source: string): Template => prepareWith(source, constant);
  const head = (action: 'block' | 'warn'): Template =>
    of(opening(texts, name, voice[action].heading, ' data-record="{id}"') + hero(name, voice[action]));
  return {
    block: head('block'),
    warn: head('warn'),
    clause: of(clauseSection(texts, name)),
    noClause: of(card('', voice.noClause, '{reason}')),
    savedSignedIn: of(savedCard(voice, voice.savedSignedIn)),
    savedSignedOut: of(savedCard(voice, voice.savedSignedOut)),
    savedUnknown: of(card(' saved', voice.saved, `<p>${escapeHtml(voice.savedUnknown)}</p>`)),
    next: of(card('', voice.next, '<p>{review}</p>')),
    facts: of(factsSection(texts, name, false)),
    factsWithAudience: of(factsSection(texts, name, true)),
    reference: of(referenceSection(voice, name)),
    closing: of(closing()),
    goOn: of(goOnForm(acts)),
    ask: of(askForm(acts)),
    goOnElsewhere: of(elsewhere(acts.continue.heading)),
    askElsewhere: of(elsewhere(acts.review.heading)),
  };
}

/**
 * A template in which what never differs is filled in already. The words of a district may hold braces: they become
 * character references, so that they are never read as holes.
 */
function prepareWith(source: string, constant: Values): Template {
  const filled = source.replace(/\{([A-Za-z]+)\}/g, (whole, name: string) => {
    return constant[name]?.replaceAll('{', '&#123;') ?? whole;
  });
  return prepare(filled);
}

function hero(name: Voice, action: VoiceTexts['block']): string {
  const words = `<div><h1>${escapeHtml(action.heading)}</h1><p class="lead">${escapeHtml(action.lead)}</p></div>`;
  return `<div class="hero">${words}${name === 'young' ? nap : name === 'student' ? pass : ''}</div>`;
}

function card(kind: string, heading: string, body: string): string {
  return `<section class="card${kind}"><h2>${escapeHtml(heading)}</h2>${body}</section>`;
}

function savedCard(voice: VoiceTexts, what: string): string {
  const after = `{whoCanSee} ${escapeHtml(voice.kept)}`;
  return card(' saved', voice.saved, `<p>${escapeHtml(what)}</p><p>${after}</p>`);
}

const token = '<input type="hidden" name="token" value="{token}">';

/** The reasons are the buttons: one press says why, and goes on. */
function goOnForm({ continue: texts }: ActTexts): string {
  const buttons = Object.entries(texts.reasons).map(
    ([reason, says]) => `<button name="reason" value="${reason}">${escapeHtml(says)}</button>`,
  );
  const note = escapeHtml(texts.note).replace('{time}', '{span}');
  const form = `<form method="post" action="{portal}/continue">${token}<div class="choices">${buttons.join('')}</div></form>`;
  return card(' act', texts.heading, `<p>${note}</p>${form}`);
}

function askForm({ review: texts, portal }: ActTexts): string {
  const kind = (value: string, says: string): string =>
    `<label class="choice"><input type="radio" name="kind" value="${value}" required> ${escapeHtml(says)}</label>`;
  const address = escapeHtml(portal).replace('{portal}', '<a href="{portal}/">{portal}/</a>');
  return (
    `<details class="card act"><summary>${escapeHtml(texts.heading)}</summary>` +
    `<form method="post" action="{portal}/reviews">${token}` +
    `<div class="kinds">${kind('mistake', texts.mistake)}${kind('needed', texts.needed)}</div>` +
    `<label class="words">${escapeHtml(texts.text)}<textarea name="text" rows="3" maxlength="500"></textarea></label>` +
    `<p class="note">${escapeHtml(texts.readers)}</p><button>${escapeHtml(texts.send)}</button></form>` +
    `<p class="note">${address}</p></details>`
  );
}

/** The record has its forms at the portal, which nobody frames. */
function elsewhere(heading: string): string {
  const link = `<a href="{portal}/records/{id}" target="_top" rel="noopener">${escapeHtml(heading)}</a>`;
  return `<section class="card act"><h2>${link}</h2></section>`;
}

function clauseSection(texts: PageTexts, name: Voice): string {
  const label = escapeHtml(texts.voices[name].clause);
  const young = name === 'young';
  const heading = young ? label : `<span class="eyebrow">${label}</span> {name}`;
  const adopted = young ? '' : `<p class="note">${escapeHtml(texts.labels.adopted)}</p>`;
  return (
    `<section class="card clause"><h2>${heading}</h2>` +
    `<blockquote lang="{clauseLanguage}" dir="auto">{clauseText}</blockquote>${adopted}</section>`
  );
}

function factsSection({ labels }: PageTexts, name: Voice, audience: boolean): string {
  const row = (label: string, value: string): string => `<dt>${escapeHtml(label)}</dt><dd>${value}</dd>`;
  const rows = [row(labels.site, '{host}')];
  if (name !== 'young' && audience) rows.push(row(labels.audience, '{audience}'));
  rows.push(row(labels.time, '{time}'));
  if (name === 'staff') rows.push(row(labels.rule, '{rule}'), row(labels.policyVersion, '{policyVersion}'));
  return `<dl>${rows.join('')}</dl>`;
}

function referenceSection(voice: VoiceTexts, name: Voice): string {
  const use = `<p class="note">${escapeHtml(voice.referenceUse)}</p>`;
  const code = `<p class="code"><bdi dir="ltr">{${name === 'young' ? 'code' : 'id'}}</bdi></p>`;
  return `<div class="stub"><h2>${escapeHtml(voice.reference)}</h2>${code}${use}</div>`;
}
