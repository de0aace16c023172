import { describe, expect, test } from 'vitest';
import type { BodyLength } from '../../../proxy/wire/framing.ts';
import { emptyBody, IncomingBody } from '../../../proxy/wire/body.ts';

function body(length: BodyLength, room = true) {
  const events: string[] = [];
  const note = (event: string) => (): void => void events.push(event);
  const incoming = new IncomingBody(length, {
    bodyWanted: note('wanted'),
    bodyFull: note('full'),
    bodyCancelled: note('cancelled'),
  });
  const sink = {
    write: (chunk: Buffer) => (events.push(chunk.toString('latin1')), room),
    end: note('end'),
    abort: note('abort'),
  };
  return { incoming, events, sink };
}
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('an incoming body', () => {
  test('counted: ends at its last byte, and says where', () => {
    const { incoming, events, sink } = body(5);
    incoming.pipe(sink);
    expect(incoming.feed(bytes('he'))).toBe(-1);
    expect(incoming.remaining).toBe(3);
    expect(incoming.feed(bytes('lloGET'))).toBe(3);
    expect(events).toEqual(['wanted', 'he', 'llo', 'end']);
    expect(incoming).toMatchObject({ complete: true, remaining: 0 });
  });

  test('of length 0: complete from the start, and may be piped again', () => {
    const { incoming, events, sink } = body(0);
    incoming.cancel();
    incoming.pipe(sink);
    incoming.pipe(sink);
    expect(events).toEqual(['end', 'end']);
  });

  test('a full sink stops the flow, `resume` starts it again, until it is complete', () => {
    const { incoming, events, sink } = body('chunked', false);
    incoming.pipe(sink);
    incoming.feed(bytes('2\r\nhi\r\n'));
    incoming.resume();
    incoming.feed(bytes('0\r\n\r\n'));
    incoming.resume();
    expect(events).toEqual(['wanted', 'hi', 'full', 'wanted', 'end']);
  });

  test('closed by its peer: the end of one until close, a break in any other', () => {
    for (const [length, expected] of [
      ['until-close', 'end'],
      ['chunked', 'abort'],
      [5, 'abort'],
    ] as const) {
      const { incoming, events, sink } = body(length);
      incoming.pipe(sink);
      incoming.closed();
      incoming.closed();
      incoming.fail(new Error('again'));
      expect(events).toEqual(['wanted', expected]);
    }
  });

  test('broken off before it is read: whoever reads it hears of it', () => {
    const { incoming, events, sink } = body(5);
    incoming.fail(new Error('gone'));
    incoming.pipe(sink);
    expect(events).toEqual(['abort']);
  });

  test('cancelled: read and dropped, and not given to a later reader as if it were whole', () => {
    const { incoming, events, sink } = body(5);
    incoming.cancel();
    expect(incoming.feed(bytes('hel'))).toBe(-1);
    incoming.pipe(sink);
    expect(incoming.feed(bytes('lo'))).toBe(2);
    expect(events).toEqual(['cancelled', 'abort']);
  });
});

test('the empty body ends at once', () => {
  const { events, sink } = body(0);
  emptyBody.pipe(sink);
  emptyBody.resume();
  emptyBody.cancel();
  expect(events).toEqual(['end']);
});
