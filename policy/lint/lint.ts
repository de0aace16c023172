/**
 * Everything that lint looks at. It reads a policy that parsed: every name in it leads somewhere, and what is said here is what
 * a policy may be and probably should not.
 */
import type { Aup } from '../model/aup.ts';
import type { Policy } from '../model/policy.ts';
import type { YamlPositions } from '../model/yaml-document.ts';
import { broadPatterns } from './broad.ts';
import { clauses, rulesWithoutClause } from './clauses.ts';
import type { LintContext } from './context.ts';
import { ages, groups } from './directory.ts';
import type { Check, ClausePlace, LintFinding } from './finding.ts';
import { staleLists } from './lists.ts';
import { emptyAudiences, emptyCategories, expiry, obligationsWithoutEffect, schedulesOver } from './never.ts';
import { protectedSubjects } from './protected.ts';
import { unreachable } from './unreachable.ts';

const checks: readonly Check[] = [
  ...[unreachable, expiry, schedulesOver, emptyAudiences, groups, ages, obligationsWithoutEffect],
  ...[broadPatterns, protectedSubjects, emptyCategories, staleLists, rulesWithoutClause, clauses],
];

export interface LintedPolicy {
  readonly policy: Policy;
  readonly positions: YamlPositions;
}

/**
 * In the order of the document: the policy's own findings by line, then those of the AUP.
 * @param clauses where the clauses of the adopted text stand
 */
export function lintPolicy(
  { policy, positions }: LintedPolicy,
  aup: Aup | null,
  context: LintContext,
  clauses: ReadonlyMap<string, ClausePlace> = new Map(),
): LintFinding[] {
  const subject = { policy, positions, aup, clauses, context };
  const found = checks.flatMap((check) => check(subject));
  const own = (finding: LintFinding): number => (finding.file === positions.file ? 0 : 1);
  return found.sort((a, b) => own(a) - own(b) || a.line - b.line || a.column - b.column);
}
