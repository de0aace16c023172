import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { BodySink, BodySource } from '../../../proxy/wire/body.ts';
import { emptyBody } from '../../../proxy/wire/body.ts';
import type { ResponseHead } from '../../../proxy/wire/head.ts';
import type { OutgoingRequest, UpstreamFailure } from '../../../proxy/wire/h1-client.ts';
import { H1Client } from '../../../proxy/wire/h1-client.ts';
import { HandClock, settings, settle, until } from './sockets.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 100);
const open: { destroy(): void }[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) each.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

interface Origin {
  readonly connection: H1Client;
  readonly socket: Socket;
  readonly clock: HandClock;
  readonly received: () => string;
  readonly told: { reusable: number; gone: number };
}

/** A connection to an origin that says only what the test makes it say. */
async function origin(): Promise<Origin> {
  const server = createServer({ allowHalfOpen: true });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const mine = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const socket = await accepted;
  open.push(mine, socket);
  let received = '';
  socket.on('data', (bytes: Buffer) => (received += bytes.toString('latin1')));
  socket.on('error', () => undefined);
  const told = { reusable: 0, gone: 0 };
  const clock = new HandClock();
  const owner = {
    reusable: () => void told.reusable++,
    gone: () => void told.gone++,
    defect: () => undefined,
  };
  const connection = new H1Client(mine, 'origin', { ...settings, responseTimeout: 60_000 }, owner, clock);
  return { connection, socket, clock, received: () => received, told };
}

interface Outcome {
  heads: number[];
  failure: UpstreamFailure | null;
  body: string;
  end: 'whole' | 'broken' | null;
  source: BodySource | null;
  early: string | null;
}

const get: OutgoingRequest = {
  method: 'GET',
  head: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  body: emptyBody,
  upgrade: false,
  personal: false,
};

/** Sends `request`; the body of the answer is read at once unless `later`. */
function send(connection: H1Client, request = get, later = false): Outcome {
  const outcome: Outcome = { heads: [], failure: null, body: '', end: null, source: null, early: null };
  connection.send(request, {
    interim: ({ status }: ResponseHead) => void outcome.heads.push(status),
    response: ({ status }, body) => {
      outcome.heads.push(status);
      outcome.source = body;
      if (!later) read(outcome);
    },
    switched: ({ status }, _socket, early) => {
      outcome.heads.push(status);
      outcome.early = early?.toString('latin1') ?? '';
    },
    failed: (failure) => (outcome.failure = failure),
  });
  return outcome;
}
function read(outcome: Outcome, room: () => boolean = () => true): void {
  outcome.source?.pipe({
    write: (chunk) => ((outcome.body += chunk.toString('latin1')), room()),
    end: () => (outcome.end = 'whole'),
    abort: () => (outcome.end = 'broken'),
  });
}
const done = (outcome: Outcome): boolean => outcome.end !== null || outcome.failure !== null;
const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('one exchange after another', () => {
  test('a complete answer hands the connection back', async () => {
    const { connection, socket, told } = await origin();
    for (let i = 1; i <= 3; i++) {
      const outcome = send(connection);
      socket.write(ok(`answer ${i}`));
      await until(() => done(outcome));
      expect(outcome).toMatchObject({ heads: [200], body: `answer ${i}`, end: 'whole' });
      expect(told).toEqual({ reusable: i, gone: 0 });
    }
  });

  describe('a connection that may carry a sign-in', () => {
    const signIn: OutgoingRequest = { ...get, personal: true };
    const challenge = 'HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n';

    test.each([
      ['by its request', signIn, ok('hi')],
      ['by the challenge', get, challenge],
    ])('%s: goes back to its sender and never to its owner, for good', async (_what, request, answer) => {
      const { connection, socket, told } = await origin();
      let kept = 0;
      for (const [asked, answered] of [
        [request, answer],
        [get, ok('hi')],
      ] as const) {
        const before = kept;
        connection.send(asked, {
          interim: () => undefined,
          response: (_head, body) =>
            body.pipe({ write: () => true, end: () => undefined, abort: () => undefined }),
          switched: () => undefined,
          failed: () => undefined,
          kept: () => void kept++,
        });
        socket.write(answered);
        await until(() => kept > before);
      }
      expect(told).toEqual({ reusable: 0, gone: 0 });
    });

    test('is closed where nobody keeps it', async () => {
      const { connection, socket, told } = await origin();
      send(connection, signIn);
      socket.write(ok('hi'));
      await until(() => connection.socket.destroyed);
      expect(told.reusable).toBe(0);
    });
  });

  test.each([
    ['with the answer', `${ok('hi')}HTTP/1.1 200 OK\r\n\r\nevil`],
    ['with an answer of no body', `HTTP/1.1 304 Not Modified\r\n\r\nevil`],
  ])('bytes that nobody asked for, %s: the connection is not used again', async (_what, text) => {
    const { connection, socket, told } = await origin();
    const outcome = send(connection);
    socket.write(text);
    await until(() => done(outcome));
    expect(outcome.body).not.toContain('evil');
    expect(told.reusable).toBe(0);
    await until(() => told.gone > 0 && connection.socket.destroyed);
  });

  test('bytes or an end while idle: the owner hears of it at once', async () => {
    for (const say of [(socket: Socket) => socket.write('evil'), (socket: Socket) => socket.end()]) {
      const { connection, socket, told } = await origin();
      const outcome = send(connection);
      socket.write(ok('hi'));
      await until(() => done(outcome));
      say(socket);
      await until(() => connection.socket.destroyed);
      expect(told.gone).toBeGreaterThan(0);
    }
  });

  test.each(['Connection: close', 'Connection: keep-alive, close'])('%s is heeded', async (field) => {
    const { connection, socket, told } = await origin();
    const outcome = send(connection);
    socket.write(`HTTP/1.1 200 OK\r\n${field}\r\nContent-Length: 2\r\n\r\nhi`);
    await until(() => done(outcome));
    expect(outcome.end).toBe('whole');
    expect(told.reusable).toBe(0);
  });
});

