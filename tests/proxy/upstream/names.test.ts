import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Names } from '../../../proxy/upstream/names.ts';
import { dnsOptions } from '../../../proxy/upstream/options.ts';
import type { Resolution } from '../../../proxy/upstream/resolution.ts';
import type { Asker } from '../../../proxy/upstream/shares.ts';
import { DnsStub } from './dns-stub.ts';
import type { Reply, Script } from './dns-stub.ts';

let stub: DnsStub;
let folder: string;
let hostsFile: string;
let now: number;
let open: Names[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-names-'));
  hostsFile = join(folder, 'hosts');
  await writeFile(hostsFile, '');
  stub = await DnsStub.start(() => ({ rcode: 'NXDOMAIN' }));
  now = 1_000_000_000;
  open = [];
});

afterEach(async () => {
  for (const names of open) names.close();
  await stub.stop();
  await rm(folder, { recursive: true });
});

/** Names that ask the stub; the clock stands unless the test moves it. */
function namesOf(options: Record<string, unknown> = {}): Names {
  const names = new Names(dnsOptions.parse({ servers: [stub.server], hostsFile, ...options }), {
    now: () => now,
  });
  open.push(names);
  return names;
}

/** A script that answers one type and says "no such record" to the other. */
const ipv4 =
  (reply: Reply): Script =>
  ({ type }) =>
    type === 'A' ? reply : {};

const addresses = (resolution: Resolution) =>
  resolution.kind === 'addresses' ? resolution.addresses : resolution.code;
const ann: Asker = { client: 'ann', exempt: false };

async function answerTo(names: Names, host: string): Promise<Resolution> {
  const answer = names.resolve(host, ann);
  return answer.kind === 'pending' ? answer.answer : answer;
}
const ask = async (names: Names, host: string) => addresses(await answerTo(names, host));

describe('what needs no DNS', () => {
  it('is answered at once, without a promise', () => {
    const names = namesOf({
      hosts: { 'Library.Demo.test': '127.10.0.1', 'two.test': ['127.10.0.1', 'fd00::1'] },
    });
    const now = (host: string) => addresses(names.resolve(host, ann) as Resolution);
    expect(now('library.demo.test')).toEqual(['127.10.0.1']);
    expect(now('two.test')).toEqual(['fd00::1', '127.10.0.1']);
    expect(now('192.0.2.1')).toEqual(['192.0.2.1']);
    expect(now('2001:db8::1')).toEqual(['2001:db8::1']);
    expect(now('localhost')).toEqual(['127.0.0.1']);
    expect(now('printer.localhost')).toEqual(['127.0.0.1']);
    expect(stub.asked).toEqual([]);
  });

  it.each(['', 'a b.test', 'a\\.test', 'a\0b.test', 'ä.test', `${'a.'.repeat(127)}test`])(
    'includes %j, which is no name that DNS could hold',
    (host) => {
      expect(namesOf().resolve(host, ann)).toMatchObject({ kind: 'failed', code: 'not-found' });
      expect(stub.asked).toEqual([]);
    },
  );

  it('is first `dns.hosts`, then the hosts file, then DNS', async () => {
    stub.setScript(ipv4({ answers: ['127.10.0.3'] }));
    await writeFile(hostsFile, '127.10.0.2 a.test b.test localhost');
    const names = namesOf({ hosts: { 'a.test': '127.10.0.1' } });
    expect(await ask(names, 'a.test')).toEqual(['127.10.0.1']);
    expect(await ask(names, 'b.test')).toEqual(['127.10.0.2']);
    expect(await ask(names, 'localhost')).toEqual(['127.10.0.2']);
    expect(await ask(names, 'c.test')).toEqual(['127.10.0.3']);
  });

  it('follows the hosts file, over an answer of DNS too', async () => {
    stub.setScript(ipv4({ answers: ['127.10.0.3'] }));
    const names = namesOf();
    expect(await ask(names, 'a.test')).toEqual(['127.10.0.3']);
    await writeFile(hostsFile, '127.10.0.2 a.test');
    now += 3_000;
    await vi.waitFor(async () => expect(await ask(names, 'a.test')).toEqual(['127.10.0.2']));
  });
});

