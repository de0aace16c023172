/** All pages of the proxy, prepared once at start: what the exchange calls. */
import { fileURLToPath } from 'node:url';
import { textIn } from '../../policy/model/text.ts';
import type { LocalizedText } from '../../policy/model/text.ts';
import { blockPages } from './block-page.ts';
import type { BlockPage, BlockPageInput } from './block-page.ts';
import { dayCount } from './dates.ts';
import { errorPages } from './error-page.ts';
import type { ErrorPage, ErrorPageInput } from './error-page.ts';
import { PageTextsError } from './errors.ts';
import type { Page } from './layout.ts';
import { negotiate } from './negotiate.ts';
import type { Negotiated, NegotiationHeaders } from './negotiate.ts';
import type { PagesOptions } from './options.ts';
import { loadTexts } from './texts.ts';
import type { PageTexts, Texts } from './texts.ts';
import type { DistrictWords } from './voice.ts';

export interface Pages {
  /** Language tags, the default first. */
  readonly offered: readonly string[];
  negotiate(headers: NegotiationHeaders): Negotiated;
  blockPage(input: BlockPageInput): Page;
  errorPage(input: ErrorPageInput): Page;
}

/** Days that a record of a block is kept, from the options of the store. */
export interface Retention {
  readonly retentionDays: number;
}

const shippedTexts = fileURLToPath(new URL('../../rules/pages', import.meta.url));

/**
 * Reads the texts and prepares every page in every language offered. Throws {@link PageTextsError} where a text cannot
 * be used or a language has none. The result is frozen and holds nothing of any request.
 */
export function createPages(
  options: PagesOptions,
  retention: Retention,
  texts: Texts = loadTexts(options.folder ?? shippedTexts),
): Pages {
  const byLanguage = new Map<string, { readonly block: BlockPage; readonly error: ErrorPage }>();
  for (const language of options.languages) {
    const spoken = texts.get(language);
    if (spoken === undefined) throw missing(language, texts);
    const district = districtWords(options, spoken, retention);
    byLanguage.set(language, { block: blockPages(spoken, district), error: errorPages(spoken, district) });
  }
  const offered = Object.freeze([...byLanguage.keys()]);
  const spoken = (language: string) => {
    const pages = byLanguage.get(language) ?? byLanguage.get(offered[0] ?? '');
    if (pages === undefined) throw new PageTextsError([], 'no language is offered in `pages.languages`');
    return pages;
  };
  return Object.freeze({
    offered,
    negotiate: (headers: NegotiationHeaders) => negotiate(headers, offered),
    blockPage: (input: BlockPageInput) => spoken(input.language).block(input),
    errorPage: (input: ErrorPageInput) => spoken(input.language).error(input),
  });
}

function missing(language: string, texts: Texts): PageTextsError {
  const known = [...texts.keys()].map((tag) => `\`${tag}\``).join(', ');
  const message = `\`pages.languages\` names \`${language}\`, for which there are no page texts (there are: ${known})`;
  return new PageTextsError([], message);
}

function districtWords(options: PagesOptions, texts: PageTexts, { retentionDays }: Retention): DistrictWords {
  const { language } = texts;
  const say = (words: LocalizedText): string =>
    textIn(words, [language, language.split('-', 1)[0] ?? language]);
  return Object.freeze({
    name: say(options.district),
    help: options.help === undefined ? texts.help : say(options.help),
    whoCanSee: options.whoCanSee === undefined ? null : say(options.whoCanSee),
    review: options.review === undefined ? null : say(options.review),
    retention: dayCount(retentionDays, language),
  });
}
