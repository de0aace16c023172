import { z } from 'zod';
import { languageTag, localizedText } from '../policy/model/text.ts';

const words = localizedText.optional();

/** What a district says on its pages in its own words. Whatever is left out is said by the page texts. */
export const options = z.strictObject({
  district: localizedText
    .default({ en: 'Our school district', es: 'Nuestro distrito escolar' })
    .describe('Name of the district, shown on every page'),
  languages: z
    .array(languageTag)
    .min(1)
    .max(32)
    .default(['en', 'es'])
    .describe('Languages of the pages, the default first; each needs a file of page texts'),
  folder: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of page texts, one file a language; the shipped rules/pages when absent'),
  help: words.describe('The line on every page that offers someone to talk to; 988 when absent'),
  whoCanSee: words.describe(
    'A sentence on who can see what was saved about students; from the page texts when absent',
  ),
  review: words.describe('What to do where a page should be open; from the page texts when absent'),
});

export type PagesOptions = z.output<typeof options>;
