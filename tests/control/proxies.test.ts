import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { Proxies } from '../../control/proxies.ts';
import { connect } from '../../threads/rpc.ts';
import type { ContinueGrant, SharedGrant } from '../../policy/decision.ts';
import type { Emergency } from '../../policy/emergency.ts';
import type { ProxyControl, ProxyStatus, Publication } from '../../proxy/protocol.ts';

const image = (text: string): SharedArrayBuffer => {
  const shared = new SharedArrayBuffer(text.length);
  new Uint8Array(shared).set(Buffer.from(text));
  return shared;
};
const publication = (epoch: number): Publication => ({ image: image(`edition ${epoch}`), epoch });

class FakeProxy implements ProxyControl {
  readonly seen: number[] = [];
  readonly gone: string[] = [];
  readonly granted: string[] = [];
  readonly shared: string[][] = [];
  readonly emergencies: Emergency[] = [];
  image: SharedArrayBuffer | null = null;
  hold: Promise<void> | null = null;
  broken = false;

  async publish({ image, epoch }: Publication): Promise<void> {
    if (this.broken) throw new Error('cannot open the image');
    await this.hold;
    this.image = image;
    this.seen.push(epoch);
  }
  async accountsGone(keys: readonly string[]): Promise<void> {
    this.gone.push(...keys);
  }
  async watch(): Promise<void> {}
  async unwatch(): Promise<void> {}
  async emergency(emergency: Emergency): Promise<void> {
    await this.hold;
    this.emergencies.push(emergency);
  }
  async grant(grants: readonly ContinueGrant[]): Promise<void> {
    this.granted.push(...grants.map(({ id }) => id));
  }
  async share(grants: readonly SharedGrant[]): Promise<void> {
    this.shared.push(grants.map(({ id }) => id));
  }
  async status(): Promise<ProxyStatus> {
    return { name: 'proxy-1', epoch: 1, connections: 0, tunnels: 0, requests: 0, blocks: 0, schools: {} };
  }
}

const lines: string[] = [];
const log = {
  warn: (_fields: object, message: string) => void lines.push(message),
  error: (_fields: object, message: string) => void lines.push(message),
};
const closers: (() => void)[] = [];
afterEach(() => {
  lines.length = 0;
  for (const close of closers.splice(0)) close();
});

/** A proxy behind a real port, as its thread would be. */
function join(proxies: Proxies, name: string, proxy = new FakeProxy()) {
  const { port1, port2 } = new MessageChannel();
  const theirs = connect(port2, proxy);
  const ours = connect<ProxyControl>(port1, {}, { onClose: () => link.remove() });
  const link = proxies.add(name, ours.remote);
  closers.push(() => theirs.close());
  return { proxy, die: () => theirs.close() };
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(setImmediate);
};

describe('a publication', () => {
  test('is done when every live proxy has acknowledged, and all read one buffer', async () => {
    const proxies = new Proxies({ log });
    const [one, two] = [join(proxies, 'proxy-1'), join(proxies, 'proxy-2')];
    const published = publication(1);
    const answers: number[] = [];
    expect(await proxies.publish(published, (count) => answers.push(count))).toEqual({
      acknowledged: 2,
      late: [],
    });
    expect(answers).toEqual([1, 2]);
    expect(proxies.behind()).toEqual([]);
    new Uint8Array(published.image)[0] = 0x45;
    for (const { proxy } of [one, two]) expect(new Uint8Array(proxy.image ?? image(''))[0]).toBe(0x45);
  });

  test('is not done while one proxy has yet to acknowledge', async () => {
    const proxies = new Proxies({ log });
    const slow = new FakeProxy();
    let release = (): void => undefined;
    slow.hold = new Promise((resolve) => {
      release = resolve;
    });
    const quick = join(proxies, 'proxy-1').proxy;
    join(proxies, 'proxy-2', slow);
    let done = false;
    const publishing = proxies.publish(publication(1)).finally(() => {
      done = true;
    });
    await until(() => quick.seen.length === 1);
    expect(done).toBe(false);
    expect(proxies.behind()).toContain('proxy-2');
    release();
    expect(await publishing).toEqual({ acknowledged: 2, late: [] });
  });

  test('does not wait for a proxy that dies meanwhile', async () => {
    const proxies = new Proxies({ log });
    const dying = new FakeProxy();
    dying.hold = new Promise(() => undefined);
    join(proxies, 'proxy-1');
    const { die } = join(proxies, 'proxy-2', dying);
    const publishing = proxies.publish(publication(1));
    die();
    expect(await publishing).toEqual({ acknowledged: 1, late: [] });
    await until(() => proxies.size === 1);
    expect(proxies.behind()).toEqual([]);
  });

  test('names a proxy that does not answer in time, which is behind until it does', async () => {
    const proxies = new Proxies({ log, patience: 20 });
    const slow = new FakeProxy();
    let release = (): void => undefined;
    slow.hold = new Promise((resolve) => {
      release = resolve;
    });
    join(proxies, 'proxy-1', slow);
    expect(await proxies.publish(publication(1))).toEqual({ acknowledged: 0, late: ['proxy-1'] });
    expect(proxies.behind()).toEqual(['proxy-1']);
    expect(lines).toEqual(['proxy thread has not acknowledged the new edition']);
    release();
    await until(() => proxies.behind().length === 0);
  });

  test('names a proxy that cannot open the image', async () => {
    const proxies = new Proxies({ log });
    const broken = new FakeProxy();
    broken.broken = true;
    join(proxies, 'proxy-1', broken);
    expect(await proxies.publish(publication(1))).toEqual({ acknowledged: 0, late: ['proxy-1'] });
    expect(proxies.behind()).toEqual(['proxy-1']);
  });

  test('reaches a proxy that joins later, newest first, and nothing before there is one', async () => {
    const proxies = new Proxies({ log });
    const early = join(proxies, 'proxy-1').proxy;
    expect(early.seen).toEqual([]);
    await proxies.publish(publication(1));
    await proxies.publish(publication(2));
    const late = join(proxies, 'proxy-2').proxy;
    await until(() => late.seen.length === 1);
    expect(early.seen).toEqual([1, 2]);
    expect(late.seen).toEqual([2]);
  });
});

