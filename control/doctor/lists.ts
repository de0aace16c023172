/** What `hallpass doctor` finds out about the lists. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { Repository } from '../../store/repository/repository.ts';
import { readLists } from '../lists/compose.ts';
import { troublesOf } from '../lists/views.ts';
import { failed, ok, warn } from './finding.ts';
import type { Finding } from './finding.ts';

/** Sources that fail or are stale, lists that are held back, and every stored list against its digest. */
export async function lists(config: Config): Promise<Finding[]> {
  const path = join(config.data, 'hallpass.db');
  try {
    const reader = existsSync(path) ? Repository.openReader(path) : null;
    try {
      const { sources, snapshots } = await readLists(config, reader);
      await sources.read(false);
      const known = sources.all();
      if (known.length === 0)
        return [ok('lists', 'they come from folders alone: no source is named or added')];
      const troubles = known.flatMap((each) => troublesOf(each, sources.damaged(), Date.now()));
      const { whole, deltas } = snapshots.sizes();
      const size = ((whole.bytes + deltas.bytes) / 1e6).toFixed(1);
      const entries = known
        .flatMap(({ state }) => Object.values(state.lists))
        .reduce((sum, each) => sum + each.entries, 0);
      return [
        ok(
          'lists',
          `${String(known.length)} sources, ${entries.toLocaleString('en-US')} entries, ${size} MB with older ones`,
        ),
        ...troubles.map((text) => warn('lists', text, 'see docs/lists.md')),
      ];
    } finally {
      await reader?.close();
    }
  } catch (error) {
    return [failed('lists', error)];
  }
}
