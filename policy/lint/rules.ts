/** The rules of a policy with their places in the document, in the order in which they are asked. */
import type { Policy, Rule } from '../model/policy.ts';
import type { Path } from './finding.ts';

export type RuleKey = 'illegal' | 'locked' | 'rules';

export interface PlacedRule {
  readonly rule: Rule;
  readonly key: RuleKey;
  readonly path: Path;
}

export const placedRules = (policy: Policy): PlacedRule[] =>
  (['illegal', 'locked', 'rules'] as const).flatMap((key) =>
    policy[key].map((rule, i) => ({ rule, key, path: [key, i] })),
  );

/** Whether what it decides goes on: everything but a block and a warn. */
export const opens = ({ action }: Rule): boolean => action !== 'block' && action !== 'warn';

/** Whether it is about certain places, and not about every one. */
export function namesPlaces({ match }: Rule): boolean {
  const { categories, hosts, urls, expressions, topLevel, bareAddress, uncategorised, mixedScript } = match;
  return (
    [categories, hosts, urls, expressions, topLevel].some(({ length }) => length > 0) ||
    bareAddress === true ||
    uncategorised === true ||
    mixedScript === true
  );
}
