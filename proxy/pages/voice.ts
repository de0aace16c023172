/** The block page in one voice of one language: its sections as templates, put together per answer. */
import type { Audience } from '../../policy/model/policy.ts';
import { nap, pass } from './art.ts';
import { escapeHtml } from './html.ts';
import { closing, opening } from './layout.ts';
import { fill, prepare } from './template.ts';
import type { Template, Values } from './template.ts';
import type { PageTexts, VoiceTexts } from './texts.ts';

/** What the district says itself, in the language of the page; plain text. */
export interface DistrictWords {
  readonly name: string;
  readonly help: string;
  /** Null where the page texts speak for the district. */
  readonly whoCanSee: string | null;
  readonly review: string | null;
  /** `90 days`. */
  readonly retention: string;
}

/** Which sections a page has. */
export interface Occasion {
  readonly action: 'block' | 'warn';
  readonly id: string | null;
  readonly audienceTitle: unknown;
  readonly clause: unknown;
  readonly noClause: unknown;
  readonly signedIn: boolean;
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
}

export function prepareVoice(texts: PageTexts, name: Voice, district: DistrictWords): VoiceTemplates {
  const sections = prepareSections(texts, name, district);
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
      // For the youngest the code comes first, and what is below it may be left unread.
      const columns = young
        ? ticket(reference + facts) + stack(clause + next)
        : stack(clause + next) + ticket(facts + reference);
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

function prepareSections(texts: PageTexts, name: Voice, district: DistrictWords): Sections {
  const voice = texts.voices[name];
  const constant: Values = {
    district: escapeHtml(district.name),
    help: escapeHtml(district.help),
    whoCanSee: escapeHtml(district.whoCanSee ?? voice.whoCanSee),
    review: escapeHtml(district.review ?? voice.review),
    days: escapeHtml(district.retention),
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
