/**
 * What was decided (D) is what every parser finds in the origin's bytes (O): the same count, in order, with the same
 * method, target and body, over the whole table of permutations.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client, until } from '../proxy/wire/sockets.ts';
import { after, cases } from './cases.ts';
import type { Forwarder, Request } from './forwarder.ts';
import { startForwarder } from './forwarder.ts';
import { parseStrictly, parseWithNode, parseWithPython, pythonMissing } from './parsers.ts';

interface Seen {
  readonly name: string;
  readonly bytes: string;
  readonly decided: readonly Request[];
}

const seen: Seen[] = [];
let forwarder: Forwarder;

beforeAll(async () => {
  forwarder = await startForwarder();
  for (const { name, message } of cases) {
    forwarder.fresh();
    const client = new Client(forwarder.port).send(message + after);
    await until(() => client.ended !== null && forwarder.recorded.every(({ ended }) => ended !== null));
    client.socket.destroy();
    const { recorded, decided } = forwarder;
    // A body that turned bad was reset on its way: no parser may find its request, and it counts for neither side.
    const whole = recorded.filter(({ ended }) => ended === 'end');
    seen.push({
      name,
      bytes: whole.map(({ bytes }) => bytes).join(''),
      decided: decided
        .filter((each) => each.whole)
        .map(({ method, target, body }) => ({ method, target, body })),
    });
  }
});
afterAll(() => forwarder.close());

test('our own strict parser', () => {
  for (const { name, bytes, decided } of seen) {
    expect({ name, ...parseStrictly(bytes) }).toEqual({ name, requests: decided, failed: false });
  }
});

test('Node, lenient', async () => {
  for (const { name, bytes, decided } of seen) {
    // A method that Node does not know is none to it, however well-formed.
    if (decided.some(({ method }) => method === 'helloGET')) continue;
    expect({ name, ...(await parseWithNode(bytes, true)) }).toEqual({
      name,
      requests: decided,
      failed: false,
    });
  }
});

test.skipIf(pythonMissing !== null)('Python', () => {
  const parsed = parseWithPython(seen.map(({ bytes }) => bytes));
  seen.forEach(({ name, decided }, i) =>
    expect({ name, ...parsed[i] }).toEqual({ name, requests: decided, failed: false }),
  );
});
