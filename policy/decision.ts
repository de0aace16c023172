/** A decision is a value with its reasons (design: "The one idea"). */

export type Action = 'allow' | 'block' | 'warn';

/** Precedence of the tiers, strictest first in this order; within a tier the first rule that matches wins. */
export type Tier = 'crisis' | 'testing' | 'locked' | 'grant' | 'ordered' | 'default';

/** A fact that would settle a decision. */
export type Need = 'identity' | 'url' | 'response' | 'content';

/** What an allowed request must be given on its way, such as SafeSearch. Empty in policy format 1. */
export interface Obligation {
  readonly kind: string;
}

/** Whether the request ends here. What is not enforced is recorded and goes on. */
export const stops = ({ action, enforced }: Decision): boolean => enforced && action !== 'allow';

/** A live permission of one subject, handed in as a value. */
export interface Grant {
  readonly id: string;
  /** `continue`: the person went on past a warn of this rule. */
  readonly kind: 'continue';
  /** {@link Person.key} of whose grant it is. */
  readonly subject: string;
  readonly rule: string;
  readonly host: string;
  /** Epoch milliseconds; the grant holds while `at < expires`. */
  readonly expires: number;
}

/**
 * With `needs` empty the decision is final. Otherwise the other fields state what holds if none of the needed facts can
 * be had, and the caller should obtain one of them and decide again. Frozen, and shared between requests.
 */
export interface Decision {
  readonly action: Action;
  readonly tier: Tier;
  /** Id of the rule that decided; `default` for the default action, `crisis` and `testing` for those classes. */
  readonly rule: string;
  /** AUP clause id, or null where the rule says why it has none. */
  readonly clause: string | null;
  /** Whether the decision is to be recorded. Always false for crisis. */
  readonly log: boolean;
  readonly needs: readonly Need[];
  readonly obligations: readonly Obligation[];
  /**
   * False where the decision is only recorded, as what would be, and the request goes on: in a policy that observes, and
   * for a warn at a tunnel that `tunnelWarn` lets through. Always true of what allows, and of locked rules.
   */
  readonly enforced: boolean;
  /** Ids of the grants that the decision rests on. */
  readonly grantsUsed: readonly string[];
}
