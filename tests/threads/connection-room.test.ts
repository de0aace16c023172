import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ConnectionRoom } from '../../threads/connection-room.ts';

class Connection extends EventEmitter {
  isOpen = true;

  destroy(): void {
    this.isOpen = false;
    this.emit('close');
  }
}

const come = (room: ConnectionRoom, ip: string, count = 1) =>
  Array.from({ length: count }, () => {
    const socket = new Connection();
    return { socket, admitted: room.admits(ip, socket) };
  });
const admitted = (all: ReturnType<typeof come>): number =>
  all.filter((each) => each.admitted && each.socket.isOpen).length;

describe('the connections of a listener', () => {
  test('one address has its share, and what it closes it may open again', () => {
    const room = new ConnectionRoom({ connections: 10, perAddress: 3 });
    const own = come(room, '10.0.0.1', 5);
    expect(own.map((each) => each.admitted)).toEqual([true, true, true, false, false]);
    own[0]?.socket.destroy();
    expect(admitted(come(room, '10.0.0.1', 2))).toBe(1);
    expect(admitted(come(room, '10.0.0.2', 5))).toBe(3);
  });

  test('where all are taken, a newcomer takes the oldest of who has the most', () => {
    const room = new ConnectionRoom({ connections: 6, perAddress: 4 });
    const flood = [...come(room, '10.0.0.1', 4), ...come(room, '10.0.0.2', 2)];
    expect(admitted(come(room, '10.0.0.3', 2))).toBe(2);
    expect(flood.map(({ socket }) => socket.isOpen)).toEqual([false, false, true, true, true, true]);
    // All have two now: nobody takes from who has no more.
    expect(admitted(come(room, '10.0.0.3'))).toBe(0);
    expect(admitted(come(room, '10.0.0.4'))).toBe(1);
  });

  test('loopback is counted apart', () => {
    const room = new ConnectionRoom({ connections: 4, perAddress: 2 });
    for (let n = 0; n < 8; n += 1) come(room, `10.0.0.${n}`, 2);
    expect(admitted(come(room, '127.0.0.1', 2))).toBe(2);
    expect(admitted([...come(room, '::1'), ...come(room, '::ffff:127.0.0.1')])).toBe(2);
    expect(admitted(come(room, '127.0.0.1'))).toBe(0);
  });

  test('a network of IPv6 counts like one address, and an IPv4 address in IPv6 form as itself', () => {
    const room = new ConnectionRoom({ connections: 10, perAddress: 2 });
    expect(admitted(come(room, '2001:db8:0:1::5', 2))).toBe(2);
    expect(admitted(come(room, '2001:db8:0:1:ffff::6'))).toBe(0);
    expect(admitted(come(room, '2001:db8:0:2::5'))).toBe(1);
    expect(admitted(come(room, 'fe80::1%eth0'))).toBe(1);
    expect(admitted(come(room, '::ffff:10.0.0.1', 2))).toBe(2);
    expect(admitted(come(room, '10.0.0.1'))).toBe(0);
  });
});
