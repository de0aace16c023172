/**
 * What people did about their records, and what was opened for them, goes when the records go; sessions of the admin pages when
 * they are over; what the audit trail says when its own time is over.
 */
import type { Repository } from '../store/repository/repository.ts';
import type { ControlConfig } from './config.ts';

const everyHour = 3_600_000;
const everyDay = 24 * everyHour;

/** @returns a function that ends it */
export function purgeActs(
  {
    acts,
    sessions,
    givenGrants,
  }: {
    readonly acts: Pick<Repository['acts'], 'purge'>;
    readonly sessions: Pick<Repository['sessions'], 'purge'>;
    readonly givenGrants: Pick<Repository['givenGrants'], 'purge'>;
  },
  { store, admin }: Pick<ControlConfig, 'store' | 'admin'>,
  onError: (error: unknown) => void,
  now: () => number = Date.now,
): () => void {
  const purge = (): void => {
    acts.purge(now() - store.retention, now()).catch(onError);
    givenGrants.purge(now() - store.retention).catch(onError);
    sessions.purge(now(), admin.sessions).catch(onError);
  };
  purge();
  const timer = setInterval(purge, everyHour);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Daily, and never by a clock that the record thread does not believe: what is dropped too early comes back no more.
 * @param believed the wall clock that the record thread believed last; null where there is none yet
 * @returns a function that ends it
 */
export function purgeAudit(
  repository: Pick<Repository, 'purgeAudit'>,
  { retention, auditRetention }: Pick<ControlConfig['store'], 'retention' | 'auditRetention'>,
  believed: () => number | null,
  onError: (error: unknown) => void,
  now: () => number = Date.now,
): () => void {
  // Who looked at a record is known for as long as the record is there.
  const kept = Math.max(retention, auditRetention);
  let done = -Infinity;
  const purge = async (): Promise<void> => {
    const at = now();
    const clock = believed();
    if (clock === null || Math.abs(at - clock) >= everyDay || Math.abs(at - done) < everyDay) return;
    await repository.purgeAudit(at - kept, at);
    done = at;
  };
  const attempt = (): void => void purge().catch(onError);
  attempt();
  const timer = setInterval(attempt, everyHour);
  timer.unref();
  return () => clearInterval(timer);
}
