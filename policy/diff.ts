/** What changes from one policy to another, in plain sentences: for whoever approves it, and is no engineer. */
import { aupChanges } from './diff/aup.ts';
import {
  audienceChanges,
  categoryChanges,
  defaultChanges,
  documentChanges,
  exemptChanges,
  listChanges,
  networkChanges,
  scheduleChanges,
} from './diff/parts.ts';
import { ruleChanges } from './diff/rules.ts';
import type { Change } from './diff/words.ts';
import type { Aup } from './model/aup.ts';
import type { Policy } from './model/policy.ts';

export type { Change, Kind, Section } from './diff/words.ts';

export interface Documents {
  readonly policy: Policy;
  readonly aup: Aup;
}

const policyParts = [
  ...[documentChanges, exemptChanges, ruleChanges, defaultChanges, audienceChanges],
  ...[scheduleChanges, networkChanges, categoryChanges, listChanges],
] as const;

/** Empty where both mean the same; comments and the order of names are no changes. */
export function diffPolicies(a: Documents, b: Documents): readonly Change[] {
  return [...policyParts.flatMap((part) => part(a.policy, b.policy)), ...aupChanges(a.aup, b.aup)];
}
