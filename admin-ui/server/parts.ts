/** What the admin pages ask of the house. The control thread gives it; nothing here knows of threads or files. */
import type { DirectoryApi } from '../../directory/protocol.ts';
import type { EditionId, PolicyDocuments } from '../../policy/edition.ts';
import type { Person } from '../../policy/subject.ts';
import type { AuditEntry } from '../../store/audit/chain.ts';
import type { Block } from '../../store/blocks.ts';
import type { BlocksPage, BlocksPageFilter } from '../../store/reading/blocks-page.ts';
import type { Count } from '../../store/reading/counts.ts';
import type { ReviewRequest, ReviewsPage } from '../../store/reading/reviews.ts';
import type { Scope } from '../../store/reading/scope.ts';
import type { Publication } from '../../store/repository/repository.ts';
import type { EmergencyRow } from '../../store/repository/emergencies.ts';
import type { GivenGrant } from '../../store/repository/given-grants.ts';
import type { Sessions } from '../../store/repository/sessions.ts';
import type { z } from 'zod';
import type { finding } from '../api/today.ts';
import type { Health } from './health.ts';
import type { Metrics, ThreadMeasurements } from './metrics.ts';
import type { AdminOptions } from './options.ts';
import type { Retrace, WhyAnswer, WhyQuestion } from './answers.ts';

export interface AdminParts {
  /** Of Hallpass. */
  readonly version: string;
  /** Name of the district. */
  readonly district: string;
  readonly options: AdminOptions;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly directory: AdminDirectory;
  readonly sessions: Sessions;
  readonly records: AdminRecords;
  readonly policy: AdminPolicy;
  readonly emergency: AdminEmergency;
  readonly grants: AdminGrants;
  /** Adds to the audit trail; on disk when it resolves. Whatever an act shows is sent after that. */
  readonly recordAct: (act: AuditEntry) => Promise<void>;
  /** What the doctor finds; some seconds old at the most. */
  readonly findings: () => Promise<{
    readonly at: number;
    readonly findings: readonly z.output<typeof finding>[];
  }>;
  readonly traffic: () => readonly TrafficMinute[];
  readonly threads: () => Promise<readonly ThreadMeasurements[]>;
  /** Every option as it is set, by its name, secrets left out. */
  readonly settings: () => readonly { readonly name: string; readonly value: string }[];
  /** What failed inside while a request was answered. */
  readonly onError: (error: unknown) => void;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export interface TrafficMinute {
  /** When it began; epoch milliseconds. */
  readonly at: number;
  readonly requests: number;
  readonly blocks: number;
  /** Requests by school, from networks that the policy gives to schools. */
  readonly schools: Readonly<Record<string, number>>;
}

export interface AdminDirectory extends DirectoryApi {
  /** The person of a login, or null. Rejects when no directory server answers. */
  find(login: string): Promise<Person | null>;
  /** The person as they are now; null when the account is gone or may not sign in. Rejects when nobody can tell. */
  current(key: string): Promise<Person | null>;
}

/** Only what is in the scope, which stands in every query. */
export interface AdminRecords {
  page(scope: Scope, filter: BlocksPageFilter, cursor: string | null, limit: number): Promise<BlocksPage>;
  one(scope: Scope, id: string): Promise<Block | null>;
  counts(
    scope: Scope,
    from: number,
    to: number,
  ): Promise<{
    readonly bySchool: readonly Count[];
    readonly byHour: readonly Count[];
    readonly byRule: readonly Count[];
  }>;
  reviews(
    scope: Scope,
    state: 'open' | 'answered',
    after: string | null,
    limit: number,
  ): Promise<ReviewsPage>;
  review(scope: Scope, id: string): Promise<ReviewRequest | null>;
  waiting(scope: Scope): Promise<{ readonly count: number; readonly oldest: number | null }>;
  answer(answer: {
    readonly review: string;
    readonly at: number;
    readonly actor: string;
    readonly login: string;
    readonly outcome: 'opened' | 'kept';
    readonly note: string;
  }): Promise<'added' | 'there'>;
}

/** Who does something for others. */
export interface Actor {
  readonly key: string;
  readonly login: string;
}

/** Each rejects with a code, `emergency` or `bad-question`, and what is wrong in words. */
export interface AdminEmergency {
  list(): readonly EmergencyRow[];
  /** Names of the proxy threads that do not hold it yet. */
  notYetIn(): readonly string[];
  /** @param lasts milliseconds */
  floorOnly(by: Actor, lasts: number, reason: string): Promise<void>;
  close(by: Actor, host: string, reason: string): Promise<void>;
  approve(by: Actor, id: string): Promise<void>;
  end(by: Actor, id: string): Promise<void>;
}

/** Each rejects with a code, and what is wrong in words. */
export interface AdminGrants {
  /** Those that hold now. */
  list(): readonly GivenGrant[];
  /** @param asked `lasts` in milliseconds */
  override(
    by: Actor & Pick<Person, 'groups'>,
    asked: {
      readonly person?: string | undefined;
      readonly group?: string | undefined;
      readonly place: string;
      readonly lasts: number;
      readonly reason: string;
    },
  ): Promise<GrantMade>;
  research(
    by: Actor,
    asked: {
      readonly person: string;
      readonly authoriser: Person;
      readonly lasts: number;
      readonly reason: string;
    },
  ): Promise<GrantMade>;
  end(by: Actor, id: string): Promise<void>;
}

export interface GrantMade {
  readonly grant: GivenGrant;
  readonly notes: readonly string[];
}

export interface AdminPolicy {
  /** @throws an error with the code `no-policy` before the first */
  current(): { readonly id: EditionId; readonly since: number; readonly documents: PolicyDocuments };
  publications(): Promise<readonly Publication[]>;
  documents(version: string): Promise<PolicyDocuments | null>;
  /** What would be decided, for a person or for nobody. */
  why(question: WhyQuestion): Promise<WhyAnswer>;
  /** A record decided again under the edition of its time. */
  retrace(block: Block): Promise<Retrace>;
  /** In which audiences a person is, and in which voice pages speak to them. */
  audiencesOf(person: Person): {
    readonly names: readonly string[];
    readonly voice: 'young' | 'student' | 'staff';
  };
}
