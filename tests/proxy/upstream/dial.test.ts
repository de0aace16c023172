import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddressRules } from '../../../proxy/upstream/address-rules.ts';
import { dial } from '../../../proxy/upstream/dial.ts';
import type { Dialled, DialFailure, DialTarget } from '../../../proxy/upstream/dial.ts';
import { Names } from '../../../proxy/upstream/names.ts';
import { dnsOptions, upstreamOptions } from '../../../proxy/upstream/options.ts';
import { DnsStub } from './dns-stub.ts';

const options = upstreamOptions.parse({});
const rules = new AddressRules({ allow: ['127.10.0.0/16'], own: [] });

let servers: Server[];
let dialled: Socket[];

beforeEach(() => {
  servers = [];
  dialled = [];
});

afterEach(async () => {
  for (const socket of dialled) socket.destroy();
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
});

/** A server that keeps every connection it gets. */
async function listen(host: string, port = 0): Promise<{ port: number; accepted: Socket[] }> {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined).on('end', () => socket.end());
  });
  servers.push(server);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, accepted };
}

type Result = Dialled | DialFailure;

function dialTo(target: Omit<DialTarget, 'host'>, settings = options, by = rules): Promise<Result> {
  return new Promise((resolve) => {
    dial({ host: 'a.test', ...target }, by, settings, (result) => {
      if (result.kind === 'connected') dialled.push(result.socket);
      resolve(result);
    });
  });
}

describe('dialling', () => {
  it('gives a connected socket, and keeps no hand on it', async () => {
    const { port } = await listen('127.10.0.1');
    const result = await dialTo({ port, addresses: ['127.10.0.1'] });
    expect(result).toMatchObject({ kind: 'connected', address: '127.10.0.1' });
    const { socket } = result as Dialled;
    expect([socket.remoteAddress, socket.remotePort]).toEqual(['127.10.0.1', port]);
    expect(['connect', 'error', 'close', 'timeout'].map((event) => socket.listenerCount(event))).toEqual([
      0, 0, 0, 0,
    ]);
    expect([socket.allowHalfOpen, socket.connecting]).toEqual([false, false]);
  });

  it('leaves each direction to itself when asked', async () => {
    const { port } = await listen('127.10.0.1');
    const result = await dialTo({ port, addresses: ['127.10.0.1'], allowHalfOpen: true });
    expect((result as Dialled).socket.allowHalfOpen).toBe(true);
  });

  it('goes on at once to the next address when one refuses', async () => {
    const { port } = await listen('127.10.0.2');
    const patient = { ...options, attemptDelay: 5_000, connectTimeout: 4_000 };
    const result = await dialTo({ port, addresses: ['127.10.0.1', '127.10.0.2'] }, patient);
    expect(result).toMatchObject({ kind: 'connected', address: '127.10.0.2' });
  });

  it('tries the next address beside one that is silent', async () => {
    const { port } = await listen('127.10.0.2');
    const silent = await silentAddress(port);
    const result = await dialTo({ port, addresses: [silent.address, '127.10.0.2'] });
    await silent.release();
    expect(result).toMatchObject({ kind: 'connected', address: '127.10.0.2' });
  });

  it('has three attempts under way at most, however many addresses a name has', async () => {
    const { port } = await listen('127.10.0.2');
    const silent = await Promise.all(
      ['127.10.0.71', '127.10.0.72', '127.10.0.73', '127.10.0.74', '127.10.0.75'].map((address) =>
        silentAddress(port, address),
      ),
    );
    const addresses = silent.map(({ address }) => address);
    const quick = { ...options, attemptDelay: 20, connectTimeout: 1_000 };
    const reached = await dialTo({ port, addresses: [...addresses, '127.10.0.2'] }, quick);
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    let most = before;
    const sampling = setInterval(() => (most = Math.max(most, descriptors())), 5);
    const failed = await dialTo({ port, addresses }, quick);
    clearInterval(sampling);
    await Promise.all(silent.map(({ release }) => release()));
    expect(reached).toMatchObject({ kind: 'connected', address: '127.10.0.2' });
    expect(failed).toMatchObject({ code: 'connect-timeout', address: '127.10.0.71' });
    expect(most - before).toBe(3);
  });

  it('reports who refused when all do', async () => {
    const { port } = await listen('127.10.0.9');
    expect(await dialTo({ port, addresses: ['127.10.0.1', '127.10.0.2'] })).toEqual({
      kind: 'failed', code: 'connect-refused', host: 'a.test', port, address: '127.10.0.1', refusal: null,
    }); // prettier-ignore
  });

  it('gives up after `connectTimeout`', async () => {
    const silent = await silentAddress();
    const result = await dialTo(
      { port: silent.port, addresses: [silent.address] },
      { ...options, connectTimeout: 200 },
    );
    await silent.release();
    expect(result).toMatchObject({ code: 'connect-timeout', address: silent.address });
  });

  it('has nobody to call without an address', async () => {
    expect(await dialTo({ port: 80, addresses: [] })).toMatchObject({ code: 'unreachable', address: null });
  });

  it('calls back only after it has returned', async () => {
    const order: string[] = [];
    const over = new Promise<void>((resolve) => {
      dial({ host: 'a.test', port: 80, addresses: ['127.0.0.1'] }, rules, options, () => {
        order.push('called back');
        resolve();
      });
    });
    order.push('returned');
    await over;
    expect(order).toEqual(['returned', 'called back']);
  });

  it('can be given up: no callback, no connection left', async () => {
    const { port, accepted } = await listen('127.10.0.1');
    const called = vi.fn();
    const cancel = dial({ host: 'a.test', port, addresses: ['127.10.0.1'] }, rules, options, called);
    cancel();
    cancel();
    dial({ host: 'a.test', port, addresses: ['127.0.0.1'] }, rules, options, called)();
    await dialTo({ port, addresses: ['127.10.0.1'] });
    await vi.waitFor(() => expect(accepted.filter((socket) => !socket.destroyed)).toHaveLength(1));
    expect(called).not.toHaveBeenCalled();
  });
});

