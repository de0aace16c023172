/** Origin and clients of benchmarks/publish.ts, in a thread of their own: load, tunnels, and a question asked again and again. */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect as dial } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { parentPort, workerData } from 'node:worker_threads';
import { connect } from '../threads/rpc.ts';

export interface LoadCounts {
  /** Answers by status; `failed` are those without one. */
  readonly answers: Readonly<Record<string, number>>;
  /** Milliseconds of the longest answer. */
  readonly longest: number;
}

export interface LoadApi {
  origin(): Promise<number>;
  /** Begins to ask for a host that stays open. */
  begin(ports: readonly number[], open: string): Promise<void>;
  counts(): Promise<LoadCounts>;
  /** Opens tunnels and keeps them. */
  tunnels(port: number, host: string, count: number): Promise<void>;
  /** For each thread, when the host was first blocked there; and when the last tunnel to it closed. */
  blocked(ports: readonly number[], host: string): Promise<Seen>;
  /** Tunnels that are open now. */
  open(host: string): Promise<number>;
}

/** Milliseconds of `now`. */
export interface Seen {
  readonly blocked: readonly number[];
  readonly closed: number;
  /** Statuses other than 200 before, and than 403 after. */
  readonly strange: readonly string[];
}

/** The same in every thread. */
export const now = (): number => performance.timeOrigin + performance.now();

const CONNECTIONS = 8;
/** Milliseconds between two questions on a connection. */
const PAUSE = 10;

const origin = createServer((_request, response) => response.end('ok'));
let originPort = 0;
let answers: Record<string, number> = {};
let longest = 0;
const open = new Map<string, number>();
const closedAt = new Map<string, number>();

function ask(port: number, host: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const path = `http://${host}:${String(originPort)}/`;
    const asked = request({
      host: '127.0.0.1',
      port,
      path,
      agent,
      headers: { host: `${host}:${String(originPort)}` },
    });
    asked.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', () => resolve('failed'));
    });
    asked.on('error', () => resolve('failed'));
    asked.end();
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

async function client(port: number, host: string): Promise<never> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const begin = performance.now();
    const status = await ask(port, host, agent);
    answers[status] = (answers[status] ?? 0) + 1;
    longest = Math.max(longest, performance.now() - begin);
    await pause(PAUSE);
  }
}

function tunnel(port: number, host: string): Promise<void> {
  const socket = dial(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `CONNECT ${host}:${String(originPort)} HTTP/1.1\r\nHost: ${host}:${String(originPort)}\r\n\r\n`,
  );
  return new Promise((resolve, reject) => {
    socket.once('data', (bytes) => {
      if (!bytes.toString().startsWith('HTTP/1.1 200'))
        return reject(new Error(bytes.toString().slice(0, 40)));
      open.set(host, (open.get(host) ?? 0) + 1);
      socket.on('close', () => {
        open.set(host, (open.get(host) ?? 0) - 1);
        closedAt.set(host, now());
      });
      resolve();
    });
  });
}

async function firstBlocked(port: number, host: string, strange: string[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    const status = await ask(port, host, agent);
    const at = now();
    if (status === '403') {
      agent.destroy();
      return at;
    }
    if (status !== '200') strange.push(status);
    await pause(1);
  }
}

const api: LoadApi = {
  origin: async () => {
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
    origin.headersTimeout = 0;
    origin.requestTimeout = 0;
    return (originPort = (origin.address() as AddressInfo).port);
  },
  begin: async (ports, host) => {
    for (const port of ports) for (let i = 0; i < CONNECTIONS; i++) void client(port, host);
  },
  counts: async () => {
    const counts = { answers, longest };
    [answers, longest] = [{}, 0];
    return counts;
  },
  tunnels: async (port, host, count) => {
    for (let i = 0; i < count; i++) await tunnel(port, host);
  },
  blocked: async (ports, host) => {
    const strange: string[] = [];
    const blocked = await Promise.all(ports.map((port) => firstBlocked(port, host, strange)));
    while ((open.get(host) ?? 0) > 0) await pause(1);
    return { blocked, closed: closedAt.get(host) ?? NaN, strange };
  },
  open: async (host) => open.get(host) ?? 0,
};

if (parentPort !== null) {
  connect((workerData as { port: MessagePort }).port, api);
  parentPort.postMessage('ready');
}
