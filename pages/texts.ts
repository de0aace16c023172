/**
 * What pages say, as data: a folder holds one YAML file a language, and a file there is all that another language needs,
 * right to left too. Words in braces, such as `{host}`, stand for what differs from page to page.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { languageTag } from '../policy/model/text.ts';
import { readYaml } from '../policy/model/yaml-document.ts';
import type { Problem } from '../policy/model/yaml-document.ts';
import { PageTextsError } from './errors.ts';

/** A text in which only the words in braces named here may stand. */
export function words(...holes: readonly string[]) {
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

/** What every file of texts begins with. */
export const spoken = {
  language: languageTag,
  direction: z.enum(['ltr', 'rtl']).default('ltr'),
} as const;

export interface Spoken {
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
}

/** Texts by language tag. */
export type TextsOf<T> = ReadonlyMap<string, T>;

/** Reads every `*.yaml` of `folder`. Throws {@link PageTextsError} with all problems of all files. */
export function readTexts<T extends Spoken>(folder: string, schema: z.ZodType<T>): TextsOf<T> {
  const texts = new Map<string, T>();
  const problems: Problem[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.yaml')) continue;
    const file = join(folder, name);
    const read = readYaml(readFileSync(file, 'utf8'), file, schema);
    if (!read.ok) problems.push(...read.problems);
    else if (read.value.language !== basename(name, '.yaml')) {
      const wrong = `\`${read.value.language}\` is not the language that the file is named after`;
      problems.push(read.positions.problem('bad-value', ['language'], wrong, 'rename the one or the other'));
    } else texts.set(read.value.language, Object.freeze(read.value));
  }
  if (problems.length > 0) throw new PageTextsError(problems);
  return texts;
}

/** The texts of a language that is offered. @throws PageTextsError where there are none */
export function textsFor<T>(texts: TextsOf<T>, language: string): T {
  const found = texts.get(language);
  if (found !== undefined) return found;
  const known = [...texts.keys()].map((tag) => `\`${tag}\``).join(', ');
  const message = `\`pages.languages\` names \`${language}\`, for which there are no page texts (there are: ${known})`;
  throw new PageTextsError([], message);
}
