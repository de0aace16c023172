/** What the engine says, as the admin pages pass it on. */
import type { Action, Need } from '../../policy/decision.ts';
import type { TraceStep } from '../../policy/explain.ts';
import type { Used } from '../../policy/replay/replay.ts';
import type { Person } from '../../policy/subject.ts';

export interface WhyQuestion {
  readonly url: string;
  /** Null for nobody. */
  readonly person: Person | null;
  /** Epoch milliseconds; now unless given. */
  readonly at?: number;
  /** Client address. */
  readonly from?: string;
}

export interface WhyAnswer {
  readonly action: Action;
  readonly rule: string;
  readonly clause: string | null;
  readonly policyVersion: string;
  readonly enforced: boolean;
  readonly needs: readonly Need[];
  readonly trace: readonly TraceStep[];
}

export type Retrace =
  | {
      readonly state: 'again';
      readonly agrees: boolean;
      readonly action: Action;
      readonly rule: string;
      readonly trace: readonly TraceStep[];
      /** By what the record keeps; or, where it keeps nothing, by the person as they are now. */
      readonly basis: 'kept' | 'now';
      /** The truth values that were kept, and that the decision asked for. */
      readonly used: readonly Used[];
      /** What nobody knows any more, in words. */
      readonly unknown: readonly string[];
    }
  /** What it takes is not there any more. */
  | { readonly state: 'gone'; readonly reason: string };
