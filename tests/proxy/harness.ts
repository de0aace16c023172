/** A data plane on real sockets: scripted origins that record bytes, a raw client, a small district. */
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { pino } from 'pino';
import { compileEdition } from '../../policy/compile/edition.ts';
import type { ListText } from '../../policy/edition.ts';
import type { Person } from '../../policy/subject.ts';
import type { Credentials, SignIn } from '../../directory/protocol.ts';
import type { PortalApi, SampledCell, WatchedLine } from '../../proxy/protocol.ts';
import type { BlockRecord } from '../../store/record.ts';
import type { DataPlaneConfig } from '../../proxy/data-plane.ts';
import { DataPlane } from '../../proxy/data-plane.ts';
import { options as identityOptions } from '../../proxy/identity/options.ts';
import { options as proxyOptions } from '../../proxy/options.ts';
import { options as pagesOptions } from '../../pages/options.ts';
import { dnsOptions, upstreamOptions } from '../../proxy/upstream/options.ts';

export const aup = `---
title: Acceptable use
adopted: 2026-08-01
language: en
---
### 1.1 School use {#school-use}

The network is for school work.

### 2.1 Games {#games}

Games wait until after class.
`;

/** `*.test` hosts of the harness by category; everybody in `students` may not play, staff may. */
export const policy = `hallpass: 1
title: Test district
timeZone: America/Chicago
audiences:
  students: { title: Students, groups: [students], voice: student }
  staff: { title: Staff, groups: [staff], voice: staff }
categories:
  games: { title: Games }
  crisis: { title: Crisis help }
  bad: { title: Closed to all }
  slow: { title: Warned of }
crisis: { categories: [crisis] }
rules:
  - id: closed
    title: Closed to everyone
    publicTitle: This is closed
    clause: school-use
    match: { categories: [bad] }
    action: block
  - id: bad-path
    title: One path
    publicTitle: This page is closed
    clause: school-use
    match: { urls: ['ok.test/bad/**'] }
    action: block
  - id: warned
    title: Warned of
    publicTitle: Think first
    clause: school-use
    match: { categories: [slow] }
    action: warn
  - id: games
    title: No games for students
    publicTitle: Games wait
    clause: games
    for: [students]
    match: { categories: [games] }
    action: block
default: { action: allow, publicTitle: Open, noClause: Everything else is open. }
`;

export const lists: readonly ListText[] = [
  {
    name: 'test',
    text: `@category games
@source this test
games.test
@category bad
blocked.test
@category crisis
hotline.test
@category slow
slow.test
`,
  },
  {
    name: 'table-services',
    text: `services:
  - { kind: safe-search, id: finder, hosts: [=ok.test], set: { safe: active }, dropCookies: [safe] }
  - { kind: youtube, id: tube, hosts: [=xn--bcher-kva.test] }
  - { kind: google-accounts, id: accounts, hosts: [=xn--bcher-kva.test] }
`,
  },
  {
    name: 'table-inner-addresses',
    text: `carriers:
  translator: { hosts: [=ok.test], paths: [/translate], parameters: [u] }
`,
  },
];

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const group = (name: string) => ({ key: uuid(name.length), name, dn: `cn=${name},dc=test` });
export const ann: Person = {
  key: uuid(101),
  login: 'ann',
  name: 'Ann Example',
  groups: [group('students')],
  schools: ['north'],
};
export const bob: Person = {
  key: uuid(102),
  login: 'bob',
  name: 'Bob Example',
  groups: [group('staff')],
  schools: ['north'],
};

export const basic = (login: string, password = `${login}-pw`): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;

export interface Harness {
  readonly port: number;
  readonly plane: DataPlane;
  readonly records: BlockRecord[];
  readonly signIns: Credentials[];
  readonly log: string[];
  /** Cells of the sample that were handed over. */
  readonly sampled: readonly SampledCell[];
  /** What was told of watched clients. */
  readonly watched: readonly (WatchedLine & { readonly id: string })[];
  /** What the directory answers; may be replaced by a test. */
  directory: (credentials: Credentials) => Promise<SignIn>;
  /** What the portal answers; may be replaced by a test. */
  portal: PortalApi | null;
  /** What the journal answers; may be replaced by a test. */
  journal: 'up' | 'down';
  publish(policyText: string): Promise<void>;
  close(): Promise<void>;
}

const people = new Map([ann, bob].map((person) => [person.login, person]));

async function knownPeople({ login, password }: Credentials): Promise<SignIn> {
  const person = people.get(login);
  return person !== undefined && password === `${login}-pw`
    ? { kind: 'verified', person, expires: Date.now() + 60_000 }
    : { kind: 'rejected', reason: 'wrong-password', retryAfter: 0 };
}

export function compile(policyText: string): SharedArrayBuffer {
  const compiled = compileEdition({ policy: policyText, aup: [aup] }, lists);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.image;
}

/** Hosts that all live on 127.10.0.1, whose every port may be dialled; nothing else of loopback may. */
export const hosts = [
  'ok.test',
  'games.test',
  'blocked.test',
  'hotline.test',
  'slow.test',
  'xn--bcher-kva.test',
];

export interface Overrides {
  readonly proxy?: object;
  readonly upstream?: object;
  readonly dns?: object;
  readonly sample?: boolean;
}

