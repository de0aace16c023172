/** What a district says on its pages in its own words, in the language of a page. */
import { textIn } from '../policy/model/text.ts';
import type { LocalizedText } from '../policy/model/text.ts';
import { dayCount } from './dates.ts';
import type { PagesOptions } from './options.ts';

/** Plain text. */
export interface DistrictWords {
  readonly name: string;
  readonly help: string;
  /** Null where the page texts speak for the district. */
  readonly whoCanSee: string | null;
  readonly review: string | null;
  /** `90 days`. */
  readonly retention: string;
}

/** @param usual the language, and the line of help of its texts, which stands where the district has none of its own */
export function districtWords(
  options: PagesOptions,
  { language, help }: { readonly language: string; readonly help: string },
  retentionDays: number,
): DistrictWords {
  const say = (words: LocalizedText): string =>
    textIn(words, [language, language.split('-', 1)[0] ?? language]);
  return Object.freeze({
    name: say(options.district),
    help: options.help === undefined ? help : say(options.help),
    whoCanSee: options.whoCanSee === undefined ? null : say(options.whoCanSee),
    review: options.review === undefined ? null : say(options.review),
    retention: dayCount(retentionDays, language),
  });
}
