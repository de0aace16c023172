/**
 * Subjects that a school closes for no light reason (rules/protected-subjects.yaml): each with the words by which categories
 * and searches are known to be about it, and a few of its sites.
 */
import { z } from 'zod';
import type { Problem } from '../errors.ts';
import { parseHostPattern } from '../model/patterns.ts';
import type { HostPattern } from '../model/patterns.ts';
import { readYaml } from '../model/yaml-document.ts';
import { wordsOf } from '../words.ts';

const host = z.string().refine((text) => parseHostPattern(text).ok, 'a host such as `=www.example.org`');
const table = z.strictObject({
  subjects: z.array(
    z.strictObject({
      id: z.string().regex(/^[a-z0-9-]+$/),
      title: z.string().min(1),
      /** One or several words, all of which must be there. */
      words: z.array(z.string().min(1)).default([]),
      hosts: z.array(host).default([]),
    }),
  ),
});

export interface ProtectedSubject {
  readonly id: string;
  /** As in a sentence: `health`. */
  readonly title: string;
  readonly words: readonly (readonly string[])[];
  readonly hosts: readonly HostPattern[];
}

export type SubjectsResult =
  | { readonly ok: true; readonly subjects: readonly ProtectedSubject[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function readSubjects(text: string, file: string): SubjectsResult {
  const read = readYaml(text, file, table);
  if (!read.ok) return read;
  const subjects = read.value.subjects.map(({ id, title, words, hosts }) => ({
    ...{ id, title },
    words: words.map(wordsOf),
    hosts: hosts.flatMap((each) => {
      const parsed = parseHostPattern(each);
      return parsed.ok ? [parsed.value] : [];
    }),
  }));
  return { ok: true, subjects };
}

/** The first subject that a text is about by its words. */
export function subjectOfText(
  subjects: readonly ProtectedSubject[],
  texts: readonly string[],
): ProtectedSubject | null {
  const words = new Set(texts.flatMap(wordsOf));
  return (
    subjects.find((subject) => subject.words.some((set) => set.every((each) => words.has(each)))) ?? null
  );
}

/** The first subject that a host, in canonical form, belongs to. */
export function subjectOfHost(subjects: readonly ProtectedSubject[], name: string): ProtectedSubject | null {
  return subjects.find(({ hosts }) => hosts.some((pattern) => reaches(pattern, name))) ?? null;
}

function reaches({ host, reach }: HostPattern, name: string): boolean {
  if (reach === 'exact') return name === host;
  return (reach === 'subtree' && name === host) || name.endsWith(`.${host}`);
}
