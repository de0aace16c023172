/**
 * How many connections the file descriptors of this process suffice for. Where they run out, nothing works any more: not
 * the directory, whose people would count as not identified, and not the store. So no more clients are let in than there
 * are descriptors for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Log } from '../threads/log.ts';
import type { Config } from './schema.ts';

/** Databases, directory connections, admin pages, the command line's socket, and what the other threads need. */
const restOfProcess = 512;
/** Of a proxy thread: its own, and connections that are on their way out. */
const restOfThread = 64;
/** Fewer make no proxy. */
const leastConnections = 16;

export interface Descriptors {
  /** Of one proxy thread. */
  readonly maxConnections: number;
  /** Idle connections to origins, of one proxy thread. */
  readonly maxIdle: number;
  /** How many descriptors it would take for as many as are wanted. */
  readonly needed: number;
}

export interface Wanted {
  readonly threads: number;
  readonly maxConnections: number;
  readonly maxIdle: number;
}

/**
 * A client connection takes one descriptor, and another for the origin's side of it or for its question to DNS; more only
 * for the moment in which several addresses are dialled.
 */
export function shareOut(limit: number, { threads, maxConnections, maxIdle }: Wanted): Descriptors {
  const rest = restOfProcess + threads * restOfThread;
  const needed = rest + threads * (maxIdle + 2 * maxConnections);
  if (limit >= needed) return { maxConnections, maxIdle, needed };
  const idle = Math.min(maxIdle, Math.floor(limit / 8 / threads));
  const left = limit - Math.min(rest, Math.floor(limit / 4)) - threads * idle;
  const fit = Math.max(leastConnections, Math.floor(left / 2 / threads));
  return { maxConnections: Math.min(maxConnections, fit), maxIdle: idle, needed };
}

/**
 * The soft limit of open files, which Node has raised to the hard one when it started; null where the system does not
 * tell it (no /proc) or sets none.
 */
export function descriptorLimit(limits = '/proc/self/limits'): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)\s/m.exec(readFileSync(limits, 'latin1')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}

/** The configuration with as many connections as there are descriptors for, and a warning when those are fewer. */
export function withinDescriptors(config: Config, log: Log, limit = descriptorLimit()): Config {
  if (limit === null) return config;
  const { proxy, upstream } = config;
  const wanted = { ...proxy, threads: proxy.threads ?? 1, maxIdle: upstream.maxIdle };
  const { maxConnections, maxIdle, needed } = shareOut(limit, wanted);
  if (maxConnections === proxy.maxConnections && maxIdle === upstream.maxIdle) return config;
  log.warn(
    { limit, needed, maxConnections, maxIdle },
    `too few file descriptors for \`proxy.maxConnections\`, which is lowered: set \`LimitNOFILE=${needed}\` in the ` +
      `service, or \`ulimit -n ${needed}\` before the start`,
  );
  return { ...config, proxy: { ...proxy, maxConnections }, upstream: { ...upstream, maxIdle } };
}

const everyMinute = 60_000;

/**
 * Says in the log when nine in ten descriptors are in use: a connection that there is none for is closed by libuv without
 * a word.
 * @returns a function that ends the watch
 */
export function watchDescriptors(
  log: Log,
  { limit = descriptorLimit(), list = '/proc/self/fd', period = everyMinute } = {},
): () => void {
  if (limit === null) return () => undefined;
  const timer = setInterval(() => {
    const open = countOf(list);
    if (open > limit * 0.9) {
      log.warn(
        { open: Math.min(open, limit), limit },
        'hardly any file descriptor is left: connections will fail',
      );
    }
  }, period);
  timer.unref();
  return () => clearInterval(timer);
}

function countOf(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    // Without a descriptor left not even this folder can be opened.
    return Infinity;
  }
}
