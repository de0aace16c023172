/** What an image holds besides its indexes: the policy with every name resolved, as JSON. */
import type { Action } from '../decision.ts';
import type { EditionId } from '../edition.ts';
import type { Aup } from '../model/aup.ts';
import type { Audience, Category, Match, Network, Policy, Schedule } from '../model/policy.ts';
import type { ExtractorSource } from '../extract/source.ts';
import type { LocalizedText } from '../model/text.ts';
import type { Service } from '../services.ts';

type Named<T> = T & { readonly name: string };

/**
 * A place that a rule is about: what is in `target` and not in `except`. Both are numbers under which the indexes keep
 * what the policy and the lists say of hosts and requests.
 */
export interface Place {
  readonly target: number;
  readonly except: number | null;
}

/** Conditions that narrow a rule and that few rules have. */
export type Narrowing = Pick<
  Match,
  'search' | 'files' | 'mediaTypes' | 'upload' | 'schemes' | 'userAgents' | 'headers' | 'fetch'
>;

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
  readonly inspect: boolean;
  readonly quiet: boolean;
  readonly observe: boolean;
  readonly log: boolean;
  /** What `log` says of a warn that the person went on past. */
  readonly logGranted: boolean;
  /** Milliseconds for which going on past a warn holds; null of other actions. */
  readonly continue: number | null;
  readonly tier: 'illegal' | 'locked' | 'ordered' | 'default';
  /** Indexes of audiences; null for anyone. */
  readonly audiences: readonly number[] | null;
  /** Any one of which is enough; null where the rule is about every place. */
  readonly places: readonly Place[] | null;
  /** Places that no index knows: as good as those of `places`. */
  readonly bareAddress: boolean;
  readonly uncategorised: boolean;
  readonly mixedScript: boolean;
  readonly methods: readonly string[] | null;
  readonly ports: readonly number[] | null;
  /** Null where there is none. */
  readonly narrowing: Narrowing | null;
  /** Indexes of schedules; null for always. */
  readonly when: readonly number[] | null;
  /** Epoch milliseconds; the rule holds while `at < expires`. */
  readonly expires: number | null;
}

/** What puts a request into a target, besides its host and its address (host-index.ts, url-index.ts). */
export type ProgramPattern = { readonly target: number; readonly origin: number } & (
  | { readonly kind: 'term'; readonly words: readonly string[] }
  | { readonly kind: 'extension'; readonly extension: string }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'ip'; readonly from: string; readonly to: string }
);

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
  /** Targets that belong to a category: their numbers begin at 0, and `categoryOf[target]` is the category's index. */
  readonly categoryOf: readonly number[];
  readonly rules: readonly ProgramRule[];
  readonly default: ProgramRule;
  /** The default of hosts that are in no category; null where they have none of their own. */
  readonly uncategorised: ProgramRule | null;
  readonly patterns: readonly ProgramPattern[];
  /** Of the places that stand above every rule. */
  readonly crisis: readonly Place[];
  readonly testing: readonly Place[];
  /** What obligations are about, each with the target of its hosts. */
  readonly services: readonly { readonly service: Service; readonly target: number }[];
  /** What is known of search engines and of addresses inside addresses. */
  readonly extractors: ExtractorSource;
  /** Indexes of the schedules during which nothing changes. */
  readonly freeze: readonly number[];
  readonly origins: readonly Origin[];
  /** How many targets there are. */
  readonly targets: number;
  readonly aup: Aup;
}