describe('the address rules, when dialling', () => {
  it('skip what they refuse', async () => {
    const { port } = await listen('127.10.0.1');
    const loopback = await listen('127.0.0.1', port);
    const result = await dialTo({ port, addresses: ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.10.0.1'] });
    expect(result).toMatchObject({ kind: 'connected', address: '127.10.0.1' });
    expect(loopback.accepted).toEqual([]);
  });

  it('say which address was refused first, and why, when none is left', async () => {
    const result = await dialTo({ port: 80, addresses: ['169.254.169.254', '127.0.0.1'] });
    expect(result).toMatchObject({
      code: 'refused-address',
      address: '169.254.169.254',
      refusal: 'metadata',
    });
  });

  it('are of less interest than an address that was tried', async () => {
    const { port } = await listen('127.10.0.9');
    const result = await dialTo({ port, addresses: ['127.0.0.1', '127.10.0.1'] });
    expect(result).toMatchObject({ code: 'connect-refused', address: '127.10.0.1', refusal: null });
  });

  it('judge the connected socket again', async () => {
    const { port, accepted } = await listen('127.10.0.1');
    const changing = new AddressRules({ allow: ['127.10.0.0/16'], own: [] });
    const result = dialTo({ port, addresses: ['127.10.0.1'] }, options, changing);
    changing.protect([{ address: '127.10.0.1', port }]);
    expect(await result).toMatchObject({
      code: 'refused-address',
      address: '127.10.0.1',
      refusal: 'own-endpoint',
    });
    await vi.waitFor(() => expect(accepted.every((socket) => socket.destroyed)).toBe(true));
  });
});

describe('a name that changes its address (rebinding)', () => {
  let stub: DnsStub;

  beforeEach(async () => {
    stub = await DnsStub.start(() => ({}));
  });
  afterEach(async () => stub.stop());

  /** Resolves and dials as a request does; the clock runs past every TTL in between. */
  async function requests(times: number, port: number): Promise<string[]> {
    let now = 0;
    const dns = dnsOptions.parse({ servers: [stub.server], hostsFile: '/nonexistent', minTtl: 0 });
    const names = new Names(dns, { now: () => (now += 10_000) });
    const outcomes: string[] = [];
    for (let i = 0; i < times; i++) {
      const answer = names.resolve('rebind.test', { client: 'ann', exempt: false });
      const resolution = answer.kind === 'pending' ? await answer.answer : answer;
      if (resolution.kind === 'failed') throw new Error(resolution.code);
      const result = await dialTo({ port, addresses: resolution.addresses });
      outcomes.push(result.kind === 'connected' ? result.address : result.code);
      if (result.kind === 'connected') result.socket.destroy();
    }
    return outcomes;
  }

  it('from one answer to the next reaches no loopback service', async () => {
    const { port } = await listen('127.10.0.1');
    const recorder = await listen('127.0.0.1', port);
    stub.setScript(({ type, query }) => {
      if (type === 'AAAA') return {};
      return { answers: [query % 2 === 0 ? '127.10.0.1' : '127.0.0.1'], ttl: 0 };
    });
    const outcomes = await requests(100, port);
    expect(outcomes.slice(0, 4)).toEqual(['127.10.0.1', 'refused-address', '127.10.0.1', 'refused-address']);
    expect(stub.count('rebind.test', 'A')).toBe(100);
    expect(recorder.accepted).toEqual([]);
  });

  it('within one answer reaches no loopback service', async () => {
    const { port } = await listen('127.10.0.1');
    const recorder = await listen('127.0.0.1', port);
    stub.setScript(({ type }) => (type === 'A' ? { answers: ['127.0.0.1', '127.10.0.1'], ttl: 0 } : {}));
    expect(new Set(await requests(100, port))).toEqual(new Set(['127.10.0.1']));
    expect(recorder.accepted).toEqual([]);
  });

  it('within one answer reaches no loopback service though the allowed address is dead', async () => {
    const recorder = await listen('127.0.0.1');
    stub.setScript(({ type }) => (type === 'A' ? { answers: ['127.10.0.1', '127.0.0.1'], ttl: 0 } : {}));
    expect(new Set(await requests(20, recorder.port))).toEqual(new Set(['connect-refused']));
    expect(recorder.accepted).toEqual([]);
  });

  it('between the families reaches no loopback service', async () => {
    const { port } = await listen('127.10.0.1');
    const recorder = await listen('::1', port);
    const mapped = await listen('127.0.0.1', port);
    stub.setScript(({ type }) => ({
      answers: type === 'A' ? ['127.10.0.1'] : ['::1', '::ffff:7f00:1'],
      ttl: 0,
    }));
    expect(new Set(await requests(100, port))).toEqual(new Set(['127.10.0.1']));
    expect([recorder.accepted, mapped.accepted]).toEqual([[], []]);
  });
});

/**
 * An address on which connecting hangs: its listener's thread sleeps instead of accepting, and its queue, which holds
 * one more than the backlog of one, is full.
 */
async function silentAddress(
  port = 0,
  address = '127.10.0.77',
): Promise<{ address: string; port: number; release: () => Promise<void> }> {
  const wake = new Int32Array(new SharedArrayBuffer(4));
  const sleeper = `
    const { parentPort, workerData: { wake, port, address } } = require('node:worker_threads');
    const server = require('node:net').createServer().listen({ host: address, port, backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(wake, 0, 0);
      process.exit();
    });`;
  const worker = new Worker(sleeper, { eval: true, workerData: { wake, port, address } });
  const [listening] = (await once(worker, 'message')) as [number];
  const queue = [connect(listening, address), connect(listening, address)];
  await Promise.all(queue.map((socket) => once(socket, 'connect')));
  const release = async (): Promise<void> => {
    for (const socket of queue) socket.on('error', () => undefined).destroy();
    Atomics.store(wake, 0, 1);
    Atomics.notify(wake, 0);
    await once(worker, 'exit');
  };
  return { address, port: listening, release };
}
