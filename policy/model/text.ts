import { z } from 'zod';

/** BCP 47 language tag, such as `en`, `es` or `ar`. */
export const languageTag = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a BCP 47 language tag such as `en` or `es`');

/** Text for people: one string for every language, or one per language tag. */
export const localizedText = z.union([z.string().min(1), z.record(languageTag, z.string().min(1))]);
export type LocalizedText = z.infer<typeof localizedText>;

/** The text in the first of `languages` that it has, else in English, else in any. */
export function textIn(text: LocalizedText, languages: readonly string[]): string {
  if (typeof text === 'string') return text;
  for (const language of [...languages, 'en']) {
    const found = text[language];
    if (found !== undefined) return found;
  }
  return Object.values(text)[0] ?? '';
}
