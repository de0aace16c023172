import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Names } from '../../../proxy/upstream/names.ts';
import { dnsOptions } from '../../../proxy/upstream/options.ts';
import type { Pending } from '../../../proxy/upstream/resolution.ts';
import type { Asker, Claim } from '../../../proxy/upstream/shares.ts';
import { Shares } from '../../../proxy/upstream/shares.ts';
import { DnsStub } from './dns-stub.ts';

let stub: DnsStub;
let open: Names[];

beforeEach(async () => {
  stub = await DnsStub.start(() => ({ drop: true }));
  open = [];
});

afterEach(async () => {
  for (const names of open) names.close();
  await stub.stop();
});

function namesOf(options: Record<string, unknown> = {}): Names {
  const names = new Names(
    dnsOptions.parse({ servers: [stub.server], hostsFile: '/nonexistent', ...options }),
  );
  open.push(names);
  return names;
}

const client = (name: string): Asker => ({ client: name, exempt: false });
const hotline = (name: string): Asker => ({ client: name, exempt: true });
const [ann, bob, eve] = [client('ann'), client('bob'), client('eve')];

/** `pending`, or why not. */
function outcome(names: Names, host: string, asker: Asker): string {
  const answer = names.resolve(host, asker);
  return answer.kind === 'failed' ? answer.code : answer.kind;
}
const outcomes = (names: Names, hosts: readonly string[], asker: Asker) =>
  hosts.map((host) => outcome(names, host, asker));

function pending(names: Names, host: string, asker: Asker): Pending {
  const answer = names.resolve(host, asker);
  if (answer.kind !== 'pending') throw new Error(`${host}: ${answer.kind}`);
  return answer;
}

describe('a client that asks for names which nobody answers', () => {
  it('takes its share of the lookups, and nothing of what others need', () => {
    const names = namesOf();
    const flood = Array.from({ length: 2_000 }, (_, i) => outcome(names, `dead${i}.test`, eve));
    expect(flood.filter((each) => each === 'pending')).toHaveLength(64);
    expect(new Set(flood.slice(64))).toEqual(new Set(['over-share']));
    expect(outcome(names, 'library.test', ann)).toBe('pending');
    expect(outcome(names, 'help.hotline.test', hotline('eve'))).toBe('pending');
  });

  it('may ask again for a name that it waits for, and for no further one, though others wait for that', () => {
    const names = namesOf({ maxInFlightPerClient: 2 });
    expect(outcomes(names, ['a.test', 'b.test', 'a.test', 'c.test'], eve)).toEqual([
      'pending', 'pending', 'pending', 'over-share',
    ]); // prettier-ignore
    expect(outcomes(names, ['c.test', 'a.test', 'b.test'], ann)).toEqual([
      'pending',
      'pending',
      'over-share',
    ]);
    expect(outcome(names, 'c.test', eve)).toBe('over-share');
  });

  it('gets its share back with the answers', async () => {
    stub.setScript(({ type }) => (type === 'A' ? { answers: ['127.10.0.1'] } : {}));
    const names = namesOf({ maxInFlightPerClient: 1 });
    for (const host of ['a.test', 'b.test', 'c.test'])
      expect(await pending(names, host, eve).answer).toMatchObject({ kind: 'addresses' });
  });

  it('keeps its share taken after its patience, for as long as the question is still open', async () => {
    const names = namesOf({ maxInFlightPerClient: 1 });
    expect(await pending(names, 'a.test', eve).answer).toMatchObject({ code: 'timeout' });
    expect(outcome(names, 'b.test', eve)).toBe('over-share');
  });
});

