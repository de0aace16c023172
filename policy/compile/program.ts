/** What an image holds besides the host table: the policy with every name resolved, as JSON. */
import type { Action } from '../decision.ts';
import type { EditionId } from '../edition.ts';
import type { Aup } from '../model/aup.ts';
import type { Audience, Category, Network, Policy, Schedule } from '../model/policy.ts';
import type { LocalizedText } from '../model/text.ts';

type Named<T> = T & { readonly name: string };

export interface ProgramRule {
  readonly id: string;
  readonly title: string;
  readonly publicTitle: LocalizedText;
  readonly clause: string | null;
  readonly noClause: string | null;
  readonly publicRule: string | null;
  readonly publicClause: string | null;
  /** Whether it names a sensitive category: pages show the public names only. */
  readonly sensitive: boolean;
  readonly action: Action;
  readonly log: boolean;
  /** What `log` says of a warn that the person went on past. */
  readonly logGranted: boolean;
  /** Milliseconds for which going on past a warn holds; null of other actions. */
  readonly continue: number | null;
  readonly tier: 'locked' | 'ordered' | 'default';
  /** Indexes of audiences; null for anyone. */
  readonly audiences: readonly number[] | null;
  /** Targets of the host table, any one of which is enough; null where the rule is about every place. */
  readonly places: readonly number[] | null;
  /** Indexes of URL globs: as good as a place. */
  readonly urls: readonly number[];
  readonly methods: readonly string[] | null;
  readonly ports: readonly number[] | null;
  /** Indexes of schedules; null for always. */
  readonly when: readonly number[] | null;
}

export interface ProgramUrl {
  readonly host: string;
  readonly path: string;
  /** Target of the host table that stands for `host`; null where the table cannot express it. */
  readonly target: number | null;
}

/** Where entries came from: a list and the source it names, or the policy. */
export interface Origin {
  readonly list: string;
  readonly source: string | null;
}

export interface Program {
  readonly id: EditionId;
  readonly title: string;
  readonly timeZone: string;
  readonly mode: Policy['mode'];
  readonly tunnelWarn: Policy['tunnelWarn'];
  readonly audiences: readonly Named<Audience>[];
  readonly networks: readonly Named<Network>[];
  readonly schedules: readonly Named<Schedule>[];
  readonly categories: readonly Named<Category>[];
  readonly rules: readonly ProgramRule[];
  readonly default: ProgramRule;
  readonly urls: readonly ProgramUrl[];
  /** Targets of the places that stand above every rule. */
  readonly crisis: readonly number[];
  readonly testing: readonly number[];
  readonly origins: readonly Origin[];
  readonly aup: Aup;
}
