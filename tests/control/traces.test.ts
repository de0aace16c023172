import { expect, test } from 'vitest';
import { Traces } from '../../control/traces.ts';
import type { Watch, WatchedLine } from '../../proxy/protocol.ts';

const line = (n: number): WatchedLine => ({
  ...{ at: n, ip: '10.0.0.1', login: 'ann', method: 'GET', address: 'http://a.test/', action: 'allow' },
  ...{ rule: 'default', clause: null, enforced: true, left: 0 },
});
function start() {
  const [watches, ended]: [Watch[], string[]] = [[], []];
  const traces = new Traces({ watch: (watch) => watches.push(watch), unwatch: (id) => ended.push(id) });
  return { traces, watches, ended };
}
const client = { person: 'key-ann', ip: null };
const never = new Promise(() => undefined);

test('lines come as they are seen, until the time is over', async () => {
  const { traces, watches, ended } = start();
  const read: string[] = [];
  const reading = (async () => {
    for await (const batch of traces.follow(client, 150, never)) read.push(batch);
  })();
  await expect.poll(() => watches.length).toBe(1);
  const [{ id, person } = { id: '', person: null }] = watches;
  expect(person).toBe('key-ann');
  traces.watched(id, [line(1), line(2)]);
  traces.watched('another', [line(3)]);
  await reading;
  expect(
    read
      .join('')
      .trim()
      .split('\n')
      .map((text) => (JSON.parse(text) as WatchedLine).at),
  ).toEqual([1, 2]);
  expect(ended).toEqual([id]);
  traces.watched(id, [line(4)]);
});

test('nobody is watched any more when the reader leaves', async () => {
  const { traces, ended } = start();
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  const reading = (async () => {
    for await (const _ of traces.follow(client, 60_000, left));
  })();
  leave();
  await reading;
  expect(ended).toHaveLength(1);
});

test('a reader that is slow is told a bounded number, and only so many may look at once', async () => {
  const { traces, watches } = start();
  const followed = Array.from({ length: 16 }, () => traces.follow(client, 60_000, never));
  const firsts = followed.map((each) => each.next());
  expect(traces.full).toBe(true);
  traces.watched(
    watches[0]?.id ?? '',
    Array.from({ length: 9_000 }, (_, n) => line(n)),
  );
  const first = await firsts[0];
  expect(String(first?.value).trim().split('\n')).toHaveLength(5_000);
  await followed[0]?.return(undefined);
  expect(traces.full).toBe(false);
});
