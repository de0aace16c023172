/** Entry of a proxy thread: joins the data plane to the control and record threads. */
import { joinHouse } from '../threads/house.ts';
import { connect } from '../threads/rpc.ts';
import type { Connection } from '../threads/rpc.ts';
import type { JournalApi } from '../store/record.ts';
import type { DataPlaneConfig } from './data-plane.ts';
import { DataPlane } from './data-plane.ts';
import type { ControlForProxy, ProxyControl } from './protocol.ts';

const house = joinHouse<DataPlaneConfig>();
let control: Connection<ControlForProxy> | null = null;
let record: Connection<JournalApi> | null = null;

const plane = new DataPlane(
  house.name,
  house.config,
  {
    directory: () => (control?.isOpen() ? control.remote : null),
    portal: () => (control?.isOpen() ? control.remote : null),
    watches: () => (control?.isOpen() ? control.remote : null),
    sample: () => (control?.isOpen() ? control.remote : null),
    journal: () => (record?.isOpen() ? record.remote : null),
  },
  house.log,
);

let listening: Promise<number> | null = null;

/** The first edition opens the door; a later one only changes what is behind it. */
const handlers: ProxyControl = {
  publish: async (publication) => {
    await plane.publish(publication);
    listening ??= plane.listen();
    try {
      await listening;
    } catch (error) {
      // The supervisor starts the thread anew; a rejected promise kept here would never try again.
      house.fail(error);
    }
    house.ready();
  },
  accountsGone: (keys) => plane.accountsGone(keys),
  emergency: (emergency) => plane.emergency(emergency),
  watch: (watch) => plane.watch(watch),
  unwatch: (id) => plane.unwatch(id),
  grant: (grants) => plane.grant(grants),
  share: (grants) => plane.share(grants),
  status: () => plane.status(),
};

house.onLink('control', (port) => {
  control = connect<ControlForProxy>(port, handlers);
});
house.onLink('record', (port) => {
  record = connect<JournalApi>(port, {});
});
house.onReload(({ own }) => plane.protect(own));
house.onStop(() => plane.drain());