describe('crisis help and testing', () => {
  it('have a tenth on top when everything is full', () => {
    const names = namesOf({ maxInFlight: 20, maxInFlightPerClient: 10 });
    for (let i = 0; i < 20; i++) outcome(names, `dead${i}.test`, client(`c${i >> 1}`));
    expect(outcome(names, 'library.test', ann)).toBe('overloaded');
    expect(outcome(names, 'help.hotline.test', hotline('ann'))).toBe('pending');
    expect(outcome(names, 'chat.hotline.test', hotline('bob'))).toBe('pending');
    expect(outcome(names, 'text.hotline.test', hotline('carl'))).toBe('overloaded');
  });

  it('share that too: made-up names below a hotline do not keep the hotline from anyone', () => {
    const names = namesOf({ maxInFlight: 20, maxInFlightPerClient: 10 });
    const flood = Array.from({ length: 100 }, (_, i) => outcome(names, `x${i}.hotline.test`, hotline('eve')));
    // One of the reserve, ten of its ordinary share.
    expect(flood.filter((each) => each === 'pending')).toHaveLength(11);
    for (let i = 0; i < 20; i++) outcome(names, `dead${i}.test`, client(`c${i}`));
    expect(outcome(names, 'help.hotline.test', hotline('ann'))).toBe('pending');
  });

  it('may always be waited for together with others', () => {
    const names = namesOf({ maxInFlightPerClient: 1 });
    expect(outcome(names, 'a.test', eve)).toBe('pending');
    expect(outcome(names, 'help.hotline.test', hotline('ann'))).toBe('pending');
    expect(outcome(names, 'help.hotline.test', hotline('eve'))).toBe('pending');
  });
});

describe('a name whose askers have all hung up', () => {
  it('counts against nobody, and its place is free', () => {
    const names = namesOf({ maxInFlight: 1, maxInFlightPerClient: 1 });
    for (let i = 0; i < 100; i++) {
      const dead = pending(names, `dead${i}.test`, eve);
      expect(outcome(names, 'library.test', ann)).toBe('overloaded');
      dead.leave();
    }
    expect(outcome(names, 'library.test', ann)).toBe('pending');
  });

  it('is not asked for any more', async () => {
    const names = namesOf();
    const dead = pending(names, 'dead.test', eve);
    await vi.waitFor(() => expect(stub.count('dead.test', 'A')).toBe(1));
    dead.leave();
    void pending(names, 'library.test', ann);
    // c-ares repeats each question in time; the one that was given up would have come first.
    await vi.waitFor(() => expect(stub.count('library.test', 'A')).toBe(2), 5_000);
    expect(stub.count('dead.test', 'A')).toBe(1);
  });

  it('leaves nothing behind: the next one who asks gets the answer of the servers', async () => {
    const names = namesOf();
    pending(names, 'a.test', eve).leave();
    stub.setScript(({ type }) => (type === 'A' ? { answers: ['127.10.0.1'] } : {}));
    expect(await pending(names, 'a.test', ann).answer).toMatchObject({ addresses: ['127.10.0.1'] });
  });

  it('goes on for those who still wait, each of whom leaves once', () => {
    const names = namesOf({ maxInFlight: 1, maxInFlightPerClient: 1 });
    const [first, second] = [pending(names, 'a.test', eve), pending(names, 'a.test', eve)];
    const other = pending(names, 'a.test', bob);
    first.leave();
    first.leave();
    other.leave();
    expect(outcome(names, 'b.test', ann)).toBe('overloaded');
    expect(outcome(names, 'b.test', bob)).toBe('overloaded');
    second.leave();
    expect(outcome(names, 'b.test', bob)).toBe('pending');
    second.leave();
    expect(outcome(names, 'c.test', bob)).toBe('over-share');
  });
});

describe('the shares', () => {
  const step = fc.record({
    who: fc.integer({ min: 0, max: 4 }),
    exempt: fc.boolean(),
    what: fc.constantFrom('claim', 'join', 'leave', 'end'),
    which: fc.nat(20),
  });

  it('are all free when every lookup is over, whatever happened in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const shares = new Shares(10, 3);
        const claims: Claim[] = [];
        for (const { who, exempt, what, which } of steps) {
          const asker = { client: `c${who}`, exempt };
          const claim = claims[which % Math.max(1, claims.length)];
          if (what === 'claim') {
            const made = shares.claim(asker);
            if (typeof made === 'string') continue;
            made.join(asker.client);
            claims.push(made);
          } else if (claim === undefined) continue;
          else if (what === 'join' && claim.admits(asker)) claim.join(asker.client);
          else if (what === 'end' || claim.leave(asker.client))
            claims.splice(claims.indexOf(claim), 1)[0]?.end();
        }
        for (const claim of claims) claim.end();
        const again = Array.from({ length: 12 }, (_, i) => {
          const claim = shares.claim(client(`c${i % 4}`));
          if (typeof claim !== 'string') claim.join(`c${i % 4}`);
          return typeof claim;
        });
        expect(again).toEqual([...Array<string>(10).fill('object'), 'string', 'string']);
        expect(typeof shares.claim(hotline('c0'))).toBe('object');
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 100) },
    );
  });
});
