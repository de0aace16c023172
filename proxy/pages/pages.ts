/** All pages of the proxy, prepared once at start: what the exchange calls. */
import { fileURLToPath } from 'node:url';
import { blockPages } from './block-page.ts';
import type { BlockPage, BlockPageInput } from './block-page.ts';
import { districtWords } from '../../pages/district.ts';
import { PageTextsError } from '../../pages/errors.ts';
import { errorPages } from './error-page.ts';
import type { ErrorPage, ErrorPageInput } from './error-page.ts';
import type { Page } from '../../pages/layout.ts';
import { negotiate } from '../../pages/negotiate.ts';
import type { Negotiated, NegotiationHeaders } from '../../pages/negotiate.ts';
import type { PagesOptions } from '../../pages/options.ts';
import { textsFor } from '../../pages/texts.ts';
import { loadTexts } from './texts.ts';
import type { Texts } from './texts.ts';

export interface Pages {
  /** Language tags, the default first. */
  readonly offered: readonly string[];
  negotiate(headers: NegotiationHeaders): Negotiated;
  blockPage(input: BlockPageInput): Page;
  errorPage(input: ErrorPageInput): Page;
}

/** What pages say of the rest of Hallpass: days that a record is kept, and where the portal is. */
export interface PageFacts {
  readonly retentionDays: number;
  /** Origin of the portal, such as `http://hallpass`. */
  readonly portal: string;
}

const shippedTexts = fileURLToPath(new URL('../../rules/pages', import.meta.url));

/**
 * Reads the texts and prepares every page in every language offered. Throws {@link PageTextsError} where a text cannot
 * be used or a language has none. The result is frozen and holds nothing of any request.
 */
export function createPages(
  options: PagesOptions,
  facts: PageFacts,
  texts: Texts = loadTexts(options.folder ?? shippedTexts),
): Pages {
  const byLanguage = new Map<string, { readonly block: BlockPage; readonly error: ErrorPage }>();
  for (const language of options.languages) {
    const spoken = textsFor(texts, language);
    const district = districtWords(options, spoken, facts.retentionDays);
    byLanguage.set(language, {
      block: blockPages(spoken, district, facts.portal),
      error: errorPages(spoken, district),
    });
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
