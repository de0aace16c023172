/** What `/metrics` shows of the house, gathered when it is asked for. */
import type { Measurements } from '../admin-ui/server/metrics.ts';
import { healthOf } from './health.ts';
import type { HealthSources } from './health.ts';
import type { Editions } from './editions.ts';
import type { Proxies } from './proxies.ts';

export async function measurementsOf(
  editions: Pick<Editions, 'current'>,
  proxies: Pick<Proxies, 'status'>,
  health: HealthSources,
): Promise<Measurements> {
  const current = editions.current();
  const [report, threads, store] = await Promise.all([
    healthOf(health),
    proxies.status(),
    health.store().catch(() => null),
  ]);
  return {
    edition: current === null ? null : { ...current.id, since: current.since },
    failures: report.failures.length,
    warnings: report.warnings.length,
    threadsWanted: health.proxies().wanted,
    threads,
    store,
    directory: health.directory().servers.map(({ url, state }) => ({
      url,
      up: state === 'untried' ? null : state === 'up',
    })),
  };
}
