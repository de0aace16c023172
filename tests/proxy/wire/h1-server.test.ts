import { afterEach, describe, expect, test } from 'vitest';
import type { Downstream } from '../../../proxy/downstream.ts';
import type { BodySink } from '../../../proxy/wire/body.ts';
import type { WireServer } from './sockets.ts';
import { Client, gather, page, settle, startWire, until } from './sockets.ts';

const wires: WireServer[] = [];
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  for (const wire of wires.splice(0)) await wire.close();
});

async function start(...parameters: Parameters<typeof startWire>): Promise<WireServer> {
  const wire = await startWire(...parameters);
  wires.push(wire);
  return wire;
}
function open(wire: WireServer): Client {
  const client = new Client(wire.port);
  clients.push(client);
  return client;
}
/** Answers with the request as it was understood, once its body is here. */
const echo = (downstream: Downstream): void => {
  const { method, target } = downstream.head;
  gather(downstream.body).then(
    (body) => downstream.respondWith(page(200, `[${method} ${target} ${body}]`)),
    () => undefined,
  );
};
/** Answers at once, whatever becomes of the body. */
const early = (downstream: Downstream): void =>
  downstream.respondWith(page(403, `no ${downstream.head.target};`));
const bodies = (received: string): string[] => received.match(/\[[^\]]*\]/g) ?? [];
const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

describe('however the bytes are cut', () => {
  const sequence =
    '\r\n' +
    get('/1') +
    'POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello' +
    'POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n' +
    get('/4', 'Connection: close\r\n') +
    get('/never');

  test('each split in two of a pipelined sequence gives the same answers, in order', async () => {
    const wire = await start(echo);
    for (let at = 0; at <= sequence.length; at += 1) {
      const client = open(wire).send(sequence.slice(0, at));
      if (at % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      client.send(sequence.slice(at));
      await until(() => client.ended !== null);
      expect(bodies(client.received)).toEqual([
        '[GET /1 ]',
        '[POST /2 hello]',
        '[POST /3 abcde]',
        '[GET /4 ]',
      ]);
      client.socket.destroy();
    }
  });

  test('one byte at a time', async () => {
    const wire = await start(echo);
    const client = open(wire);
    for (const byte of sequence) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => client.ended !== null);
    expect(bodies(client.received)).toHaveLength(4);
  });
});

describe('bodies that nobody reads', () => {
  test.each(['hello', ''])(
    'a short one that came (in part: %j) with its head is skipped, not taken for a request',
    async (part) => {
      const wire = await start(early);
      const client = open(wire).send(`POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n${part}`);
      await until(() => client.received.includes('no /1;'));
      client.send(`${'GET / HTTP'.slice(part.length)}${get('/2')}`);
      await until(() => client.received.includes('no /2;'));
      expect(wire.refused).toEqual([]);
      expect(client.received).not.toContain('Connection: close');
    },
  );

  test('a short one that came whole with its head does not hold up the next request', async () => {
    const wire = await start(early);
    const client = open(wire).send(
      `POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${get('/2')}`,
    );
    await until(() => client.received.includes('no /2;'));
  });

  test.each([
    ['long', 'Content-Length: 1000000\r\n'],
    ['of unknown length', 'Transfer-Encoding: chunked\r\n'],
    ['waiting for a 100', 'Content-Length: 5\r\nExpect: 100-continue\r\n'],
  ])('one that is %s ends the connection after the answer', async (_what, field) => {
    const wire = await start(early);
    const client = open(wire).send(`POST /1 HTTP/1.1\r\nHost: a\r\n${field}\r\n`);
    await until(() => client.ended === 'end');
    expect(client.received).toContain('Connection: close');
  });

  test('the answer arrives although the client still sends megabytes', async () => {
    const wire = await start(early);
    const client = open(wire).send('POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n');
    for (let i = 0; i < 8; i++) client.socket.write(Buffer.alloc(1_000_000));
    await until(() => client.ended !== null);
    expect(client.ended).toBe('end');
    expect(client.received).toContain('no /1;');
  });
});

