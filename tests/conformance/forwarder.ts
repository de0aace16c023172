/**
 * The wire as a proxy without policy, for what is said of bytes alone: every request that the wire accepts is forwarded,
 * on a connection of its own, to one origin that records bytes and never parses them.
 */
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { checkExpect, checkHost } from '../../proxy/preconditions.ts';
import type { Downstream } from '../../proxy/downstream.ts';
import type { BodySink, BodySource } from '../../proxy/wire/body.ts';
import { requestHeadText } from '../../proxy/wire/head-writer.ts';
import { H1Client } from '../../proxy/wire/h1-client.ts';
import { Refused } from '../../proxy/wire/refusals.ts';
import { originForm, parseTarget } from '../../proxy/wire/target.ts';
import type { WireServer } from '../proxy/wire/sockets.ts';
import { HandClock, page, settings, startWire } from '../proxy/wire/sockets.ts';

export interface Request {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

/** What the wire decided about one request. */
export interface Decided {
  readonly method: string;
  readonly target: string;
  body: string;
  /** The body was passed on to its end. */
  whole: boolean;
}

/** What one connection to the origin has brought. */
export interface Recorded {
  bytes: string;
  /** How the proxy ended it: in order, by force, or not yet. */
  ended: 'end' | 'reset' | null;
  readonly socket: Socket;
}

export interface Forwarder {
  readonly wire: WireServer;
  readonly port: number;
  /** Of the connection begun last {@link Forwarder.fresh}ly. */
  decided: Decided[];
  recorded: Recorded[];
  /** Forgets what was decided and recorded. */
  fresh(): void;
  close(): Promise<void>;
}

const answer = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok';
/** An origin that does not parse answers once nothing more has come for so many milliseconds. */
const quietMs = 12;

export async function startForwarder(): Promise<Forwarder> {
  const origin = createServer({ allowHalfOpen: true }, (socket) => record(forwarder, socket));
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve));
  const { port: originPort } = origin.address() as AddressInfo;
  const wire = await startWire((downstream) => forward(forwarder, downstream, originPort));
  const forwarder: Forwarder = {
    wire,
    port: wire.port,
    decided: [],
    recorded: [],
    fresh: () => {
      forwarder.decided = [];
      forwarder.recorded = [];
      wire.refused.length = 0;
    },
    close: async () => {
      await wire.close();
      for (const { socket } of forwarder.recorded) socket.destroy();
      origin.close();
    },
  };
  return forwarder;
}

function record(forwarder: Forwarder, socket: Socket): void {
  const entry: Recorded = { bytes: '', ended: null, socket };
  forwarder.recorded.push(entry);
  let quiet: NodeJS.Timeout | undefined;
  socket.on('data', (bytes: Buffer) => {
    entry.bytes += bytes.toString('latin1');
    clearTimeout(quiet);
    quiet = setTimeout(() => socket.write(answer), quietMs);
  });
  socket.on('end', () => {
    clearTimeout(quiet);
    entry.ended ??= 'end';
    socket.end();
  });
  socket.on('error', () => (entry.ended = 'reset'));
  socket.on('close', () => clearTimeout(quiet));
}

function forward(forwarder: Forwarder, downstream: Downstream, originPort: number): void {
  const { head } = downstream;
  const target = parseTarget(head);
  checkHost(head, target);
  checkExpect(head);
  if (target.form !== 'absolute') throw new Refused('authority-form');
  const decided: Decided = {
    method: head.method,
    target: originForm(target, head.method),
    body: '',
    whole: false,
  };
  forwarder.decided.push(decided);
  const body = observed(downstream.body, decided);
  const text = requestHeadText(head, {
    authority: target.authority.host,
    target: decided.target,
    fields: '',
    length: body.length,
    via: { pseudonym: null },
    upgrade: undefined,
  });
  const socket = connect({ host: '127.0.0.1', port: originPort, noDelay: true });
  const owner = {
    reusable: (connection: H1Client) => connection.cancel(),
    gone: () => undefined,
    defect: () => undefined,
  };
  const connection = new H1Client(
    socket,
    'origin',
    { ...settings, responseTimeout: 60_000 },
    owner,
    new HandClock(),
  );
  downstream.onGone = () => connection.cancel();
  connection.send(
    { method: head.method, head: text, body, upgrade: false, personal: false },
    {
      interim: (interim) => downstream.interim(interim),
      response: (response, responseBody) => downstream.respond(response, responseBody),
      switched: () => undefined,
      failed: () => downstream.respondWith(page(502, 'failed')),
    },
  );
}

function observed(source: BodySource, decided: Decided): BodySource {
  return {
    length: source.length,
    resume: () => source.resume(),
    cancel: () => source.cancel(),
    pipe: (sink: BodySink) =>
      source.pipe({
        write: (chunk) => {
          decided.body += chunk.toString('latin1');
          return sink.write(chunk);
        },
        end: () => {
          decided.whole = true;
          sink.end();
        },
        abort: (error) => sink.abort(error),
      }),
  };
}