describe('the aliases of a name', () => {
  const aliases = (resolution: Resolution) =>
    resolution.kind === 'addresses' ? resolution.cnames : resolution.code;
  beforeEach(() => {
    stub.setScript(ipv4({ answers: ['127.10.0.1'] }));
  });

  it('are followed link by link, and canonical', async () => {
    stub.setAliases({ 'a.test': 'B.test', 'b.test': 'c.test', 'c.test': '_d.cdn.test' });
    const names = namesOf();
    const answer = await answerTo(names, 'a.test');
    expect(aliases(answer)).toEqual(['b.test', 'c.test', '_d.cdn.test']);
    expect(addresses(answer)).toEqual(['127.10.0.1']);
    expect(names.resolve('a.test', ann)).toBe(answer);
    expect(stub.aliasesAsked).toEqual(['a.test', 'b.test', 'c.test', '_d.cdn.test']);
  });

  it('are none where it has none', async () => {
    expect(aliases(await answerTo(namesOf(), 'a.test'))).toEqual([]);
  });

  it('are eight at most, and never the same twice', async () => {
    stub.setAliases(
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`n${i}.test`, `n${i + 1}.test`])),
    );
    // Those that came too late for the first answer are in a later one.
    const names = namesOf();
    await vi.waitFor(async () => expect(aliases(await answerTo(names, 'n0.test'))).toHaveLength(8));
    stub.setAliases({ 'a.test': 'b.test', 'b.test': 'c.test', 'c.test': 'a.test' });
    const ring = namesOf();
    await vi.waitFor(async () =>
      expect(aliases(await answerTo(ring, 'a.test'))).toEqual(['b.test', 'c.test']),
    );
    stub.setAliases({ 'self.test': 'self.test' });
    expect(aliases(await answerTo(namesOf(), 'self.test'))).toEqual([]);
  });

  it('end at what is no name', async () => {
    stub.setAliases({ 'a.test': 'b.test', 'b.test': 'x y.test' });
    const names = namesOf();
    await vi.waitFor(async () => expect(aliases(await answerTo(names, 'a.test'))).toEqual(['b.test']));
  });

  it('hold nobody for long: the addresses come without them, and the next answer has them', async () => {
    stub.setAliases({ 'a.test': 'b.test' }, { delay: 150 });
    const names = namesOf();
    expect(aliases(await answerTo(names, 'a.test'))).toEqual([]);
    await vi.waitFor(async () => expect(aliases(await answerTo(names, 'a.test'))).toEqual(['b.test']));
    expect(stub.count('a.test', 'A')).toBe(1);
  });

  it('are given up where nobody answers, and so are those of a name that does not exist', async () => {
    stub.setAliases({}, { drop: true });
    const names = namesOf({ maxInFlight: 1 });
    expect(await ask(names, 'a.test')).toEqual(['127.10.0.1']);
    await vi.waitFor(async () => expect(await ask(names, 'b.test')).toEqual(['127.10.0.1']), 5_000);
    stub.setScript(() => ({ rcode: 'NXDOMAIN' }));
    await vi.waitFor(async () => expect(await ask(names, 'c.test')).toBe('not-found'), 5_000);
    expect(await ask(names, 'd.test')).toBe('not-found');
  });

  it.each(['SERVFAIL', 'REFUSED', 'NXDOMAIN', 'FORMERR'] as const)(
    'make no difference to the addresses when they are answered with %s',
    async (rcode) => {
      stub.setAliases({ 'a.test': 'b.test' }, { rcode });
      expect(await ask(namesOf(), 'a.test')).toEqual(['127.10.0.1']);
    },
  );
});

