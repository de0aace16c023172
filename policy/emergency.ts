/**
 * What somebody in charge has put over the policy for a while: everything but the locked rules set aside, or a host closed
 * everywhere. It is a value beside the edition, and an image under it is an image of its own: nothing that was worked out
 * without it is read with it. Crisis help stands above it.
 */

export interface FloorOnly {
  readonly id: string;
  /** Epoch milliseconds; it holds while `began <= at < until`, so that a clock that is set back does not make it last. */
  readonly began: number;
  readonly until: number;
}

export interface ClosedHost {
  readonly id: string;
  /** Canonical; its sub-domains are closed with it. */
  readonly host: string;
  /** Epoch milliseconds; null where it was approved, and holds until somebody ends it. */
  readonly until: number | null;
}

export interface Emergency {
  readonly floorOnly: FloorOnly | null;
  readonly closed: readonly ClosedHost[];
}

export const noEmergency: Emergency = Object.freeze({ floorOnly: null, closed: Object.freeze([]) });

/** Id of the rule by which hosts are closed now. */
export const closedNow = 'closed-now';

/** Milliseconds by which one clock may be behind the one by which it began. */
const clockSkew = 60_000;

export const holdsAt = ({ began, until }: Omit<FloorOnly, 'id'>, at: number): boolean =>
  at >= began - clockSkew && at < until;

/** What of it holds at a time. A closed host stays closed under a clock that is set back: that opens nothing. */
export function emergencyAt({ floorOnly, closed }: Emergency, at: number): Emergency {
  const live = {
    floorOnly: floorOnly !== null && holdsAt(floorOnly, at) ? floorOnly : null,
    closed: closed.filter(({ until }) => until === null || at < until),
  };
  return live.floorOnly === null && live.closed.length === 0 ? noEmergency : live;
}

/** When the next part of it ends by itself; Infinity when none does. */
export function emergencyEnd({ floorOnly, closed }: Emergency, at: number): number {
  const ends = [floorOnly?.until ?? null, ...closed.map(({ until }) => until)];
  return Math.min(...ends.flatMap((until) => (until !== null && until > at ? [until] : [])), Infinity);
}

/** Whether a host, in canonical form, is closed by it. */
export const isClosedNow = ({ closed }: Emergency, host: string): boolean =>
  closed.some((each) => host === each.host || host.endsWith(`.${each.host}`));