describe('pipelining', () => {
  test('a thousand requests, more than the backlog holds, are answered in order', async () => {
    const wire = await start(echo);
    const client = open(wire);
    const filler = `X: ${'x'.repeat(300)}\r\n`;
    let text = '';
    for (let i = 0; i < 1_000; i++) text += get(`/${i}`, filler);
    client.send(text);
    await until(() => bodies(client.received).length === 1_000);
    expect(bodies(client.received)).toEqual(Array.from({ length: 1_000 }, (_, i) => `[GET /${i} ]`));
  });

  test('a client that takes no answers is read no further requests', async () => {
    const big = page(200, 'x'.repeat(100_000));
    let answered = 0;
    const wire = await start((downstream) => {
      answered++;
      downstream.respondWith(big);
    });
    const client = open(wire);
    client.socket.pause();
    for (let i = 0; i < 2_000; i++) client.send(get(`/${i}`));
    await settle(300);
    expect(answered).toBeLessThan(200);
    expect(wire.sockets[0]?.writableLength).toBeLessThan(250_000);
    client.socket.resume();
    await until(() => answered === 2_000);
  });

  test('a thousand exchanges leave no listener behind', async () => {
    const wire = await start(echo);
    const client = open(wire);
    const counts = (): number[] =>
      ['data', 'end', 'drain', 'close', 'error'].map((name) => wire.sockets[0]?.listenerCount(name) ?? 0);
    client.send(get('/first'));
    await until(() => bodies(client.received).length === 1);
    const before = counts();
    for (let i = 0; i < 1_000; i++) client.send(get(`/${i}`));
    await until(() => bodies(client.received).length === 1_001);
    expect(counts()).toEqual(before);
  });
});