test('closed accounts are told to every proxy', async () => {
  const proxies = new Proxies({ log });
  const [one, two] = [join(proxies, 'proxy-1'), join(proxies, 'proxy-2')];
  await proxies.accountsGone(['key-1']);
  expect([one.proxy.gone, two.proxy.gone]).toEqual([['key-1'], ['key-1']]);
});

test('a grant is told to every proxy, and to those that come later for as long as it lasts', async () => {
  const proxies = new Proxies({ log });
  const early = join(proxies, 'proxy-1').proxy;
  const grant = (id: string, expires: number): ContinueGrant => ({
    ...{ id, kind: 'continue', subject: 'key-1', rule: 'video', host: 'video.test', expires },
  });
  const late = await proxies.grant([grant('lasting', Date.now() + 60_000), grant('over', Date.now() - 1)]);
  expect(late).toEqual([]);
  expect(early.granted).toEqual(['lasting', 'over']);
  const next = join(proxies, 'proxy-2').proxy;
  await until(() => next.granted.length > 0);
  expect(next.granted).toEqual(['lasting']);
});

test('the status is that of the proxies which answer', async () => {
  const proxies = new Proxies({ log, patience: 20 });
  join(proxies, 'proxy-1');
  const { die } = join(proxies, 'proxy-2');
  die();
  expect(await proxies.status()).toHaveLength(1);
});

test('a thread that is late with an emergency is named until it has it', async () => {
  const proxies = new Proxies({ log, patience: 50 });
  join(proxies, 'proxy-1');
  const slow = new FakeProxy();
  let answer = (): void => undefined;
  join(proxies, 'proxy-2', slow);
  await until(() => proxies.withoutEmergency().length === 0);
  slow.hold = new Promise((resolve) => (answer = resolve));
  expect(await proxies.emergency({ floorOnly: { id: 'f', began: 0, until: 1 }, closed: [] })).toEqual([
    'proxy-2',
  ]);
  expect(proxies.withoutEmergency()).toEqual(['proxy-2']);
  answer();
  await until(() => proxies.withoutEmergency().length === 0);
});

test('an emergency reaches every live thread and every one to come', async () => {
  const proxies = new Proxies({ log });
  const { proxy: first } = join(proxies, 'proxy-1');
  const emergency: Emergency = { floorOnly: { id: 'f', began: 0, until: 1 }, closed: [] };
  expect(await proxies.emergency(emergency)).toEqual([]);
  const { proxy: second } = join(proxies, 'proxy-2');
  await until(() => second.emergencies.length > 0);
  for (const { emergencies } of [first, second]) expect(emergencies.at(-1)).toEqual(emergency);
});

test('overrides reach every live thread and every one to come, in the place of those before', async () => {
  const proxies = new Proxies({ log });
  const { proxy: first } = join(proxies, 'proxy-1');
  const override = (id: string): SharedGrant => ({
    ...{ id, kind: 'override', subject: 'g', subjectKind: 'group', host: 'games.test', path: null },
    expires: 1,
  });
  expect(await proxies.share([override('a')])).toEqual([]);
  expect(await proxies.share([override('a'), override('b')])).toEqual([]);
  await proxies.publish(publication(1));
  const { proxy: second } = join(proxies, 'proxy-2');
  await until(() => second.seen.length > 0);
  // Before the image, so that the thread decides nothing without them.
  expect(second.shared).toEqual([['a', 'b']]);
  await proxies.share([]);
  expect(first.shared).toEqual([[], ['a'], ['a', 'b'], []]);
});

test('a thread that does not take overrides is named', async () => {
  const proxies = new Proxies({ log, patience: 20 });
  const { proxy } = join(proxies, 'proxy-1');
  await until(() => proxy.shared.length > 0);
  proxy.share = () => new Promise(() => undefined);
  expect(await proxies.share([])).toEqual(['proxy-1']);
  expect(lines).toContain('proxy threads have not taken overrides');
});
