import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { ThreadError } from '../../threads/errors.ts';
import { connect } from '../../threads/rpc.ts';
import type { Connection } from '../../threads/rpc.ts';

interface Library {
  find(title: string): Promise<{ shelf: number }>;
  count(): number;
  lend(): Promise<void>;
  fill(shelf: SharedArrayBuffer): void;
}

interface Reader {
  called(name: string): string;
}

const open: { close(): void }[] = [];
afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});

/** Both ends in one thread: every message still crosses a real port. */
function pair(library: object, reader: object = {}, onClose?: () => void) {
  const { port1, port2 } = new MessageChannel();
  const forLibrary = connect<Reader>(port1, library);
  const forReader = connect<Library>(port2, reader, onClose === undefined ? {} : { onClose });
  open.push(forLibrary, forReader);
  return { forLibrary, forReader, port1, port2 };
}

const failure = async (call: Promise<unknown>): Promise<ThreadError> =>
  call.then(
    () => {
      throw new Error('the call was answered');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(ThreadError);
      return error as ThreadError;
    },
  );

describe('a connection between two threads', () => {
  it('answers calls of async and of plain methods', async () => {
    const { forReader } = pair({ find: async (title: string) => ({ shelf: title.length }), count: () => 7 });
    expect(await forReader.remote.find('Emma')).toEqual({ shelf: 4 });
    expect(await forReader.remote.count()).toBe(7);
  });

  it('serves both sides at once, and answers by sequence number, not by order', async () => {
    const waiting: (() => void)[] = [];
    const { forLibrary, forReader } = pair(
      {
        find: (title: string) =>
          new Promise((resolve) => waiting.unshift(() => resolve({ shelf: title.length }))),
        count: () => {
          for (const answer of waiting.splice(0)) answer();
          return 2;
        },
      },
      { called: (name: string) => `yes, ${name}` },
    );
    const answers = Promise.all([forReader.remote.find('a'), forReader.remote.find('bcd')]);
    expect(await forLibrary.remote.called('Ann')).toBe('yes, Ann');
    await forReader.remote.count();
    expect(await answers).toEqual([{ shelf: 1 }, { shelf: 3 }]);
  });

  it('keeps `this` of the object that serves', async () => {
    class Counter {
      #n = 41;
      count() {
        return (this.#n += 1);
      }
    }
    expect(await pair(new Counter()).forReader.remote.count()).toBe(42);
  });

  it('can be awaited without calling a method `then` of the other side', async () => {
    const { forReader } = pair({ then: () => 'a trap', count: () => 1 });
    const remote = await Promise.resolve(forReader.remote);
    expect(await remote.count()).toBe(1);
  });

  it('passes a SharedArrayBuffer by reference', async () => {
    const { forReader } = pair({ fill: (shelf: SharedArrayBuffer) => void new Uint8Array(shelf).fill(9) });
    const shelf = new SharedArrayBuffer(3);
    await forReader.remote.fill(shelf);
    expect([...new Uint8Array(shelf)]).toEqual([9, 9, 9]);
  });
});

describe('errors', () => {
  it('cross with code and message, thrown or rejected, without the stack', async () => {
    const { forReader } = pair({
      find: async () => {
        throw Object.assign(new Error('no book `x`'), { code: 'no-book', secret: 's' });
      },
      count: () => {
        throw new TypeError('not a number');
      },
      lend: async () => {
        const words: unknown = 'plain words';
        throw words;
      },
    });
    expect(await failure(forReader.remote.find('x'))).toMatchObject({
      code: 'no-book',
      message: 'no book `x`',
    });
    expect(await failure(forReader.remote.find('x'))).not.toHaveProperty('secret');
    expect(await failure(forReader.remote.count())).toMatchObject({
      code: 'failed',
      message: 'not a number',
    });
    expect(await failure(forReader.remote.lend())).toMatchObject({ code: 'failed', message: 'plain words' });
  });

  it('name a method that nobody serves', async () => {
    expect(await failure(pair({}).forReader.remote.count())).toMatchObject({ code: 'unknown-method' });
  });

  it('of a value that cannot cross reach the caller only; the other calls of that turn are answered', async () => {
    const { forReader } = pair({ find: () => ({ shelf: () => 1 }), count: () => 5, lend: () => undefined });
    const calls = [
      forReader.remote.find('an answer with a function in it'),
      forReader.remote.lend.call(null, ...([() => 1] as unknown as [])),
      forReader.remote.count(),
    ];
    const [found, lent, counted] = await Promise.allSettled(calls);
    expect(found).toMatchObject({ status: 'rejected', reason: { code: 'not-cloneable' } });
    expect(lent).toMatchObject({ status: 'rejected', reason: { code: 'not-cloneable' } });
    expect(counted).toEqual({ status: 'fulfilled', value: 5 });
  });
});

describe('batching', () => {
  const countMessages = (port: MessagePort): { n: number } => {
    const seen = { n: 0 };
    port.on('message', () => (seen.n += 1));
    return seen;
  };

  it('sends the calls of one turn as one message, and the answers as one', async () => {
    const { forReader, port1, port2 } = pair({ count: () => 1 });
    const asked = countMessages(port1);
    const answered = countMessages(port2);
    await Promise.all(Array.from({ length: 50 }, () => forReader.remote.count()));
    expect([asked.n, answered.n]).toEqual([1, 1]);
    await forReader.remote.count();
    expect([asked.n, answered.n]).toEqual([2, 2]);
  });
});

describe('the end of a connection', () => {
  it('rejects every open call with `thread-gone` when this side closes', async () => {
    const { forReader } = pair({ find: () => new Promise(() => {}) });
    const call = failure(forReader.remote.find('x'));
    await turn();
    forReader.close();
    expect(await call).toMatchObject({ code: 'thread-gone' });
    expect(forReader.isOpen()).toBe(false);
    expect(await failure(forReader.remote.find('y'))).toMatchObject({ code: 'thread-gone' });
  });

  it('rejects open calls when the other side closes, and tells once', async () => {
    let told = 0;
    const { forLibrary, forReader } = pair({ find: () => new Promise(() => {}) }, {}, () => (told += 1));
    const call = failure(forReader.remote.find('x'));
    await turn();
    forLibrary.close();
    expect(await call).toMatchObject({ code: 'thread-gone' });
    forReader.close();
    expect(told).toBe(1);
  });

  it('delivers what was said before the close', async () => {
    const calls: string[] = [];
    const { forReader, port1 } = pair({ find: (title: string) => void calls.push(title) });
    const call = forReader.remote.find('last words');
    forReader.close();
    await failure(call);
    await once(port1, 'close');
    expect(calls).toEqual(['last words']);
  });

  it('comes when the other thread dies', async () => {
    const worker = new Worker(
      `require('node:worker_threads').parentPort.once('message', (port) => port.once('message', () => process.exit(3)));`,
      { eval: true },
    );
    const { port1, port2 } = new MessageChannel();
    const connection: Connection<Library> = connect<Library>(port1, {});
    worker.postMessage(port2, [port2]);
    expect(await failure(connection.remote.find('x'))).toMatchObject({ code: 'thread-gone' });
  });
});
