/** A decision is a value with its reasons (design: "The one idea"). */

export type Action = 'allow' | 'block' | 'warn';

/** Precedence of the tiers, strictest first in this order; within a tier the first rule that matches wins. */
export type Tier = 'crisis' | 'testing' | 'illegal' | 'locked' | 'grant' | 'ordered' | 'default';

/** A fact that would settle a decision. */
export type Need = 'identity' | 'url' | 'response' | 'content';

/** What a request that opens must be given on its way. */
export type Obligation =
  | {
      /** The search engine, by its id in the table, leaves out what is explicit. */
      readonly kind: 'safe-search';
      readonly engine: string;
    }
  | { readonly kind: 'youtube'; readonly level: 'moderate' | 'strict' }
  | { readonly kind: 'google-accounts'; readonly domains: readonly string[] }
  | {
      readonly kind: 'microsoft-tenants';
      readonly tenants: readonly string[];
      /** Id of the directory that sees the attempts. */
      readonly context: string;
    };

/** Whether the request ends here. What is not enforced is recorded and goes on. */
export const stops = ({ action, enforced }: Decision): boolean => enforced && action !== 'allow';

/** A live permission, handed in as a value. It holds while `at < expires` (epoch milliseconds). */
export type Grant = ContinueGrant | SharedGrant;

/** Made by somebody in charge, for others. */
export type SharedGrant = OverrideGrant | ResearchGrant;

/** The person went on past a warn of this rule. */
export interface ContinueGrant {
  readonly kind: 'continue';
  readonly id: string;
  /** {@link Person.key} of whose grant it is. */
  readonly subject: string;
  readonly rule: string;
  readonly host: string;
  readonly expires: number;
}

/** A place is open for somebody, whatever the ordered rules and the default say; its own sub-resources with it. */
export interface OverrideGrant {
  readonly kind: 'override';
  readonly id: string;
  /** Key of a person, or of a directory group. */
  readonly subject: string;
  readonly subjectKind: 'person' | 'group';
  /** Canonical; with its sub-domains. */
  readonly host: string;
  /** Prefix of the canonical path, in lower case, ending at the end of a segment; null for the whole host. */
  readonly path: string | null;
  readonly expires: number;
}

/** The floor is lifted for a named adult's bona fide research; what is illegal stays closed. */
export interface ResearchGrant {
  readonly kind: 'research';
  readonly id: string;
  /** {@link Person.key}. */
  readonly subject: string;
  readonly expires: number;
}

/**
 * With `needs` empty the decision is final. Otherwise the other fields state what holds if none of the needed facts can
 * be had, and the caller should obtain one of them and decide again. Frozen, and shared between requests.
 */
export interface Decision {
  readonly action: Action;
  readonly tier: Tier;
  /**
   * Id of the rule that decided; `default` and `uncategorised` for the default action, `crisis` and `testing` for those
   * classes, `override` for an override.
   */
  readonly rule: string;
  /** AUP clause id, or null where the rule says why it has none. */
  readonly clause: string | null;
  /** Whether the decision is to be recorded. Always false for crisis. */
  readonly log: boolean;
  readonly needs: readonly Need[];
  /** In the order of the kinds above; empty where nothing opens. */
  readonly obligations: readonly Obligation[];
  /**
   * False where the decision is only recorded, as what would be, and the request goes on: in a policy or by a rule that
   * observes, and for a warn at a tunnel that `tunnelWarn` lets through. Always true of what allows, and of illegal and locked
   * rules.
   */
  readonly enforced: boolean;
  /** Ids of the grants that the decision rests on. */
  readonly grantsUsed: readonly string[];
  /** A block that shows no page. */
  readonly quiet: boolean;
  /** False where no filter may look into what opens. */
  readonly inspect: boolean;
  /** Where an address inside the one that was asked for decided: its host. */
  readonly inner: string | null;
}
