/**
 * Whether the written policy and the rules cover each other, and whether what the law wants said is said: for the board, and
 * for an auditor. Nothing of it decides anything.
 */
import { placedRules } from './lint/rules.ts';
import type { Aup, Topic } from './model/aup.ts';
import { topics } from './model/aup.ts';
import type { Fallback, Policy, Rule } from './model/policy.ts';

export interface ClauseCoverage {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly topics: readonly Topic[];
  /** Ids of the rules that stand on it; `default` and `uncategorised` too. */
  readonly rules: readonly string[];
}

export interface TopicCoverage {
  readonly topic: Topic;
  readonly title: string;
  /** Ids of the clauses that serve it. */
  readonly clauses: readonly string[];
  /** Ids of the rules that stand on one of those. Some topics are kept by people alone. */
  readonly rules: readonly string[];
}

export interface Coverage {
  readonly clauses: readonly ClauseCoverage[];
  readonly rulesWithoutClause: readonly { readonly rule: string; readonly why: string }[];
  /** Null where nothing is known of what fired. */
  readonly neverFired: readonly string[] | null;
  /** Rules that leave no record, and so may have fired or not. */
  readonly unrecorded: readonly string[];
  readonly topics: readonly TopicCoverage[];
}

interface Standing {
  readonly id: string;
  readonly clause: string | undefined;
  readonly noClause: string | undefined;
  readonly recorded: boolean;
}

/** @param fired how often each rule was recorded lately; null where nobody knows */
export function coverageOf(policy: Policy, aup: Aup, fired: ReadonlyMap<string, number> | null): Coverage {
  const rules = standings(policy);
  const own = rules.filter(({ id }) => id !== 'default' && id !== 'uncategorised');
  const on = (ids: readonly string[]) =>
    rules.flatMap(({ id, clause }) => (clause !== undefined && ids.includes(clause) ? [id] : []));
  const clauses = aup.texts[0].clauses.map(({ id, number, title, topics: served = [] }) => ({
    ...{ id, number, title, topics: served },
    rules: on([id]),
  }));
  const served = (Object.keys(topics) as Topic[]).map((topic) => {
    const serving = clauses.filter((clause) => clause.topics.includes(topic)).map(({ id }) => id);
    return { topic, title: topics[topic], clauses: serving, rules: on(serving) };
  });
  const recorded = own.filter((rule) => rule.recorded);
  return {
    clauses,
    rulesWithoutClause: own.flatMap(({ id, noClause }) =>
      noClause === undefined ? [] : [{ rule: id, why: noClause }],
    ),
    neverFired:
      fired === null ? null : recorded.filter(({ id }) => (fired.get(id) ?? 0) === 0).map(({ id }) => id),
    unrecorded: own.filter((rule) => !rule.recorded).map(({ id }) => id),
    topics: served,
  };
}

const isRecorded = ({ action, log }: Pick<Rule, 'action' | 'log'>): boolean =>
  log ?? (action === 'block' || action === 'warn' || action === 'monitor');

function standings(policy: Policy): Standing[] {
  const { uncategorised, ...fallback } = policy.default;
  const of = (id: string, { clause, noClause, action, log }: Fallback | Rule): Standing => ({
    ...{ id, clause, noClause },
    recorded: isRecorded({ action, log }),
  });
  return [
    ...placedRules(policy).map(({ rule }) => of(rule.id, rule)),
    ...(uncategorised === undefined ? [] : [of('uncategorised', uncategorised)]),
    of('default', fallback),
  ];
}
