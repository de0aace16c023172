/**
 * What the pages say, as data: one YAML file a language under rules/pages/. A file there is all that another language
 * needs, right to left too. Words in braces, such as `{host}`, stand for what differs from page to page.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { languageTag } from '../../policy/model/text.ts';
import { readYaml } from '../../policy/model/yaml-document.ts';
import type { Problem } from '../../policy/model/yaml-document.ts';
import { errorPageCodes, PageTextsError } from './errors.ts';
import type { ErrorPageCode } from './errors.ts';

/** A text in which only the words in braces named here may stand. */
function words(...holes: readonly string[]) {
  return z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .superRefine((text, context) => {
      for (const [whole, name = ''] of text.matchAll(/\{([^{}]*)\}/g)) {
        if (holes.includes(name)) continue;
        const may = holes.length === 0 ? 'none may stand here' : holes.map((hole) => `{${hole}}`).join(', ');
        context.addIssue({ code: 'custom', message: `\`${whole}\` is not known here (${may})` });
      }
    });
}

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
  language: languageTag,
  direction: z.enum(['ltr', 'rtl']).default('ltr'),
  /** The line that offers someone to talk to. */
  help: words(),
  labels,
  message: z.strictObject({ block: message, warn: message }),
  voices: z.strictObject({ young: voice, student: voice, staff: voice }),
  errors: z.strictObject(
    Object.fromEntries(errorPageCodes.map((code) => [code, error])) as Record<ErrorPageCode, typeof error>,
  ),
  /** Below an error that the proxy reports. */
  errorNote: words(),
});

export type PageTexts = z.output<typeof pageTexts>;
export type VoiceTexts = z.output<typeof voice>;

/** Page texts by language tag. */
export type Texts = ReadonlyMap<string, PageTexts>;

/** Reads every `*.yaml` of `folder`. Throws {@link PageTextsError} with all problems of all files. */
export function loadTexts(folder: string): Texts {
  const texts = new Map<string, PageTexts>();
  const problems: Problem[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.yaml')) continue;
    const file = join(folder, name);
    const read = readYaml(readFileSync(file, 'utf8'), file, pageTexts);
    if (!read.ok) problems.push(...read.problems);
    else if (read.value.language !== basename(name, '.yaml')) {
      const wrong = `\`${read.value.language}\` is not the language that the file is named after`;
      problems.push(read.positions.problem('bad-value', ['language'], wrong, 'rename the one or the other'));
    } else texts.set(read.value.language, Object.freeze(read.value));
  }
  if (problems.length > 0) throw new PageTextsError(problems);
  return texts;
}
