/**
 * The composition root. The main thread only supervises: it takes the lock, looks whether the ports are free, starts the
 * threads in the order in which they need each other, and passes signals on.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig } from './config.ts';
import type { Config, ConfigSource } from './config.ts';
import { watchDescriptors, withinDescriptors } from './config/descriptors.ts';
import { ownEndpoints } from './config/own-endpoints.ts';
import type { OwnEndpoints } from './config/own-endpoints.ts';
import { OwnWatch } from './config/own-watch.ts';
import type { ControlConfig } from './control/config.ts';
import type { DataPlaneConfig } from './proxy/data-plane.ts';
import { lockFolder } from './store/lock.ts';
import { clearUnfinished } from './store/unfinished.ts';
import type { RecordThreadConfig } from './store/record.entry.ts';
import { exitCodeOf, exitCodes } from './threads/exit-codes.ts';
import { formatListener, listenAddress } from './threads/listener.ts';
import { createLog } from './threads/log.ts';
import type { Log } from './threads/log.ts';
import { probe, reusePortWorks } from './threads/probe.ts';
import { Supervisor } from './threads/supervise.ts';
import type { ThreadPlan } from './threads/supervise.ts';

export interface Running {
  /** As it runs: a port 0 is the one that was found, `proxy.threads` is a number. */
  readonly config: Config;
  /**
   * Takes over the sections that can change while running (`policy`); the lists are read again in any case.
   * @returns the other sections that differ, which need a restart
   */
  reload(next: Config): readonly string[];
  /** Lets requests under way finish within `proxy.drain`, then stops every thread and frees the data folder. */
  stop(): Promise<void>;
}

export interface Hooks {
  /** Of the main thread; standard error by default. */
  readonly log?: Log;
  /** Called by `serve` once everything runs. */
  readonly onStarted?: (running: Running) => void;
  /** Files that threads run instead of their own. */
  readonly entries?: Partial<Record<keyof typeof entries, URL>>;
}

const entries = {
  record: new URL('./store/record.entry.ts', import.meta.url),
  query: new URL('./control/query.entry.ts', import.meta.url),
  control: new URL('./control/control.entry.ts', import.meta.url),
  proxy: new URL('./proxy/proxy.entry.ts', import.meta.url),
};

/** How long a thread without clients may take to stop, and a proxy thread beyond its drain, in milliseconds. */
const stopWithin = 5_000;

/**
 * Starts everything; resolves when every proxy thread has the edition in force and listens.
 * @throws StoreError `store-in-use`, ThreadError `address-in-use` or `address-refused`, or what kept a thread from starting
 */
export async function startHallpass(given: Config, hooks: Hooks = {}): Promise<Running> {
  const log = hooks.log ?? createLog({ thread: 'main', level: given.log.level });
  const lock = lockFolder(given.data);
  const supervisor = new Supervisor({ log, logLevel: given.log.level });
  try {
    clearUnfinished(given.data);
    const config = withinDescriptors(await settle(given), log);
    const from = { ...entries, ...hooks.entries };
    const own = await ownEndpoints(config);
    if (own.unresolved.length > 0)
      log.warn({ unresolved: own.unresolved }, 'own endpoints without an address are not guarded');
    // Of this run alone: a form that was left open over a restart is asked for again.
    const formKey = randomBytes(32);
    const proxies = proxyPlans(config, own, formKey, from.proxy);
    for (const group of [...plans(config, formKey, from), proxies]) await supervisor.start(group);
    log.info(
      {
        ...{ proxy: config.proxy.listen, portal: config.portal.listen, admin: config.admin.listen },
        threads: config.proxy.threads,
      },
      'started',
    );
    const unwatch = watch(config, own, proxies, supervisor, log);
    return {
      config,
      reload: (next) => {
        supervisor.reload('control', {
          ...{ ...config, policy: next.policy },
          formKey,
        } satisfies ControlConfig);
        return changed(given, next).filter((section) => section !== 'policy');
      },
      stop: async () => {
        unwatch();
        await supervisor.stop();
        lock.release();
        log.info('stopped');
      },
    };
  } catch (error) {
    await supervisor.stop();
    lock.release();
    throw error;
  }
}

/** The configuration with what is only known on this machine: the ports that were found, the number of threads. */
async function settle(config: Config): Promise<Config> {
  const proxyAddress = await probe('proxy.listen', listenAddress(config.proxy.listen));
  const portalAddress = await probe('portal.listen', listenAddress(config.portal.listen));
  const adminAddress = await probe('admin.listen', listenAddress(config.admin.listen));
  const wanted = config.proxy.threads ?? Math.max(2, availableParallelism());
  return {
    ...config,
    proxy: {
      ...config.proxy,
      listen: formatListener(proxyAddress),
      threads: (await reusePortWorks()) ? wanted : 1,
    },
    portal: { ...config.portal, listen: formatListener(portalAddress) },
    admin: { ...config.admin, listen: formatListener(adminAddress) },
  };
}