describe('bodies', () => {
  test.each([
    ['counted', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf'],
    ['chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf'],
    ['chunked without its last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
    ['chunked and malformed', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalfXX0\r\n\r\n'],
  ])('%s and cut short: broken, never whole', async (_what, text) => {
    for (const end of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      const { connection, socket } = await origin();
      const outcome = send(connection);
      socket.write(text);
      await until(() => outcome.body !== '');
      end(socket);
      await until(() => done(outcome));
      expect(outcome.end).toBe('broken');
    }
  });

  test('until close: whole after an end, broken after a reset', async () => {
    for (const [end, expected] of [
      [(socket: Socket) => socket.end(), 'whole'],
      [(socket: Socket) => socket.resetAndDestroy(), 'broken'],
    ] as const) {
      const { connection, socket } = await origin();
      const outcome = send(connection);
      socket.write('HTTP/1.1 200 OK\r\n\r\nall');
      await until(() => outcome.body === 'all');
      end(socket);
      await until(() => done(outcome));
      expect(outcome.end).toBe(expected);
    }
  });

  test('one that is read late loses nothing, although its origin has closed', async () => {
    for (const text of ['HTTP/1.1 200 OK\r\n\r\nall of it', ok('all of it')]) {
      const { connection, socket } = await origin();
      const outcome = send(connection, get, true);
      socket.end(text);
      await until(() => outcome.heads.length === 1);
      await settle();
      read(outcome);
      await until(() => done(outcome));
      expect(outcome).toMatchObject({ body: 'all of it', end: 'whole' });
    }
  });

  test('a full reader stops the origin, and reads on when it has room', async () => {
    const { connection, socket } = await origin();
    const outcome = send(connection, get, true);
    let full = true;
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n`);
    socket.write(Buffer.alloc(8_000_000));
    await until(() => outcome.heads.length === 1);
    read(outcome, () => !full);
    await settle(100);
    expect(outcome.body.length).toBeLessThan(300_000);
    expect(connection.deadline).toBe(Infinity);
    full = false;
    outcome.source?.resume();
    await until(() => outcome.end === 'whole');
  });

  test('cancelled: the connection goes, and the owner knows', async () => {
    const { connection, socket, told } = await origin();
    const outcome = send(connection);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf');
    await until(() => outcome.body === 'half');
    outcome.source?.cancel();
    expect(told.gone).toBeGreaterThan(0);
    await until(() => connection.socket.destroyed);
    expect(outcome.end).toBeNull();
  });
});

describe('requests with a body', () => {
  /** A body that the test feeds. */
  function upload(): { body: BodySource; sink: () => BodySink; cancelled: () => boolean } {
    let target: BodySink | null = null;
    let cancelled = false;
    return {
      body: {
        length: 'chunked',
        pipe: (sink) => (target = sink),
        resume: () => undefined,
        cancel: () => (cancelled = true),
      },
      sink: () => target as unknown as BodySink,
      cancelled: () => cancelled,
    };
  }
  const post = (body: BodySource): OutgoingRequest => ({
    ...get,
    method: 'POST',
    head: 'POST / HTTP/1.1\r\n\r\n',
    body,
  });

  test('answered early: the rest is not wanted, and the connection not used again', async () => {
    const { connection, socket, told } = await origin();
    const { body, sink, cancelled } = upload();
    const outcome = send(connection, post(body));
    sink().write(Buffer.from('part'));
    socket.write(ok('enough'));
    await until(() => done(outcome));
    expect(outcome).toMatchObject({ body: 'enough', end: 'whole' });
    expect(cancelled()).toBe(true);
    expect(told.reusable).toBe(0);
    expect(sink().write(Buffer.from('more'))).toBe(true);
  });

  test('broken off by its client: reset, so that the origin cannot take it for whole', async () => {
    const { connection, socket, received } = await origin();
    const { body, sink } = upload();
    send(connection, post(body));
    sink().write(Buffer.from('part'));
    await until(() => received().endsWith('part\r\n'));
    let reset = false;
    socket.on('error', () => (reset = true));
    sink().abort(new Error('gone'));
    await until(() => reset);
    expect(received()).not.toContain('0\r\n\r\n');
  });
});

describe('failures', () => {
  test.each<[string, string, UpstreamFailure]>([
    ['nothing', '', 'closed-early'],
    ['half a head', 'HTTP/1.1 200', 'closed-early'],
    ['not HTTP', 'SSH-2.0-OpenSSH\r\n\r\n', 'bad-status-line'],
    ['a 101 that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', 'unasked-101'],
    ['nine interim responses', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(9), 'too-many-interim'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`, 'head-too-large'],
  ])('an origin that says %s', async (_what, text, failure) => {
    const { connection, socket } = await origin();
    const outcome = send(connection);
    socket.end(text, 'latin1');
    await until(() => done(outcome));
    expect(outcome.failure).toBe(failure);
    expect(connection.socket.destroyed).toBe(true);
  });

  test('an origin that says nothing in time', async () => {
    const { connection, clock } = await origin();
    const outcome = send(connection);
    expect(connection.deadline).toBe(clock.now + 60_000);
    connection.expire();
    expect(outcome.failure).toBe('response-timeout');
  });

  test('a handler that fails on an answer gets it as one that makes no sense', async () => {
    const { connection, socket } = await origin();
    let failure: UpstreamFailure | null = null;
    connection.send(get, {
      interim: () => undefined,
      response: () => {
        throw new TypeError('a defect');
      },
      switched: () => undefined,
      failed: (why) => (failure = why),
    });
    socket.write(ok('hi'));
    await until(() => failure !== null);
    expect(failure).toBe('bad-status-line');
  });
});

test('101, asked for: the connection is the caller’s, first bytes included, without a listener of ours', async () => {
  const { connection, socket, told } = await origin();
  const outcome = send(connection, { ...get, upgrade: true });
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nfirst');
  await until(() => outcome.early !== null);
  expect(outcome.early).toBe('first');
  expect(told).toEqual({ reusable: 0, gone: 1 });
  expect(connection.socket.listenerCount('data')).toBe(0);
});

test('a thousand exchanges leave no listener behind', async () => {
  const { connection, socket } = await origin();
  const counts = (): number[] =>
    ['data', 'end', 'drain', 'close', 'error'].map((name) => connection.socket.listenerCount(name));
  const before = counts();
  for (let i = 0; i < 1_000; i++) {
    const outcome = send(connection);
    socket.write(ok('hi'));
    await new Promise<void>((resolve) => {
      const look = (): void => (done(outcome) ? resolve() : void setImmediate(look));
      look();
    });
  }
  expect(counts()).toEqual(before);
  expect(connection.uses).toBe(1_000);
});

test('arbitrary answers: nothing thrown, no truncated body whole, nothing left for the next exchange', async () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 200 OK\r\n',
        'HTTP/1.1 103 E\r\n\r\n',
        'HTTP/1.0 200 OK\r\n',
        'Content-Length: 5\r\n',
        'Transfer-Encoding: chunked\r\n',
        '\r\n',
        'hello',
        '5\r\n',
        '5\r\nhello\r\n',
        '0\r\n\r\n',
        '0\r\n',
        'Connection: close\r\n',
      ),
      fc.string({ maxLength: 4, unit: 'binary-ascii' }),
    ),
    { maxLength: 10 },
  );
  await fc.assert(
    fc.asyncProperty(pieces, async (texts) => {
      const { connection, socket, told } = await origin();
      const outcome = send(connection);
      for (const text of texts) {
        socket.write(text, 'latin1');
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
      await until(
        () => done(outcome),
        () => JSON.stringify(texts),
      );
      await until(() => connection.socket.destroyed);
      const all = texts.join('');
      if (
        outcome.end === 'whole' &&
        /^(HTTP\/1\.1 103 E\r\n\r\n)*HTTP\/1\.[01] 200 OK\r\nContent-Length: 5\r\n\r\n/.test(all)
      ) {
        expect(outcome.body).toHaveLength(5);
      }
      // No chunked body is whole without its last chunk.
      if (outcome.end === 'whole' && /^HTTP\/1\.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n/.test(all)) {
        expect(all).toMatch(/0+(;[^\r\n]*)?\r\n([^\r\n]+\r\n)*\r\n/);
      }
      if (told.reusable > 0) expect(all.startsWith('HTTP/1.')).toBe(true);
      socket.destroy();
    }),
    { numRuns: runs },
  );
});
