/** What lint says of a policy that may be published: nothing here stops it, and each of these has surprised somebody. */
import type { Policy } from '../model/policy.ts';
import type { YamlPositions } from '../model/yaml-document.ts';
import type { Aup } from '../model/aup.ts';
import type { LintContext } from './context.ts';

/** `error`: surely a mistake. `warning`: look at it. `hint`: for whoever has the time. */
export type Severity = 'error' | 'warning' | 'hint';

export type LintCode =
  // Rules that never decide.
  | 'unreachable-rule'
  | 'shadowed-rule'
  | 'expired'
  | 'expires-soon'
  | 'schedule-over'
  | 'rule-for-nobody'
  | 'rule-without-places'
  // Whom and what they mean.
  | 'audience-empty'
  | 'group-not-found'
  | 'age-not-known'
  | 'obligation-without-effect'
  | 'broad-pattern'
  // The AUP.
  | 'clause-without-rule'
  | 'rule-without-clause'
  | 'protected-subject'
  // Lists.
  | 'category-without-entry'
  | 'stale-list';

export interface LintFinding {
  readonly code: LintCode;
  readonly severity: Severity;
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Lower case, no full stop, names in backticks. */
  readonly message: string;
  /** What to do about it. */
  readonly suggestion: string;
  /** Id of the rule that it is about. */
  readonly rule?: string;
}

/** Where a clause stands in its text. */
export interface ClausePlace {
  readonly file: string;
  readonly line: number;
}

/** What is looked at. */
export interface Examined {
  readonly policy: Policy;
  readonly positions: YamlPositions;
  readonly aup: Aup | null;
  /** By clause id, of the adopted text. */
  readonly clauses: ReadonlyMap<string, ClausePlace>;
  readonly context: LintContext;
}

export type Check = (subject: Examined) => LintFinding[];

export type Path = readonly PropertyKey[];

/** A finding at the value that `path` names. */
export function findingAt(
  { positions }: Pick<Examined, 'positions'>,
  code: LintCode,
  severity: Severity,
  path: Path,
  message: string,
  suggestion: string,
  rule?: string,
): LintFinding {
  const { file, line, column } = positions.place(path);
  return {
    ...{ code, severity, file, line, column, message, suggestion },
    ...(rule === undefined ? {} : { rule }),
  };
}

/** `file:line:column: severity: message: suggestion`. */
export function formatFinding({ file, line, column, severity, message, suggestion }: LintFinding): string {
  return `${file}:${String(line)}:${String(column)}: ${severity}: ${message}: ${suggestion}`;
}