type Entries = Readonly<Record<keyof typeof entries, URL>>;

/** The threads without clients in groups, each of which needs those before it. */
function plans(config: Config, formKey: Uint8Array, from: Entries): readonly (readonly ThreadPlan[])[] {
  const record: RecordThreadConfig = { path: join(config.data, 'journal.db'), options: config.store };
  const plan = (
    name: 'record' | 'query' | 'control',
    data: unknown,
    links: readonly string[],
  ): ThreadPlan => {
    return { name, entry: from[name], data, links, stopWithin };
  };
  return [
    [plan('record', record, []), plan('query', config, [])],
    [plan('control', { ...config, formKey } satisfies ControlConfig, ['record', 'query'])],
  ];
}

function proxyPlans(
  config: Config,
  own: OwnEndpoints,
  formKey: Uint8Array,
  entry: URL,
): readonly ThreadPlan[] {
  const threads = config.proxy.threads ?? 1;
  const data = {
    proxy: config.proxy,
    dns: config.dns,
    upstream: config.upstream,
    identity: config.identity,
    pages: config.pages,
    retentionDays: Math.floor(config.store.retention / 86_400_000),
    portal: config.portal,
    formKey,
    sample: config.store.sample,
    own: own.endpoints,
    reusePort: threads > 1,
    pseudonym: `hallpass-${randomBytes(4).toString('hex')}`,
  } satisfies { readonly [K in keyof DataPlaneConfig]: unknown };
  return Array.from({ length: threads }, (_, index) => ({
    name: `proxy-${index + 1}`,
    entry,
    data,
    links: ['control', 'record'],
    stopWithin: config.proxy.drain + stopWithin,
  }));
}

/**
 * Looks, for as long as everything runs, at what may change outside of it.
 * @returns a function that ends it
 */
function watch(
  config: Config,
  first: OwnEndpoints,
  proxies: readonly ThreadPlan[],
  supervisor: Supervisor,
  log: Log,
): () => void {
  const protect = (own: OwnEndpoints['endpoints']): void => {
    for (const { name, data } of proxies) supervisor.reload(name, { ...(data as DataPlaneConfig), own });
  };
  const ownWatch = new OwnWatch(first, { find: () => ownEndpoints(config), protect, log });
  ownWatch.start();
  const unwatchDescriptors = watchDescriptors(log);
  return () => {
    ownWatch.stop();
    unwatchDescriptors();
  };
}

/** Names of the sections that differ. */
function changed(before: Config, after: Config): (keyof Config)[] {
  const same = (section: keyof Config) => JSON.stringify(before[section]) === JSON.stringify(after[section]);
  return (Object.keys(after) as (keyof Config)[]).filter((section) => !same(section));
}

/** Ctrl-C reaches the process more than once where npm or the launcher pass on what the terminal sent already. */
const sameSignal = 500;

/**
 * Runs Hallpass until SIGTERM or SIGINT and tells the exit code; SIGHUP reads the configuration again. A later
 * SIGTERM or SIGINT ends the process without waiting. What keeps it from starting goes to standard error, in words.
 */
export async function serve(source: ConfigSource, hooks: Hooks = {}): Promise<number> {
  const asked = new Promise<void>((resolve) => {
    let first = 0;
    const stop = (): void => {
      if (first === 0) first = performance.now();
      else if (performance.now() - first > sameSignal) process.exit(exitCodes.internal);
      resolve();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
  try {
    const config = loadConfig(source);
    const log = hooks.log ?? createLog({ thread: 'main', level: config.log.level });
    process.once('uncaughtException', (error) => {
      log.fatal(error, 'the main thread failed');
      process.exit(exitCodes.internal);
    });
    // Before the start is over there is nothing to reload, and the signal's own effect would be the end.
    let reloadNow = (): void => undefined;
    process.on('SIGHUP', () => reloadNow());
    const running = await startHallpass(config, { ...hooks, log });
    reloadNow = () => reload(source, running, log);
    try {
      hooks.onStarted?.(running);
      await asked;
    } finally {
      await running.stop();
    }
    return exitCodes.clean;
  } catch (error) {
    const lines =
      error instanceof ConfigError
        ? error.problems
        : [error instanceof Error ? error.message : String(error)];
    for (const line of lines) process.stderr.write(`hallpass: ${line}\n`);
    return exitCodeOf(error);
  }
}

/** A configuration that is wrong now changes nothing. */
function reload(source: ConfigSource, running: Running, log: Log): void {
  try {
    const restart = running.reload(loadConfig(source));
    log.info('configuration read again');
    if (restart.length > 0) log.warn({ sections: restart }, 'changes of these sections need a restart');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error({ problems: error.problems }, 'the configuration is wrong, the old one stays');
  }
}
