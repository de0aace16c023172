/**
 * Rules that close what a child may need most, or what the law protects, and say no reason: identity, health, religion, news,
 * learning, help. A district may have one; then it should stand beside the rule.
 */
import type { Policy, Rule } from '../model/policy.ts';
import { parseHostPattern } from '../model/patterns.ts';
import { isWithin } from './covers.ts';
import { findingAt } from './finding.ts';
import type { Check, Path } from './finding.ts';
import { placedRules } from './rules.ts';
import { subjectOfText } from './subjects.ts';
import type { ProtectedSubject } from './subjects.ts';

export const protectedSubjects: Check = (subject) => {
  const { policy, context } = subject;
  const { subjects = [] } = context;
  return placedRules(policy).flatMap(({ rule, path }) => {
    if (rule.action !== 'block' || rule.reason !== undefined) return [];
    const found = touched(policy, rule, subjects);
    if (found === null) return [];
    return [
      findingAt(
        ...([subject, 'protected-subject', 'warning', [...path, ...found.path]] as const),
        `\`${rule.id}\` closes ${found.what}, which is about ${found.subject.title}, and gives no \`reason\``,
        'write the reason beside it, or open it',
        rule.id,
      ),
    ];
  });
};

interface Touched {
  readonly subject: ProtectedSubject;
  readonly what: string;
  readonly path: Path;
}

function touched(policy: Policy, { match }: Rule, subjects: readonly ProtectedSubject[]): Touched | null {
  for (const [i, name] of match.categories.entries()) {
    const subject = subjectOfText(subjects, categoryTexts(policy, name));
    if (subject !== null)
      return { subject, what: `the category \`${name}\``, path: ['match', 'categories', i] };
  }
  for (const [i, text] of match.search.entries()) {
    const subject = subjectOfText(subjects, [text]);
    if (subject !== null) return { subject, what: `searches for \`${text}\``, path: ['match', 'search', i] };
  }
  for (const key of ['hosts', 'urls'] as const)
    for (const [i, text] of match[key].entries()) {
      const read = parseHostPattern(key === 'urls' ? `=${text.replace(/\/.*$/s, '')}` : text);
      const subject = read.ok
        ? subjects.find(({ hosts }) =>
            hosts.some((host) => isWithin(read.value, host) || isWithin(host, read.value)),
          )
        : undefined;
      if (subject !== undefined) return { subject, what: `\`${text}\``, path: ['match', key, i] };
    }
  return null;
}

/** What a category is called: its id, and its title in every language. */
export function categoryTexts({ categories }: Pick<Policy, 'categories'>, name: string): readonly string[] {
  const title = categories[name]?.title;
  return [name, ...(title === undefined ? [] : typeof title === 'string' ? [title] : Object.values(title))];
}