describe('deadlines', () => {
  test('a head that has begun must arrive within `headTimeout`, however it drips', async () => {
    const wire = await start(echo);
    const client = open(wire).send('GET / HT');
    const connection = (): WireServer['connections'][0] | undefined => wire.connections[0];
    await until(() => connection()?.deadline === wire.clock.now + 15_000);
    wire.clock.now += 10_000;
    client.send('TP/1.1\r\n');
    await settle();
    expect(connection()?.deadline).toBe(wire.clock.now + 5_000);
    connection()?.expire();
    await until(() => client.ended === 'end');
    expect(client.received).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n[^]*\r\nConnection: close\r\n/);
    expect(wire.refused).toEqual(['head-timeout']);
    // What comes of the head after all is nobody's any more, and whoever stays is shown out.
    client.send('Host: a\r\n\r\n');
    connection()?.expire();
    await until(() => wire.sockets[0]?.destroyed === true);
    expect(wire.refused).toEqual(['head-timeout']);
  });

  test('a connection without a request is closed without an answer: nobody would expect it', async () => {
    const wire = await start(echo);
    const client = open(wire).send('\r\n');
    await until(() => wire.connections.length === 1);
    wire.connections[0]?.expire();
    await until(() => client.ended === 'end');
    expect(client.received).toBe('');
  });

  test('a body that stands still is answered with 408, and whoever reads it hears that it broke off', async () => {
    let broken: unknown = null;
    let downstream: Downstream | null = null;
    const wire = await start((exchange) => {
      downstream = exchange;
      gather(exchange.body).catch((error: unknown) => (broken = error));
    });
    const client = open(wire).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe');
    await until(() => downstream !== null);
    wire.connections[0]?.expire();
    await until(() => client.ended === 'end');
    expect(client.received).toMatch(/^HTTP\/1.1 408 /);
    expect(wire.refused).toEqual(['body-timeout']);
    expect(broken).toBeInstanceOf(Error);
  });

  test('an idle connection is closed in order', async () => {
    const wire = await start(echo);
    const client = open(wire).send(get('/'));
    await until(() => bodies(client.received).length === 1);
    expect(wire.connections[0]?.deadline).toBe(wire.clock.now + 65_000);
    wire.connections[0]?.expire();
    await until(() => client.ended === 'end');
  });

  test('a body that stands still has `bodyIdleTimeout`; nobody is hurried while an answer is being made', async () => {
    let downstream: Downstream | null = null;
    const wire = await start((exchange) => {
      downstream = exchange;
      void gather(exchange.body).catch(() => undefined);
    });
    const client = open(wire).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe');
    await until(() => downstream !== null);
    expect(wire.connections[0]?.deadline).toBe(wire.clock.now + 120_000);
    client.send('llo');
    await until(() => wire.connections[0]?.deadline === Infinity);
  });

  test('an answer cut off by its deadline never looks complete', async () => {
    const wire = await start((downstream) => {
      downstream.respond(
        { version: 11, status: 200, reason: '', fields: downstream.head.fields },
        {
          length: 'until-close',
          pipe: (sink) => sink.write(Buffer.from('half')),
          resume: () => undefined,
          cancel: () => undefined,
        },
      );
    });
    const client = open(wire).send('GET / HTTP/1.0\r\n\r\n');
    await until(() => client.received.endsWith('half'));
    wire.connections[0]?.expire();
    await until(() => client.ended !== null);
    expect(client.ended).toBe('reset');
  });

  test('a client that takes its last answer slowly gets all of it', async () => {
    const wire = await start((downstream) => downstream.respondWith(page(200, 'x'.repeat(9_000_000))));
    const client = open(wire).send(get('/', 'Connection: close\r\n'));
    client.socket.pause();
    await until(() => (wire.sockets[0]?.writableLength ?? 0) > 0);
    expect(wire.connections[0]?.deadline).toBe(wire.clock.now + 120_000);
    client.socket.resume();
    await until(() => client.ended === 'end');
    expect(client.received.length).toBeGreaterThan(9_000_000);
    expect(wire.connections[0]?.deadline).toBe(wire.clock.now + 2_000);
  });
});

describe('clients that leave', () => {
  test('half-close after a whole request: it is answered, and the connection ends', async () => {
    const wire = await start(echo);
    const client = open(wire).send(get('/1') + get('/2'));
    client.socket.end();
    await until(() => client.ended === 'end');
    expect(bodies(client.received)).toHaveLength(2);
  });

  test.each(['wanted', 'not wanted yet'])('half-close within a body that is %s: refused', async (when) => {
    let broken: Error | null = null;
    const wire = await start((downstream) => {
      const read = (): void => void gather(downstream.body).catch((error: Error) => (broken = error));
      if (when === 'wanted') read();
      else setTimeout(read, 50);
    });
    const client = open(wire).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe');
    client.socket.end();
    await until(() => client.ended !== null);
    expect(client.received).toContain('refused: incomplete-body');
    expect(broken).not.toBeNull();
  });

  test('half-close within a head, or before one: closed without a word', async () => {
    const wire = await start(echo);
    for (const text of ['', 'GET / HT', '\r\n', `${get('/')}GET`]) {
      const client = open(wire).send(text);
      client.socket.end();
      await until(
        () => client.ended === 'end',
        () => JSON.stringify(text),
      );
    }
  });

  test('gone before the answer: told once, and an answer made too late goes nowhere', async () => {
    let gone = 0;
    const late: Downstream[] = [];
    const wire = await start((downstream) => {
      downstream.onGone = () => gone++;
      late.push(downstream);
    });
    const client = open(wire).send(get('/'));
    await until(() => late.length === 1);
    client.socket.resetAndDestroy();
    await until(() => gone === 1);
    let cancelled = 0;
    late[0]?.interim({ version: 11, status: 103, reason: '', fields: late[0].head.fields });
    late[0]?.respond(
      { version: 11, status: 200, reason: '', fields: late[0].head.fields },
      { length: 5, pipe: () => expect.unreachable(), resume: () => undefined, cancel: () => cancelled++ },
    );
    late[0]?.respondWith(page(200, 'late'));
    expect(cancelled).toBe(1);
    expect(late[0]?.takeOver('HTTP/1.1 200 OK\r\n\r\n').socket.destroyed).toBe(true);
    await settle();
    expect(gone).toBe(1);
  });

  test('gone in the middle of an answer: its source is cancelled', async () => {
    let cancelled = 0;
    const wire = await start((downstream) => {
      downstream.respond(
        { version: 11, status: 200, reason: '', fields: downstream.head.fields },
        {
          length: 50,
          pipe: (sink) => sink.write(Buffer.from('half')),
          resume: () => undefined,
          cancel: () => cancelled++,
        },
      );
    });
    const client = open(wire).send(get('/'));
    await until(() => client.received.endsWith('half'));
    client.socket.resetAndDestroy();
    await until(() => cancelled === 1);
  });
});

