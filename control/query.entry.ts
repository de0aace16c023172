/** Entry of the query thread: reports and exports run here, where neither a block page nor a sign-in waits for them. */
import type { Config } from '../config.ts';
import { joinHouse } from '../threads/house.ts';
import { connect } from '../threads/rpc.ts';
import { Queries } from './queries.ts';

const house = joinHouse<Config>();

house.onLink('control', (port) => {
  const queries = new Queries(house.config.data);
  connect(port, queries, { onClose: () => queries.close() });
});
house.ready();