describe('an answer of DNS', () => {
  it('holds for its TTL, and is then asked anew', async () => {
    stub.setScript(({ type, query }) =>
      type === 'A' ? { answers: [`127.10.0.${query + 1}`], ttl: 30 } : {},
    );
    const names = namesOf();
    expect(await ask(names, 'a.test')).toEqual(['127.10.0.1']);
    now += 29_999;
    expect(names.resolve('a.test', ann)).toMatchObject({ addresses: ['127.10.0.1'], cnames: [] });
    now += 1;
    expect(await ask(names, 'a.test')).toEqual(['127.10.0.2']);
    expect(stub.count('a.test', 'A')).toBe(2);
  });

  it('holds for the shortest TTL of its records, within `minTtl` and `maxTtl`', async () => {
    const ttls: Record<string, number> = { 'zero.test': 0, 'year.test': 31_536_000, 'mixed.test': 30 };
    stub.setScript(({ name, type }) =>
      type === 'A'
        ? { answers: ['127.10.0.1'], ttl: ttls[name] ?? 60 }
        : { answers: ['fd00::1'], ttl: 31_536_000 },
    );
    const names = namesOf({ minTtl: '2s', maxTtl: '10m' });
    expect((await answerTo(names, 'zero.test')).expires - now).toBe(2_000);
    expect((await answerTo(names, 'year.test')).expires - now).toBe(600_000);
    expect((await answerTo(names, 'mixed.test')).expires - now).toBe(30_000);
  });

  it('lists IPv6 and IPv4 in turn, eight of each at most', async () => {
    stub.setScript(({ type }) =>
      type === 'A'
        ? { answers: ['127.10.0.1', '127.10.0.2', '127.10.0.3'] }
        : { answers: Array.from({ length: 20 }, (_, i) => `fd00::${i + 1}`) },
    );
    const list = await ask(namesOf(), 'a.test');
    expect(list.slice(0, 7)).toEqual([
      'fd00::1',
      '127.10.0.1',
      'fd00::2',
      '127.10.0.2',
      'fd00::3',
      '127.10.0.3',
      'fd00::4',
    ]);
    expect(list).toHaveLength(11);
  });

  it('is asked for once, however many wait', async () => {
    stub.setScript(({ type }) => (type === 'A' ? { answers: ['127.10.0.1'], delay: 100 } : { delay: 100 }));
    const names = namesOf();
    const all = await Promise.all(Array.from({ length: 500 }, () => answerTo(names, 'a.test')));
    expect(new Set(all).size).toBe(1);
    expect(stub.asked).toHaveLength(2);
  });

  it('of one family stands when the other fails', async () => {
    stub.setScript(({ type, name }) => {
      const good = name === 'four.test' ? 'A' : 'AAAA';
      return type === good ? { answers: [type === 'A' ? '127.10.0.1' : 'fd00::1'] } : { rcode: 'SERVFAIL' };
    });
    expect(await ask(namesOf(), 'four.test')).toEqual(['127.10.0.1']);
    expect(await ask(namesOf(), 'six.test')).toEqual(['fd00::1']);
  });

  it('of one family is not held by the other, which joins it when it comes', async () => {
    let release = false;
    stub.setScript(({ type }) => {
      if (type === 'A') return { answers: ['127.10.0.1'] };
      return release ? { answers: ['fd00::1'] } : { drop: true };
    });
    const names = namesOf({ timeout: '1s' });
    expect(await ask(names, 'a.test')).toEqual(['127.10.0.1']);
    release = true;
    await vi.waitFor(
      async () => expect(await ask(names, 'a.test')).toEqual(['fd00::1', '127.10.0.1']),
      5_000,
    );
    expect(stub.count('a.test', 'A')).toBe(1);
  });

  it('is not held by eight slow names', async () => {
    stub.setScript(({ name }) => ({ answers: [], delay: name.startsWith('slow') ? 700 : 0 }));
    const names = namesOf();
    const order: string[] = [];
    const hosts = [...Array.from({ length: 8 }, (_, i) => `slow${i}.test`), 'fast.test'];
    await Promise.all(hosts.map(async (host) => (await answerTo(names, host), order.push(host))));
    expect(order[0]).toBe('fast.test');
    expect(order).toHaveLength(9);
  });

  it('leaves the memory when there are more names than `cacheSize`', async () => {
    stub.setScript(ipv4({ answers: ['127.10.0.1'] }));
    const names = namesOf({ cacheSize: 2 });
    for (const host of ['a.test', 'b.test', 'c.test']) await ask(names, host);
    expect(names.resolve('c.test', ann)).not.toMatchObject({ kind: 'pending' });
    expect(await ask(names, 'a.test')).toEqual(['127.10.0.1']);
    expect(stub.count('a.test', 'A')).toBe(2);
  });
});

