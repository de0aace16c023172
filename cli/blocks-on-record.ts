/** Blocks without a server: the command writes to the audit trail itself, before it shows anything. */
import { join } from 'node:path';
import { atCommandLine, onRecord } from '../control/views.ts';
import type { AuditEntry } from '../store/audit/chain.ts';
import { batchesOf, keysNamed, openJournalReader, queryBlocks } from '../store/blocks.ts';
import type { BlocksFilter } from '../store/blocks.ts';
import { Repository } from '../store/repository/repository.ts';
import { operator } from './operator.ts';

interface Look {
  readonly data: string;
  readonly journal: string;
  readonly filter: BlocksFilter;
  readonly viewOf: (filter: BlocksFilter, login: string, keys: readonly string[]) => AuditEntry;
}

/** @param show makes of the batches, lines of JSON, what is shown */
export async function* withBlocksOnRecord<T>(
  { data, journal, filter, viewOf }: Look,
  show: (batches: AsyncIterable<string>, repository: Repository) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const repository = Repository.open(join(data, 'hallpass.db'));
  try {
    const database = openJournalReader(journal);
    try {
      const keys = filter.user === undefined ? [] : keysNamed(database, filter.user);
      const view = viewOf(filter, atCommandLine(operator()), keys);
      const recordAct = (act: AuditEntry): Promise<void> => repository.recordAct(act);
      await recordAct(view);
      yield* show(onRecord(view, recordAct, batchesOf(queryBlocks(database, filter))), repository);
    } finally {
      database.close();
    }
  } finally {
    await repository.close();
  }
}
