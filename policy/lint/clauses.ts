/** Whether the written policy and the rules say the same: clauses that nothing enforces, rules that stand on no clause. */
import type { Clause } from '../model/aup.ts';
import type { Policy } from '../model/policy.ts';
import { findingAt } from './finding.ts';
import type { Check } from './finding.ts';
import { placedRules } from './rules.ts';

/** Ids of the clauses that a rule or the default enforces, or that pages show in the place of one. */
export function citedClauses(policy: Policy): ReadonlySet<string> {
  const { uncategorised, ...fallback } = policy.default;
  const rules = placedRules(policy).flatMap(({ rule }) => [rule.clause, rule.publicClause]);
  return new Set([...rules, fallback.clause, uncategorised?.clause].filter((id) => id !== undefined));
}

/** Clauses that no rule enforces; a heading over clauses of which one is enforced is enforced with it. */
export function unenforced(policy: Policy, clauses: readonly Clause[]): readonly Clause[] {
  const cited = citedClauses(policy);
  const enforced = clauses.filter(({ id }) => cited.has(id));
  return clauses.filter(
    ({ id, number }) => !cited.has(id) && !enforced.some((each) => each.number.startsWith(`${number}.`)),
  );
}

export const clauses: Check = ({ policy, aup, clauses: places }) => {
  if (aup === null) return [];
  return unenforced(policy, aup.texts[0].clauses).map(({ id, number, title }) => ({
    ...{ code: 'clause-without-rule', severity: 'hint' },
    ...(places.get(id) ?? { file: 'the AUP', line: 1 }),
    column: 1,
    message: `no rule enforces clause ${number} \`${id}\` (${title})`,
    suggestion: 'people keep it, or a rule should: see `hallpass policy coverage`',
  }));
};

export const rulesWithoutClause: Check = (subject) =>
  placedRules(subject.policy).flatMap(({ rule, path }) =>
    rule.noClause === undefined
      ? []
      : [
          findingAt(
            ...([subject, 'rule-without-clause', 'hint', [...path, 'noClause']] as const),
            `\`${rule.id}\` stands on no clause of the AUP: “${rule.noClause}”`,
            'see whether a clause says it by now',
            rule.id,
          ),
        ],
  );
