/**
 * Mutated messages against Node's own parser. What our wire forwards, Node reads as exactly what our wire decided; and
 * where Node refuses what it was sent, our wire has refused it too or has written something unambiguous in its place.
 */
import { METHODS } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client, until } from '../proxy/wire/sockets.ts';
import type { Forwarder } from './forwarder.ts';
import { startForwarder } from './forwarder.ts';
import { parseStrictly, parseWithNode } from './parsers.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100);
let forwarder: Forwarder;
beforeAll(async () => {
  forwarder = await startForwarder();
});
afterAll(() => forwarder.close());

const valid = [
  'GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\n\r\n',
  'GET http://a.test/p?q=%41;x HTTP/1.1\r\nHost: a.test\r\nCookie: a=b; c="d"\r\nConnection: keep-alive\r\n\r\n',
  'POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: 11\r\n\r\nhello world',
  'PUT http://a.test/x HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: 1\r\n\r\n',
  'HEAD http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n',
];
const spice = [
  '\r',
  '\n',
  '\r\n',
  '\t',
  ' ',
  '\0',
  ':',
  ',',
  ';',
  '#',
  '\\',
  '\x7f',
  '\x80',
  '\xff',
  '0',
  '"',
  '%',
  '/',
  '@',
  '\r\n\r\n',
  '\r\n\r',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  '{',
  '<',
  '^',
  '|',
];

interface Mutation {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(1_000),
  cut: fc.nat(3),
  put: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...spice) },
    { weight: 1, arbitrary: fc.constant('') },
  ),
});
const mutate = (text: string, mutations: readonly Mutation[]): string =>
  mutations.reduce((all, { at, cut, put }) => {
    const from = at % (all.length + 1);
    return all.slice(0, from) + put + all.slice(from + cut);
  }, text);

const messages = fc.tuple(
  fc.array(fc.constantFrom(...valid), { minLength: 1, maxLength: 3 }),
  fc.array(mutation, { maxLength: 3 }),
  fc.array(fc.nat(400), { maxLength: 3 }),
);

/** Sends `text`, cut at `cuts`, ends our side, and waits until nothing is open any more. */
async function send(text: string, cuts: readonly number[]): Promise<Client> {
  forwarder.fresh();
  const client = new Client(forwarder.port);
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  for (let i = 1; i < places.length; i++) {
    client.send(text.slice(places[i - 1], places[i]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.socket.end();
  await until(
    () => client.ended !== null && forwarder.recorded.every(({ ended }) => ended !== null),
    () =>
      JSON.stringify([text, client.received, forwarder.recorded.map(({ bytes, ended }) => [bytes, ended])]),
  );
  client.socket.destroy();
  return client;
}

test('what is forwarded reads for Node, strict and lenient, as what was decided', async () => {
  await fc.assert(
    fc.asyncProperty(messages, async ([texts, mutations, cuts]) => {
      await send(mutate(texts.join(''), mutations), cuts);
      const decided = forwarder.decided.filter(({ whole }) => whole);
      const bytes = forwarder.recorded.filter(({ ended }) => ended === 'end').map((each) => each.bytes);
      const expected = decided.map(({ method, target, body }) => ({ method, target, body }));
      expect(parseStrictly(bytes.join(''))).toEqual({ requests: expected, failed: false });
      for (const [i, each] of expected.entries()) {
        // A mutated method is a token to us and unknown to Node; there is nothing ambiguous in it.
        if (!METHODS.includes(each.method)) continue;
        for (const lenient of [false, true]) {
          expect(await parseWithNode(bytes[i] ?? '', lenient)).toEqual({ requests: [each], failed: false });
        }
      }
    }),
    { numRuns },
  );
});

test('what Node refuses is refused here, or forwarded as something that Node accepts', async () => {
  await fc.assert(
    fc.asyncProperty(messages, async ([texts, mutations]) => {
      const text = mutate(texts.join(''), mutations);
      const node = await parseWithNode(text, false);
      await send(text, []);
      const bytes = forwarder.recorded.filter(({ ended }) => ended === 'end').map((each) => each.bytes);
      if (!node.failed) return;
      const refused = forwarder.wire.refused.length > 0;
      const known = forwarder.decided.every(({ method }) => METHODS.includes(method));
      for (const each of bytes) {
        if (known) expect((await parseWithNode(each, false)).failed).toBe(false);
      }
      // Not refused: then all of it was either normalised (checked above) or ended within a head.
      if (!refused) expect(bytes.length).toBe(forwarder.decided.filter(({ whole }) => whole).length);
    }),
    { numRuns },
  );
});
