/** Lists as the reference has them: every entry by itself. */
import type { ListText } from '../../policy/edition.ts';
import { entrySink } from '../../policy/lists/entry.ts';
import { readSnapshot } from '../../policy/lists/snapshot.ts';
import type { ReferenceEntry, ReferenceSource } from '../../policy/reference.ts';
import { readServices } from '../../policy/services.ts';

export function listsOf(lists: readonly ListText[]): Pick<ReferenceSource, 'entries' | 'services'> {
  const entries: ReferenceEntry[] = [];
  const tables = new Map(lists.map(({ name, text }) => [name, text]));
  for (const { name: list, text } of lists) {
    if (list.startsWith('table-')) continue;
    readSnapshot(
      [Buffer.from(text)],
      entrySink((entry) => entries.push({ ...entry, list })),
    );
  }
  const table = tables.get('table-services');
  const read = table === undefined ? null : readServices(table, 'services.yaml');
  return { entries, services: read?.ok === true ? read.services : [] };
}
