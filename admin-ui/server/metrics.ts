/**
 * `GET /metrics` for Prometheus. Values are asked for when they are scraped and kept nowhere. No person, host or address of
 * a client is a label: what a school browses is nobody's business on a dashboard.
 */
import { Router } from 'express';
import { collectDefaultMetrics, Gauge, Counter, Registry } from 'prom-client';
import { holds, readCidr } from '../../policy/cidr.ts';
import { readAddress, words } from '../../policy/ip.ts';
import { sendProblem } from './problem.ts';

export interface ThreadMeasurements {
  /** Such as `proxy-1`. */
  readonly name: string;
  readonly connections: number;
  readonly tunnels: number;
  /** Since the thread started. */
  readonly requests: number;
  readonly blocks: number;
}

export interface Measurements {
  /** Null before the first. `since`: epoch milliseconds. */
  readonly edition: {
    readonly edition: string;
    readonly policyVersion: string;
    readonly since: number;
  } | null;
  /** Reasons of {@link HealthReport}, counted. */
  readonly failures: number;
  readonly warnings: number;
  readonly threadsWanted: number;
  readonly threads: readonly ThreadMeasurements[];
  /** Null while the record thread is away. */
  readonly store: { readonly ok: boolean; readonly spooled: number; readonly dropped: number } | null;
  /** Servers of the directory; `up` is null for one that was not asked yet. */
  readonly directory: readonly { readonly url: string; readonly up: boolean | null }[];
}

export interface Metrics {
  /** Networks (CIDR) that may scrape. */
  readonly clients: readonly string[];
  readonly measure: () => Promise<Measurements>;
}

export function metricsRouter({ clients, measure }: Metrics): Router {
  const admits = admission(clients);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const update = instruments(registry);
  const router = Router();
  router.get('/metrics', async (request, response) => {
    if (!admits(request.socket.remoteAddress ?? '')) {
      const detail = 'this address is not in `admin.metrics.clients`';
      sendProblem(response, { status: 403, title: 'Forbidden', detail });
      return;
    }
    update(await measure());
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}

function admission(clients: readonly string[]): (ip: string) => boolean {
  const ranges = clients.flatMap((text) => {
    const read = readCidr(text);
    return read.ok ? [read.value] : [];
  });
  const address = words();
  return (ip) => readAddress(ip, address) && ranges.some((range) => holds(range, address));
}

/** @returns a function that gives every instrument its values of now */
function instruments(registry: Registry): (now: Measurements) => void {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `hallpass_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `hallpass_${name}`, help, labelNames, registers });
  const requests = counter('requests_total', 'Requests decided, by proxy thread', ['thread']);
  const blocks = counter('blocks_total', 'Block pages and refused tunnels, by proxy thread', ['thread']);
  const connections = gauge('client_connections', 'Open client connections, by proxy thread', ['thread']);
  const tunnels = gauge('tunnels', 'Open tunnels and upgraded connections, by proxy thread', ['thread']);
  const threads = gauge('proxy_threads', 'Proxy threads that run, and that should', ['state']);
  const reasons = gauge('health_reasons', 'Reasons why /readyz is not `ready`', ['severity']);
  const edition = gauge('edition_info', 'The edition in force', ['edition', 'policy_version']);
  const since = gauge('edition_since_seconds', 'When it came into force, in seconds since the epoch');
  const recording = gauge('records_writable', 'Whether records reach the disk');
  const spooled = gauge('records_spooled', 'Records in memory that wait for the disk');
  const dropped = counter('records_dropped_total', 'Records lost since the start');
  const directory = gauge('directory_server_up', 'Whether a directory server answers', ['server']);
  const threadwise = [requests, blocks, connections, tunnels];

  return (now) => {
    for (const each of [...threadwise, edition, directory, dropped]) each.reset();
    for (const thread of now.threads) {
      const label = { thread: thread.name };
      requests.inc(label, thread.requests);
      blocks.inc(label, thread.blocks);
      connections.set(label, thread.connections);
      tunnels.set(label, thread.tunnels);
    }
    threads.set({ state: 'running' }, now.threads.length);
    threads.set({ state: 'wanted' }, now.threadsWanted);
    reasons.set({ severity: 'failure' }, now.failures);
    reasons.set({ severity: 'warning' }, now.warnings);
    if (now.edition !== null) {
      edition.set({ edition: now.edition.edition, policy_version: now.edition.policyVersion }, 1);
      since.set(now.edition.since / 1_000);
    }
    recording.set(now.store?.ok === true ? 1 : 0);
    spooled.set(now.store?.spooled ?? 0);
    dropped.inc(now.store?.dropped ?? 0);
    for (const { url, up } of now.directory) if (up !== null) directory.set({ server: url }, up ? 1 : 0);
  };
}
