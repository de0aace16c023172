/** Whether Hallpass does its whole work, as `GET /readyz` and the control socket say it. */
import type { HealthReport } from '../admin-ui/server/health.ts';
import type { DirectoryStatus } from '../directory/sign-in.ts';
import { explain } from '../store/faults.ts';
import type { StoreHealth } from '../store/record-thread.ts';
import type { EmergencyRow } from '../store/repository/emergencies.ts';
import { untilText } from './editions.ts';
import type { Freeze, ListTrouble } from './editions.ts';

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
  /** Path of journal.db. */
  readonly journal: string;
  readonly directory: () => Pick<DirectoryStatus, 'available' | 'servers'>;
  /** What cannot be read of the lists. */
  readonly lists: () => readonly ListTrouble[];
  /** What somebody should look at of the sources of lists, in words. */
  readonly listSources: () => readonly string[];
  /** Null where the policy is not frozen. */
  readonly freeze: () => Freeze | null;
  /** What is put over the policy. */
  readonly emergencies: () => readonly EmergencyRow[];
}

/**
 * A directory that is down and a list that is not read are warnings: the proxy goes on deciding, with the people it
 * remembers and the text of before, and taking it out of service would only take the network away from everybody.
 */
export async function healthOf(sources: HealthSources): Promise<HealthReport> {
  const store = await storeReport(sources);
  return {
    failures: [
      ...(sources.edition() === null ? ['no policy is in force yet'] : []),
      ...proxyReasons(sources.proxies()),
      ...store.failures,
    ],
    warnings: [
      ...store.warnings,
      ...directoryReasons(sources.directory()),
      ...sources.lists().map(listReason),
      ...sources.listSources(),
      ...freezeReasons(sources.freeze()),
      ...sources.emergencies().flatMap(emergencyReason),
    ],
  };
}

function proxyReasons({ wanted, live, behind }: ReturnType<HealthSources['proxies']>): string[] {
  const missing = live < wanted ? [`${String(live)} of ${String(wanted)} proxy threads run`] : [];
  return [...missing, ...behind.map((name) => `${name} has not taken the newest edition`)];
}

async function storeReport({ store, journal }: HealthSources): Promise<HealthReport> {
  const health = await store().catch(() => null);
  if (health === null)
    return { failures: ['blocks are not recorded: the record thread is being restarted'], warnings: [] };
  const { ok, reason, since, replacedAt } = health;
  const lost =
    replacedAt === null ? [] : [`${explain('replaced', journal)}; it was seen at ${iso(replacedAt)}`];
  if (ok) return { failures: [], warnings: lost };
  const why = explain(reason ?? 'other', journal);
  return { failures: [`blocks are not recorded since ${iso(since)}: ${why}`], warnings: lost };
}

function directoryReasons({ available, servers }: ReturnType<HealthSources['directory']>): string[] {
  const down = servers.filter(({ state }) => state === 'down');
  const reasons = down.map(
    ({ url, error }) => `directory server \`${url}\` is down: ${error ?? 'no answer'}`,
  );
  if (available || down.length === 0) return reasons;
  return [
    'no directory server answers: who signed in within `directory.grace` goes on, everybody else is unidentified',
    ...reasons,
  ];
}

function listReason({ path, reason, kept, since }: ListTrouble): string {
  const effect = kept ? 'its last text stays in force' : 'nothing of it is in force';
  return `list \`${path}\` is not read: ${reason} (since ${iso(since)}), ${effect}: mend it, then reload by SIGHUP`;
}

function freezeReasons(freeze: Freeze | null): string[] {
  if (freeze === null) return [];
  const waiting = freeze.listsWait ? '; changed lists wait until then' : '';
  return [`the policy is frozen ${untilText(freeze)}: nothing is published, and no list changes${waiting}`];
}

/**
 * A host that somebody has closed is no trouble of the system; the policy set aside is one. Who did it, and why, is for those
 * who are signed in: `/readyz` is read by whoever reaches the listener.
 */
function emergencyReason({ kind, until }: EmergencyRow): string[] {
  if (kind !== 'floor-only') return [];
  return [
    `only the locked rules hold until ${iso(until)}: the others are set aside (\`hallpass emergency list\` says by whom)`,
  ];
}

const iso = (at: number): string => new Date(at).toISOString();
