/** Entry of the record thread: joins the journal to the proxy threads, and its health to the control thread. */
import type { StoreOptions } from './options.ts';
import { startRecordThread } from './record-thread.ts';
import type { StoreHealth } from './record-thread.ts';
import type { JournalApi } from './record.ts';
import { joinHouse } from '../threads/house.ts';
import { connect } from '../threads/rpc.ts';

export interface RecordThreadConfig {
  /** Of journal.db. */
  readonly path: string;
  readonly options: StoreOptions;
}

/** Calls of the control thread to the record thread. */
export interface RecordForControl {
  health(): StoreHealth;
}

const house = joinHouse<RecordThreadConfig>();
const { path, options } = house.config;

try {
  const record = startRecordThread({ path, options, log: house.log });
  house.onLink('proxy', (port) => void connect(port, record.api satisfies JournalApi));
  house.onLink('control', (port) => {
    const forControl: RecordForControl = { health: () => record.health() };
    connect(port, forControl);
  });
  house.onStop(() => record.close());
  house.ready();
} catch (error) {
  house.fail(error);
}
