import { beforeEach, describe, expect, it } from 'vitest';
import type { OwnEndpoints } from '../../config/own-endpoints.ts';
import { OwnWatch } from '../../config/own-watch.ts';
import type { Endpoint } from '../../proxy/upstream/own-endpoints.ts';
import { createLog } from '../../threads/log.ts';

const proxy = { address: '127.0.0.1', port: 3128 };
const ldap = (last: number): Endpoint => ({ address: `10.0.0.${last}`, port: 636 });
const minute = 60_000;

let answer: OwnEndpoints | Error;
let now: number;
let guarded: (readonly Endpoint[])[];
let lines: { readonly level: string; readonly msg: string }[];

beforeEach(() => {
  now = 0;
  guarded = [];
  lines = [];
});

function watchOf(period?: number): OwnWatch {
  return new OwnWatch(found(ldap(1)), {
    find: async () => {
      if (answer instanceof Error) throw answer;
      return answer;
    },
    protect: (endpoints) => void guarded.push(endpoints),
    log: createLog({
      thread: 'main',
      level: 'info',
      destination: { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[0]) },
    }),
    now: () => now,
    ...(period === undefined ? {} : { period }),
  });
}

const found = (...servers: readonly Endpoint[]): OwnEndpoints => ({
  endpoints: [proxy, ...servers],
  unresolved: [],
});
const silent: OwnEndpoints = { endpoints: [proxy], unresolved: ['ldap.district.test'] };

/** Looks each minute of an hour with the same answer. */
async function hour(watch: OwnWatch, answers: OwnEndpoints): Promise<void> {
  answer = answers;
  for (let i = 0; i < 61; i++) {
    now += minute;
    await watch.look();
  }
}

describe('own endpoints that are looked up again', () => {
  it('change nothing while they are the same', async () => {
    await hour(watchOf(), found(ldap(1)));
    expect([guarded, lines]).toEqual([[], []]);
  });

  it('are guarded by their new address at once, and by the one of before for an hour more', async () => {
    const watch = watchOf();
    answer = found(ldap(2));
    now += minute;
    await watch.look();
    expect(guarded).toEqual([[proxy, ldap(1), ldap(2)]]);
    await hour(watch, found(ldap(2)));
    expect(guarded.slice(1)).toEqual([[proxy, ldap(2)]]);
  });

  it('stay guarded by the address of before for as long as their name has no answer', async () => {
    const watch = watchOf();
    await hour(watch, silent);
    await hour(watch, silent);
    expect(guarded).toEqual([]);
    expect(lines.map(({ msg }) => msg)).toEqual([
      'own endpoints without an address: those of before stay guarded',
    ]);
    await hour(watch, found(ldap(1)));
    expect(guarded).toEqual([]);
  });

  it('are looked up by themselves until the watch ends, also after one look that failed', async () => {
    const watch = watchOf(5);
    answer = new Error('no resolver');
    watch.start();
    await expect.poll(() => lines.map(({ level }) => level)).toContain('error');
    answer = found(ldap(3));
    await expect.poll(() => guarded).toEqual([[proxy, ldap(1), ldap(3)]]);
    watch.stop();
    answer = found(ldap(4));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(guarded).toHaveLength(1);
  });
});
