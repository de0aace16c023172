/** A proxy thread of benchmarks/publish.ts: the data plane as it is, and a timer that notices what holds the thread. */
import { PerformanceObserver } from 'node:perf_hooks';
import process from 'node:process';
import type { MessagePort } from 'node:worker_threads';
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { options as pagesOptions } from '../pages/options.ts';
import { DataPlane } from '../proxy/data-plane.ts';
import { options as identityOptions } from '../proxy/identity/options.ts';
import { options as proxyOptions } from '../proxy/options.ts';
import { dnsOptions, upstreamOptions } from '../proxy/upstream/options.ts';
import { connect } from '../threads/rpc.ts';

export interface BenchProxyData {
  readonly name: string;
  readonly port: MessagePort;
  readonly originPort: number;
  readonly hosts: readonly string[];
}

/** Milliseconds. */
export interface Held {
  /** The longest time that the timer came late: by this thread's own work, or since another process had the processor. */
  readonly wall: number;
  /** The most of a processor's time that this thread used between two beats of the timer. */
  readonly cpu: number;
  /** The longest pause for the collection of garbage, on the clock. */
  readonly gc: number;
}

const { name, port, originPort, hosts } = workerData as BenchProxyData;

const plane = new DataPlane(
  name,
  {
    proxy: proxyOptions.parse({
      listen: '127.0.0.1:0',
      connect: { ports: [originPort] },
      maxConnectionsPerAddress: 5_000,
    }),
    dns: dnsOptions.parse({ hosts: Object.fromEntries(hosts.map((host) => [host, '127.0.0.1'])) }),
    upstream: upstreamOptions.parse({ allow: [`127.0.0.1/32:${String(originPort)}`] }),
    identity: identityOptions.parse({}),
    pages: pagesOptions.parse({}),
    retentionDays: 90,
    portal: { host: 'hallpass' },
    formKey: Buffer.alloc(32, 7),
    own: [],
    reusePort: false,
    pseudonym: 'hallpass-bench',
  },
  { directory: () => null, portal: () => null, watches: () => null, journal: () => null },
  pino({ level: 'silent' }),
);

let held: Held = { wall: 0, cpu: 0, gc: 0 };
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    held = { ...held, gc: Math.max(held.gc, duration) };
  }
}).observe({ entryTypes: ['gc'] });
const cpuNow = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};
let [wallBefore, cpuBefore] = [performance.now(), cpuNow()];
setInterval(() => {
  const [wall, cpu] = [performance.now(), cpuNow()];
  held = {
    wall: Math.max(held.wall, wall - wallBefore - 1),
    cpu: Math.max(held.cpu, cpu - cpuBefore),
    gc: held.gc,
  };
  [wallBefore, cpuBefore] = [wall, cpu];
}, 1);

connect(port, {
  publish: (publication: Parameters<DataPlane['publish']>[0]) => plane.publish(publication),
  accountsGone: (keys: readonly string[]) => plane.accountsGone(keys),
  emergency: (emergency: Parameters<DataPlane['emergency']>[0]) => plane.emergency(emergency),
  watch: (watch: Parameters<DataPlane['watch']>[0]) => plane.watch(watch),
  unwatch: (id: string) => plane.unwatch(id),
  grant: (grants: Parameters<DataPlane['grant']>[0]) => plane.grant(grants),
  share: (grants: Parameters<DataPlane['share']>[0]) => plane.share(grants),
  status: () => plane.status(),
  // For the bench alone.
  listen: () => plane.listen(),
  held: async (): Promise<Held> => {
    const answer = held;
    held = { wall: 0, cpu: 0, gc: 0 };
    return answer;
  },
});
parentPort?.postMessage('ready');