export function configOf(overrides: Overrides = {}): DataPlaneConfig {
  return {
    proxy: proxyOptions.parse({ listen: '127.0.0.1:0', connect: { ports: anyPorts }, ...overrides.proxy }),
    dns: dnsOptions.parse({
      hosts: Object.fromEntries(hosts.map((host) => [host, '127.10.0.1'])),
      timeout: '500ms',
      ...overrides.dns,
    }),
    upstream: upstreamOptions.parse({ allow: ['127.10.0.0/16'], ...overrides.upstream }),
    identity: identityOptions.parse({}),
    pages: pagesOptions.parse({}),
    retentionDays: 90,
    portal: { host: 'hallpass' },
    formKey: Buffer.alloc(32, 7),
    own: [],
    reusePort: false,
    pseudonym: 'hallpass-test',
    sample: overrides.sample ?? false,
  };
}

export async function startHarness(overrides: Overrides = {}): Promise<Harness> {
  const config = configOf(overrides);
  const records: BlockRecord[] = [];
  const signIns: Credentials[] = [];
  const log: string[] = [];
  const watched: (WatchedLine & { readonly id: string })[] = [];
  const sampled: SampledCell[] = [];
  let epoch = 0;
  const harness: Harness = {
    port: 0,
    plane: new DataPlane(
      'proxy-1',
      config,
      {
        directory: () => ({
          signIn: async (credentials) => {
            signIns.push(credentials);
            return harness.directory(credentials);
          },
        }),
        portal: () => harness.portal,
        watches: () => ({
          watched: async (id, lines) => void watched.push(...lines.map((line) => ({ id, ...line }))),
        }),
        sample: () => ({ sampled: async (_hour, cells) => void sampled.push(...cells) }),
        journal: () => ({
          append: async (record) => {
            if (harness.journal === 'down') return { kind: 'unavailable' };
            records.push(record);
            return { kind: 'recorded', id: record.id };
          },
        }),
      },
      pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    ),
    records,
    signIns,
    log,
    watched,
    sampled,
    directory: knownPeople,
    portal: null,
    journal: 'up',
    publish: (text) => harness.plane.publish({ image: compile(text), epoch: ++epoch }),
    close: async () => harness.plane.close(),
  };
  await harness.publish(policy);
  const port = await harness.plane.listen();
  return Object.assign(harness, { port });
}

/** Test origins get whichever port is free, so tunnels to any may be asked for. */
const anyPorts = Array.from({ length: 65_535 - 1_024 }, (_, i) => i + 1_025);

export interface RecordingOrigin {
  readonly port: number;
  /** Bytes of each connection, as latin1 text, in the order of connecting. */
  readonly received: string[];
  readonly sockets: Socket[];
  close(): Promise<void>;
}

/** Never parses: hands each piece of bytes to `reply`, with all that the connection has received so far. */
export async function startOrigin(
  reply: (socket: Socket, all: string, connection: number) => void,
  host = '127.10.0.1',
): Promise<RecordingOrigin> {
  const received: string[] = [];
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = sockets.push(socket) - 1;
    received[connection] = '';
    socket.on('data', (bytes: Buffer) => {
      received[connection] += bytes.toString('latin1');
      reply(socket, received[connection] ?? '', connection);
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An origin that answers every complete head with the same response. */
export const always =
  (response: string) =>
  (socket: Socket, all: string): void => {
    if (all.endsWith('\r\n\r\n')) socket.write(response, 'latin1');
  };

export const ok = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;

/** A client that speaks bytes. */
export class RawClient {
  readonly socket: Socket;
  received = '';
  ended = false;
  closed = false;
  failed = false;
  readonly #waiting = new Set<() => void>();

  /** @param localAddress the client's own, of 127.0.0.0/8 */
  constructor(port: number, localAddress = '127.0.0.1') {
    this.socket = connect({ host: '127.0.0.1', port, localAddress, allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('latin1');
      this.#wake();
    });
    this.socket.on('end', () => {
      this.ended = true;
      this.#wake();
    });
    this.socket.on('error', () => (this.failed = true));
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  #wake(): void {
    for (const each of [...this.#waiting]) each();
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Waits until `test` of what was received holds; fails after 5 seconds with what there is. */
  async until(test: (received: string) => boolean, what = 'what was expected'): Promise<string> {
    if (test(this.received)) return this.received;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`did not receive ${what}, but: ${JSON.stringify(this.received.slice(-2_000))}`));
      }, 5_000);
      const check = (): void => {
        if (!test(this.received)) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(this.received);
      };
      this.#waiting.add(check);
    });
  }

  async untilEnd(): Promise<string> {
    await this.until(() => this.ended || this.closed, 'the end');
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** One request on a connection of its own: everything that came back until the proxy closed. */
export async function roundTrip(port: number, request: string): Promise<string> {
  const client = new RawClient(port);
  client.send(request);
  const received = await client.untilEnd();
  client.close();
  return received;
}

/** Status of each response in `received`, by the bodies' Content-Length. */
export function statuses(received: string): number[] {
  const found: number[] = [];
  for (let rest = received; rest.startsWith('HTTP/1.1 ');) {
    found.push(Number(rest.slice(9, 12)));
    const end = rest.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(rest.slice(0, end))?.[1] ?? 0);
    rest = rest.slice(end + 4 + length);
  }
  return found;
}
