/** Entry of the query thread: reports and exports run here, where neither a block page nor a sign-in waits for them. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { joinHouse } from '../threads/house.ts';
import { connect } from '../threads/rpc.ts';
import { Queries } from './queries.ts';

const house = joinHouse<Config>();
const journal = join(house.config.data, 'journal.db');

house.onLink('control', (port) => {
  const queries = new Queries(journal);
  connect(port, queries, { onClose: () => queries.close() });
});
house.ready();
