import { expect, test } from 'vitest';
import { Traffic } from '../../control/traffic.ts';

const thread = (name: string, requests: number, blocks: number, schools: Record<string, number> = {}) => ({
  ...{ name, requests, blocks, schools, epoch: 1, connections: 0, tunnels: 0 },
});
const minute = 60_000;

test('what each thread has done since the last look, by minute, for an hour', () => {
  let now = 5 * minute;
  const traffic = new Traffic(() => now);
  traffic.see([thread('proxy-1', 100, 10)]);
  traffic.see([thread('proxy-1', 130, 12), thread('proxy-2', 50, 5)]);
  now += minute;
  traffic.see([thread('proxy-1', 131, 12), thread('proxy-2', 55, 6)]);
  expect(traffic.minutes()).toEqual([
    { at: 5 * minute, requests: 80, blocks: 7, schools: {} },
    { at: 6 * minute, requests: 6, blocks: 1, schools: {} },
  ]);
  now += 59 * minute;
  expect(traffic.minutes()).toEqual([{ at: 6 * minute, requests: 6, blocks: 1, schools: {} }]);
});

test('a thread that was started anew begins at nothing', () => {
  const traffic = new Traffic(() => 0);
  traffic.see([thread('proxy-1', 100, 10)]);
  traffic.see([thread('proxy-1', 7, 1)]);
  expect(traffic.minutes()).toEqual([{ at: 0, requests: 7, blocks: 1, schools: {} }]);
});

test('requests by school are summed over threads and looks', () => {
  const traffic = new Traffic(() => 0);
  traffic.see([thread('proxy-1', 5, 0, { north: 5 })]);
  traffic.see([thread('proxy-1', 9, 0, { north: 7, south: 2 }), thread('proxy-2', 3, 0, { north: 3 })]);
  traffic.see([thread('proxy-1', 10, 0, { north: 8, south: 2 }), thread('proxy-2', 1, 0, { south: 1 })]);
  expect(traffic.minutes()).toEqual([{ at: 0, requests: 9, blocks: 0, schools: { north: 6, south: 3 } }]);
});