describe('a failure', () => {
  it('is told by its kind', async () => {
    stub.setScript(({ name }) => {
      const rcode = name.split('.')[0]?.toUpperCase() as 'NXDOMAIN';
      return { rcode };
    });
    const names = namesOf();
    expect(await ask(names, 'nxdomain.test')).toBe('not-found');
    expect(await ask(names, 'noerror.test')).toBe('not-found');
    expect(await ask(names, 'servfail.test')).toBe('servfail');
    expect(await ask(names, 'formerr.test')).toBe('servfail');
    expect(await ask(names, 'refused.test')).toBe('refused');
    expect(await ask(names, `${'a'.repeat(64)}.test`)).toBe('not-found');
  });

  it('"not found" holds for `negativeTtl`, any other for a second', async () => {
    stub.setScript(({ name }) => ({ rcode: name === 'none.test' ? 'NXDOMAIN' : 'SERVFAIL' }));
    const names = namesOf();
    expect((await answerTo(names, 'none.test')).expires - now).toBe(30_000);
    expect((await answerTo(names, 'broken.test')).expires - now).toBe(1_000);
    now += 29_999;
    expect(names.resolve('none.test', ann)).toMatchObject({ code: 'not-found' });
    expect(stub.count('none.test', 'A')).toBe(1);
    stub.setScript(ipv4({ answers: ['127.10.0.1'] }));
    now += 1;
    expect(await ask(names, 'none.test')).toEqual(['127.10.0.1']);
    expect(await ask(names, 'broken.test')).toEqual(['127.10.0.1']);
  });

  it('comes at once when as many names as allowed are being asked for', async () => {
    stub.setScript(({ type }) => (type === 'A' ? { answers: ['127.10.0.1'], delay: 100 } : { delay: 100 }));
    const names = namesOf({ maxInFlight: 2 });
    const first = [ask(names, 'a.test'), ask(names, 'b.test')];
    expect(names.resolve('c.test', ann)).toMatchObject({ kind: 'failed', code: 'overloaded' });
    expect(names.resolve('a.test', ann)).toMatchObject({ kind: 'pending' });
    await Promise.all(first);
    expect(await ask(names, 'c.test')).toEqual(['127.10.0.1']);
  });

  it('comes to everyone who waits when the names are closed', async () => {
    stub.setScript(() => ({ drop: true }));
    const names = namesOf();
    const waiting = ask(names, 'a.test');
    names.close();
    expect(await waiting).toBe('timeout');
  });
});

describe('without DNS', () => {
  /** What happens first: the answer, or a second. */
  const within1s = (names: Names, host: string) =>
    Promise.race([
      ask(names, host),
      new Promise((resolve) => setTimeout(resolve, 1_000, 'more than a second')),
    ]);

  it('a name fails within a second though no server ever answers, with the default options', async () => {
    stub.setScript(() => ({ drop: true }));
    expect(await within1s(namesOf(), 'nosuch.example')).toBe('timeout');
  });

  it('a name fails within a second where nothing listens', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const server = `127.0.0.1:${socket.address().port}`;
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    expect(await within1s(namesOf({ servers: [server] }), 'nosuch.example')).toBe('timeout');
  });

  it("a name fails within a second by this machine's own settings", async () => {
    expect(['not-found', 'timeout']).toContain(await within1s(namesOf({ servers: [] }), 'nosuch.example'));
  });

  it('a slow answer still serves the next request', async () => {
    stub.setScript(({ type, query }) => {
      if (query < 2) return { drop: true };
      return type === 'A' ? { answers: ['127.10.0.1'] } : {};
    });
    const names = namesOf();
    expect(await ask(names, 'a.test')).toBe('timeout');
    now += 1_000;
    await vi.waitFor(async () => expect(await ask(names, 'a.test')).toEqual(['127.10.0.1']), 10_000);
  });
});

describe('with a DNS server that has answered before', () => {
  it('a request waits for a slow answer', async () => {
    stub.setScript(ipv4({ answers: ['127.10.0.1'] }));
    const names = namesOf();
    await ask(names, 'quick.test');
    const started = performance.now();
    // As a recursive server does: every repetition of the question is answered when the answer is there.
    stub.setScript(({ type }) => {
      if (performance.now() - started < 1_500) return { drop: true };
      return type === 'A' ? { answers: ['127.10.0.2'] } : {};
    });
    expect(await ask(names, 'slow.test')).toEqual(['127.10.0.2']);
  });
});

describe('an answer that is not what it should be', () => {
  const stray = Buffer.from('8180000100010000000003', 'hex');

  it.each<[string, Reply, string | readonly string[]]>([
    ['is empty', { raw: Buffer.alloc(0) }, 'servfail'],
    ['is cut off', { raw: stray }, 'servfail'],
    ['is noise', { raw: Buffer.alloc(500, 0xc0) }, 'servfail'],
    ['has another id', { wrongId: true, answers: ['127.10.0.9'] }, 'timeout'],
    ['has a loop of CNAMEs', { answers: [{ owner: 'x.test', target: 'y.test' }, { owner: 'y.test', target: 'x.test' }] }, 'not-found'],
    ['has NUL and markup in a name', { answers: [{ owner: 'x.test', target: 'a\0b.<script>.test' }, '127.10.0.9'], owner: 'a\0b.<script>.test' }, ['127.10.0.9']],
    ['has a thousand addresses', { answers: Array.from({ length: 1_000 }, (_, i) => `127.10.${i >> 8}.${i & 255}`) }, Array.from({ length: 8 }, (_, i) => `127.10.0.${i}`)],
  ])('%s', async (_, reply, expected) => {
    stub.setScript(ipv4({ ...reply }));
    expect(await ask(namesOf({ timeout: '300ms' }), 'x.test')).toEqual(expected);
  }); // prettier-ignore
});
