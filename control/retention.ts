/** What people did about their records goes when the records go. */
import type { Acts } from '../store/repository/acts.ts';

const everyHour = 3_600_000;

/** @param retention milliseconds @returns a function that ends it */
export function purgeActs(
  acts: Pick<Acts, 'purge'>,
  retention: number,
  onError: (error: unknown) => void,
  now: () => number = Date.now,
): () => void {
  const purge = (): void => {
    acts.purge(now() - retention, now()).catch(onError);
  };
  purge();
  const timer = setInterval(purge, everyHour);
  timer.unref();
  return () => clearInterval(timer);
}