describe('answers', () => {
  test('a second answer to the same request is ignored', async () => {
    const wire = await start((downstream) => {
      downstream.respondWith(page(200, `[${downstream.head.target}]`));
      downstream.respondWith(page(502, '[again]'));
    });
    const client = open(wire).send(get('/1') + get('/2'));
    await until(() => bodies(client.received).length === 2);
    await settle();
    expect(bodies(client.received)).toEqual(['[/1]', '[/2]']);
  });

  test('an origin that answers early does not deadlock an upload, whose rest is dropped', async () => {
    const taken: Buffer[] = [];
    const stuck: BodySink = {
      write: (chunk) => taken.push(chunk) < 0,
      end: () => undefined,
      abort: () => undefined,
    };
    const wire = await start((downstream) => {
      downstream.body.pipe(stuck);
      setTimeout(() => downstream.respondWith(page(413, 'too much')), 20);
    });
    const client = open(wire).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n');
    for (let i = 0; i < 5; i++) client.socket.write(Buffer.alloc(1_000_000));
    await until(() => client.ended === 'end');
    expect(client.received).toContain('too much');
    expect(taken.reduce((sum, each) => sum + each.length, 0)).toBeLessThan(300_000);
  });

  test('a full reader stops the socket, and reads on when it has room', async () => {
    let sink: { resume(): void } | null = null;
    let bytes = 0;
    let full = true;
    const wire = await start((downstream) => {
      sink = downstream.body;
      downstream.body.pipe({
        write: (chunk) => ((bytes += chunk.length), !full),
        end: () => downstream.respondWith(page(200, '[done]')),
        abort: () => undefined,
      });
    });
    const client = open(wire).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n');
    for (let i = 0; i < 8; i++) client.socket.write(Buffer.alloc(1_000_000));
    await settle(200);
    expect(bytes).toBeLessThan(200_000);
    expect(wire.sockets[0]?.readableLength).toBeLessThan(200_000);
    full = false;
    (sink as { resume(): void } | null)?.resume();
    await until(() => bytes === 8_000_000 && client.received.includes('[done]'));
  });

  test('HTTP/1.0: kept when asked, closed otherwise, and `close` wins', async () => {
    const wire = await start(echo);
    const kept = open(wire).send('GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    await until(() => bodies(kept.received).length === 1);
    expect(kept.received).toContain('Connection: keep-alive');
    for (const field of ['', 'Connection: keep-alive, close\r\n']) {
      const closed = open(wire).send(`GET /1 HTTP/1.0\r\n${field}\r\n`);
      await until(() => closed.ended === 'end');
      expect(closed.received).toContain('Connection: close');
    }
  });

  test('a defect of the handler ends the connection and is told', async () => {
    const wire = await start(() => {
      throw new TypeError('a defect');
    });
    const client = open(wire).send(get('/'));
    await until(() => client.ended !== null);
    expect(client.received).toBe('');
    expect(wire.defects).toHaveLength(1);
  });
});

describe('refusals', () => {
  test.each([
    ['a bare LF', 'GET / HTTP/1.1\nHost: a\n\n', 'bare-cr-or-lf'],
    ['another protocol', '\x16\x03\x01\x02\0', 'control-character'],
    ['a CR before the request line', '\rGET / HTTP/1.1\r\n\r\n', 'bare-cr-or-lf'],
    ['two empty lines', `\r\n\r\n${get('/')}`, 'bad-request-line'],
    ['a head too large', `GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}`, 'head-too-large'],
  ])('%s is refused as it arrives, and nothing after it is read', async (what, text, code) => {
    const wire = await start(echo);
    const client = open(wire).send(text);
    await until(
      () => client.ended === 'end',
      () => what,
    );
    client.send(get('/smuggled'));
    await settle();
    expect(wire.refused).toEqual([code]);
    expect(client.received).not.toContain('smuggled');
  });

  test('a chunk that turns bad breaks the body off and refuses; after the answer began, it resets', async () => {
    const aborted: Error[] = [];
    const wire = await start((downstream) => {
      if (downstream.head.target === '/answered') {
        downstream.respond(
          { version: 11, status: 200, reason: '', fields: downstream.head.fields },
          {
            length: 50,
            pipe: (sink) => sink.write(Buffer.from('half')),
            resume: () => undefined,
            cancel: () => undefined,
          },
        );
      }
      gather(downstream.body).catch((error: Error) => aborted.push(error));
    });
    const post = (path: string): string =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`;
    const refused = open(wire).send(post('/'));
    await settle();
    refused.send('0x5\r\n');
    await until(() => refused.ended === 'end');
    expect(refused.received).toContain('refused: bad-chunk');
    const answered = open(wire).send(post('/answered'));
    await until(() => answered.received.endsWith('half'));
    answered.send('0x5\r\n');
    await until(() => answered.ended === 'reset');
    expect(aborted).toHaveLength(2);
  });
});

describe('drain', () => {
  test('an idle connection closes; one under way says `close` and finishes, also when only its head had begun', async () => {
    const waiting: Downstream[] = [];
    const wire = await start((downstream) => void waiting.push(downstream));
    const [idle, busy, begun] = [
      open(wire),
      open(wire).send(get('/busy')),
      open(wire).send('GET /begun HTT'),
    ];
    await until(() => wire.connections.length === 3 && waiting.length === 1);
    await settle();
    for (const connection of wire.connections) connection.drain();
    await until(() => idle.ended === 'end');
    begun.send('P/1.1\r\nHost: a\r\n\r\n');
    await until(() => waiting.length === 2);
    for (const downstream of waiting) downstream.respondWith(page(200, '[done]'));
    await until(() => busy.ended === 'end' && begun.ended === 'end');
    for (const { received } of [busy, begun]) expect(received).toContain('Connection: close');
  });
});

test('after takeOver the connection is the taker’s: early bytes handed over, none eaten, no listener of the wire left', async () => {
  const heard: string[] = [];
  const wire = await start((downstream) => {
    const { socket, early: bytes } = downstream.takeOver('HTTP/1.1 200 OK\r\n\r\n');
    heard.push(bytes?.toString('latin1') ?? '');
    // Node itself listens for the end, once.
    expect(['data', 'end', 'drain'].map((name) => socket.listenerCount(name))).toEqual([0, 1, 0]);
    setTimeout(() => {
      socket.on('data', (more: Buffer) => heard.push(more.toString('latin1')));
      socket.resume();
    }, 30);
  });
  const client = open(wire).send('CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET /not-http');
  await until(() => client.received === 'HTTP/1.1 200 OK\r\n\r\n');
  client.send(' HTTP/1.1\r\n\r\n');
  await until(() => heard.join('') === 'GET /not-http HTTP/1.1\r\n\r\n');
});
