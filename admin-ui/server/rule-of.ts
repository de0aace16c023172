/** What a rule is called and does, by the id that a record has: a rule of the policy, or one that stands in none. */
import { closedNow } from '../../policy/emergency.ts';
import type { Policy } from '../../policy/model/policy.ts';
import { textIn } from '../../policy/model/text.ts';
import {
  defaultSentence,
  exemptSentence,
  ruleSentence,
  uncategorisedSentence,
} from '../../policy/sentences.ts';

export interface RuleWords {
  readonly title: string;
  /** What people read; null where nobody can tell any more. */
  readonly publicTitle: string | null;
  readonly sentence: string;
}

/** @param policy null where it cannot be read any more */
export const ruleOf = (policy: Policy | null, id: string): RuleWords =>
  beside(id) ?? (policy === null ? null : within(policy, id)) ?? unknown(policy, id);

function unknown(policy: Policy | null, id: string): RuleWords {
  return policy === null
    ? {
        ...{ title: id, publicTitle: null },
        sentence:
          'The policy of that time cannot be read any more, so nobody can say here what the rule does.',
      }
    : {
        ...{ title: `${id} (not in this policy)`, publicTitle: null },
        sentence: `This policy has no rule \`${id}\`: another version had it.`,
      };
}

/** What somebody in charge puts beside a policy. The texts are those of policy/compile/overlay.ts and image.ts. */
function beside(id: string): RuleWords | null {
  switch (id) {
    case closedNow:
      return {
        ...{ title: 'Closed now', publicTitle: 'Closed for now' },
        sentence: 'Somebody in charge closed this site for everybody, for now.',
      };
    case 'override':
      return {
        ...{ title: 'Opened for a while', publicTitle: 'Opened for a while' },
        sentence: 'Somebody in charge opened this place for a person or a group, for a while.',
      };
    default:
      return null;
  }
}

function within(policy: Policy, id: string): RuleWords | null {
  const english = (text: Parameters<typeof textIn>[0]): string => textIn(text, ['en']);
  const rule = [...policy.illegal, ...policy.locked, ...policy.rules].find((each) => each.id === id);
  if (rule !== undefined)
    return {
      ...{ title: rule.title, publicTitle: english(rule.publicTitle), sentence: ruleSentence(policy, rule) },
    };
  const { uncategorised, publicTitle } = policy.default;
  switch (id) {
    case 'default':
      return {
        ...{ title: 'Everything else', publicTitle: english(publicTitle), sentence: defaultSentence(policy) },
      };
    case 'uncategorised':
      return uncategorised === undefined
        ? null
        : {
            ...{ title: 'Sites that no list knows', publicTitle: english(uncategorised.publicTitle) },
            sentence: uncategorisedSentence(uncategorised),
          };
    case 'crisis':
    case 'testing': {
      const title = id === 'crisis' ? 'Help in a crisis' : 'Tests and applications';
      return { title, publicTitle: title, sentence: exemptSentence(policy, id) };
    }
    default:
      return null;
  }
}
