import { describe, expect, test } from 'vitest';
import type { H1Client } from '../../../proxy/wire/h1-client.ts';
import { Pins } from '../../../proxy/wire/pins.ts';

/** As much of a connection as pins look at. */
const connectionTo = (origin: string) => {
  const socket = { destroyed: false };
  return { origin, socket, cancel: () => void (socket.destroyed = true) } as unknown as H1Client;
};
const ann = (): string => 'ann';
const bob = (): string => 'bob';

describe('pinned connections', () => {
  test('go to the same person and origin, and out of the pins', () => {
    const pins = new Pins();
    const connection = connectionTo('a|80');
    pins.put('ann', connection);
    expect(pins.take(bob, 'a|80')).toBeUndefined();
    expect(pins.take(ann, 'b|80')).toBeUndefined();
    expect(pins.take(ann, 'a|80')).toBe(connection);
    expect(pins.take(ann, 'a|80')).toBeUndefined();
  });

  test('nobody is asked who they are where nothing is pinned', () => {
    const who = (): string => {
      throw new Error('asked');
    };
    expect(new Pins().take(who, 'a|80')).toBeUndefined();
  });

  test('one that has closed is given to nobody', () => {
    const pins = new Pins();
    const connection = connectionTo('a|80');
    pins.put('ann', connection);
    connection.cancel();
    expect(pins.take(ann, 'a|80')).toBeUndefined();
  });

  test('are few: the one pinned first gives way', () => {
    const pins = new Pins();
    const connections = Array.from({ length: 9 }, (_, n) => connectionTo(`${n}|80`));
    for (const connection of connections) pins.put('ann', connection);
    expect(connections.map(({ socket }) => socket.destroyed)).toEqual([
      true,
      ...Array.from({ length: 8 }, () => false),
    ]);
    expect(pins.take(ann, '8|80')).toBe(connections[8]);
  });

  test('close with the client, also one that comes after it', () => {
    const pins = new Pins();
    const [early, late] = [connectionTo('a|80'), connectionTo('b|80')];
    pins.put('ann', early);
    pins.close();
    pins.put('ann', late);
    expect([early.socket.destroyed, late.socket.destroyed]).toEqual([true, true]);
    expect(pins.take(ann, 'b|80')).toBeUndefined();
  });
});
