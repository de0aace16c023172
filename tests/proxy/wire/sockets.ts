/** The wire alone, on real sockets: a scripted handler over H1Server, and what a client of it sees. */
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Downstream, OwnResponse } from '../../../proxy/downstream.ts';
import type { BodySink } from '../../../proxy/wire/body.ts';
import type { ServerSettings } from '../../../proxy/wire/h1-server.ts';
import { H1Server } from '../../../proxy/wire/h1-server.ts';
import type { RefusalCode } from '../../../proxy/wire/refusals.ts';
import { refusals } from '../../../proxy/wire/refusals.ts';

/** Time that only moves when a test says so. */
export class HandClock {
  now = 1_000_000;
}

export const settings: ServerSettings = {
  maxHeadBytes: 65_536,
  maxTargetBytes: 16_384,
  maxFields: 200,
  headTimeout: 15_000,
  idleTimeout: 65_000,
  bodyIdleTimeout: 120_000,
  via: { pseudonym: null },
};

export const page = (status: number, body: string): OwnResponse => ({
  status,
  headers: [],
  body: Buffer.from(body, 'latin1'),
});

export interface WireServer {
  readonly port: number;
  readonly clock: HandClock;
  readonly connections: H1Server[];
  /** The server's end of each connection. */
  readonly sockets: Socket[];
  readonly refused: RefusalCode[];
  readonly defects: unknown[];
  close(): Promise<void>;
}

export async function startWire(
  exchange: (downstream: Downstream, server: WireServer) => void,
  overrides: Partial<ServerSettings> = {},
): Promise<WireServer> {
  const wire: Omit<WireServer, 'port' | 'close'> = {
    clock: new HandClock(),
    connections: [],
    sockets: [],
    refused: [],
    defects: [],
  };
  const handler = {
    exchange: (downstream: Downstream) => exchange(downstream, started),
    refused: (code: RefusalCode) => {
      wire.refused.push(code);
      return page(refusals[code].status, `refused: ${code}`);
    },
    defect: (error: unknown) => void wire.defects.push(error),
  };
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    wire.sockets.push(socket);
    wire.connections.push(
      new H1Server(socket, '127.0.0.1', { ...settings, ...overrides }, handler, wire.clock),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const started: WireServer = Object.assign(wire, {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of wire.sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return started;
}

/** Gathers a body: resolves with all of it, rejects when it breaks off. */
export async function gather(body: { pipe(sink: BodySink): void }): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    body.pipe({
      write: (chunk) => {
        text += chunk.toString('latin1');
        return true;
      },
      end: () => resolve(text),
      abort: reject,
    });
  });
}

/** A client that speaks bytes and notes how the connection ended. */
export class Client {
  readonly socket: Socket;
  received = '';
  /** `end`: in order. `reset`: by force. */
  ended: 'end' | 'reset' | null = null;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (bytes: Buffer) => (this.received += bytes.toString('latin1')));
    this.socket.on('end', () => (this.ended ??= 'end'));
    this.socket.on('error', () => (this.ended = 'reset'));
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }
}

/** Waits, up to five seconds, until `test` holds. */
export async function until(
  test: () => boolean,
  what: () => string = () => 'what was expected',
): Promise<void> {
  const limit = Date.now() + 5_000;
  while (!test()) {
    if (Date.now() > limit) throw new Error(`waited in vain for ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Lets whatever is under way on loopback arrive. */
export const settle = (ms = 30): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
