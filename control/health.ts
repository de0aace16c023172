/** Whether Hallpass does its whole work, as `GET /readyz` and `hallpass status` say it. */
import type { Fault } from '../store/errors.ts';
import type { StoreHealth } from '../store/record-thread.ts';

export interface HealthSources {
  /** The edition in force, or null before the first. */
  readonly edition: () => string | null;
  /** How many proxy threads there should be, and how many there are. */
  readonly proxies: () => {
    readonly wanted: number;
    readonly live: number;
    readonly behind: readonly string[];
  };
  /** Rejects while the record thread is away. */
  readonly store: () => Promise<StoreHealth>;
}

/** What keeps it from that, in words for an operator; empty when all is well. */
export async function reasonsAgainst(sources: HealthSources): Promise<readonly string[]> {
  return [
    ...(sources.edition() === null ? ['no policy is in force yet'] : []),
    ...proxyReasons(sources.proxies()),
    ...(await storeReasons(sources.store)),
  ];
}

function proxyReasons({ wanted, live, behind }: ReturnType<HealthSources['proxies']>): string[] {
  const missing = live < wanted ? [`${String(live)} of ${String(wanted)} proxy threads run`] : [];
  return [...missing, ...behind.map((name) => `${name} has not taken the newest edition`)];
}

async function storeReasons(store: HealthSources['store']): Promise<string[]> {
  try {
    const { ok, reason } = await store();
    return ok ? [] : [`blocks are not recorded: ${faults[reason ?? 'other']}`];
  } catch {
    return ['blocks are not recorded: the record thread is being restarted'];
  }
}

const faults: Readonly<Record<Fault, string>> = {
  full: 'the disk is full',
  locked: 'another process holds the journal',
  io: 'the journal cannot be read or written',
  damaged: 'the journal is damaged',
  other: 'the journal does not take them',
};
