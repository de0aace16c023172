/** What people did about their records, and what was opened for them, goes when the records go; sessions of the admin pages when they are over. */
import type { Repository } from '../store/repository/repository.ts';
import type { ControlConfig } from './config.ts';

const everyHour = 3_600_000;

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
