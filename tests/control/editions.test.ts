import { afterEach, describe, expect, test } from 'vitest';
import { Editions } from '../../control/editions.ts';
import type { EditionsParts, NewPublication, PolicyStore, PublishRequest } from '../../control/editions.ts';
import type { Compile } from '../../control/compiler.ts';
import { Proxies } from '../../control/proxies.ts';
import type { PolicyDocuments, ListText } from '../../policy/edition.ts';
import type { ProxyControl, Publication } from '../../proxy/protocol.ts';

/** A compiler whose images are readable, and which refuses a policy that says `bad`. */
const compile: Compile = async ({ documents, files, lists }) => {
  if (documents.policy.includes('bad')) {
    const where = { file: files.policy, line: 3, column: 5 };
    return { ok: false, problems: [{ code: 'bad-value', ...where, message: 'it is bad' }] };
  }
  const text = [documents.policy, ...lists.map((list) => list.text)].join('+');
  const image = new SharedArrayBuffer(text.length);
  new Uint8Array(image).set(Buffer.from(text));
  const id = {
    ...{ edition: `e-${text}`, policyVersion: `p-${documents.policy}`, aupVersion: 'a-1' },
    ...{ lists: {}, engineVersion: 1 },
  };
  return { ok: true, image, id, warnings: [] };
};

class MemoryStore implements PolicyStore {
  readonly publications: NewPublication[] = [];
  full = false;
  async latest(): Promise<{ documents: PolicyDocuments; edition: string } | null> {
    const last = this.publications.at(-1);
    return last === undefined ? null : { documents: last.documents, edition: last.id.edition };
  }
  async publish(publication: NewPublication): Promise<void> {
    if (this.full) throw new Error('database or disk is full');
    this.publications.push(publication);
  }
}

const lines: string[] = [];
const note = (_fields: object, message: string) => void lines.push(message);
const log = { info: note, warn: note, error: note };
afterEach(() => void lines.splice(0));

function house(overrides: Partial<EditionsParts> = {}) {
  const store = new MemoryStore();
  const proxies = new Proxies({ log });
  const files: ListText[] = [{ name: 'games', text: 'one.test' }];
  const seen: string[] = [];
  const control: ProxyControl = {
    publish: async ({ image }: Publication) => void seen.push(Buffer.from(image).toString()),
    accountsGone: async () => undefined,
    status: async () => ({ name: 'proxy-1', epoch: 1, connections: 0, tunnels: 0, requests: 0, blocks: 0 }),
  };
  proxies.add('proxy-1', control);
  const lists = { read: async () => ({ lists: [...files], faults: [] }) };
  const parts: EditionsParts = {
    store,
    proxies,
    lists,
    compile,
    log,
    firstEpoch: 1,
    now: () => 1_000,
    ...overrides,
  };
  return { editions: new Editions(parts), store, proxies, files, seen };
}

const request = (policy: string): PublishRequest => ({
  documents: { policy, aup: ['# AUP'] },
  files: { policy: `${policy}.yaml`, aup: ['aup.md'] },
  note: 'because',
});
const initial = async (): Promise<PublishRequest> => request('starter');

describe('at the start', () => {
  test('the initial policy is published in a new store', async () => {
    const { editions, store, seen } = house();
    expect(editions.current()).toBeNull();
    await editions.start(initial);
    expect(store.publications).toMatchObject([
      { documents: { policy: 'starter' }, note: 'because', cause: 'policy', at: 1_000 },
    ]);
    expect(seen).toEqual(['starter+one.test']);
    expect(editions.current()).toMatchObject({ epoch: 1, id: { policyVersion: 'p-starter' } });
  });

  test('the policy published last is compiled anew with the lists of today, as a new edition where they changed', async () => {
    const { editions, store, seen } = house();
    await store.publish({ ...(await idOf('mine')), at: 1, note: '', cause: 'policy' });
    await editions.start(() => Promise.reject(new Error('not to be read')));
    expect(seen).toEqual(['mine+one.test']);
    expect(store.publications).toHaveLength(2);
    expect(store.publications[1]).toMatchObject({ cause: 'lists', id: { edition: 'e-mine+one.test' } });
  });

  test('nothing is published again when lists are as they were', async () => {
    const first = house();
    await first.editions.start(initial);
    const { editions, seen } = house({ store: first.store });
    await editions.start(() => Promise.reject(new Error('not to be read')));
    expect(seen).toEqual(['starter+one.test']);
    expect(first.store.publications).toHaveLength(1);
  });

  test('a policy that does not compile stops the start and says where', async () => {
    const { editions, store } = house();
    await expect(editions.start(async () => request('bad'))).rejects.toMatchObject({
      code: 'bad-policy',
      message: 'bad.yaml does not compile:\n  bad.yaml:3:5: it is bad',
    });
    expect(store.publications).toEqual([]);
  });
});

describe('a publication', () => {
  test('is stored before any proxy has it', async () => {
    const order: string[] = [];
    const { editions, proxies, store } = house({});
    await editions.start(initial);
    const publish = store.publish.bind(store);
    store.publish = async (publication) => {
      await publish(publication);
      order.push('stored');
    };
    const served = proxies.publish.bind(proxies);
    proxies.publish = (...args) => {
      order.push('served');
      return served(...args);
    };
    const answer = await editions.publish(request('next'), ({ stage }) => void order.push(stage));
    expect(order).toEqual(['compiling', 'storing', 'stored', 'publishing', 'served', 'publishing']);
    expect(answer).toMatchObject({
      ok: true,
      epoch: 2,
      acknowledged: 1,
      late: [],
      id: { edition: 'e-next+one.test' },
    });
  });

  test('that is invalid is refused with its problems, and the old one serves', async () => {
    const { editions, store, seen } = house();
    await editions.start(initial);
    expect(await editions.publish(request('bad'))).toEqual({
      ok: false,
      problems: [{ code: 'bad-value', file: 'bad.yaml', line: 3, column: 5, message: 'it is bad' }],
    });
    expect(editions.current()).toMatchObject({ epoch: 1, id: { policyVersion: 'p-starter' } });
    expect(store.publications).toHaveLength(1);
    expect(seen).toHaveLength(1);
  });

  test('that cannot be stored is not served, and the next one is not held up', async () => {
    const { editions, store, seen } = house();
    await editions.start(initial);
    store.full = true;
    await expect(editions.publish(request('lost'))).rejects.toThrow('disk is full');
    expect(seen).toEqual(['starter+one.test']);
    store.full = false;
    expect(await editions.publish(request('next'))).toMatchObject({ ok: true, epoch: 2 });
  });

  test('waits for the one before it', async () => {
    const { editions, seen } = house();
    await editions.start(initial);
    await Promise.all(['one', 'two', 'three'].map((name) => editions.publish(request(name))));
    expect(seen.slice(1)).toEqual(['one+one.test', 'two+one.test', 'three+one.test']);
    expect(editions.current()?.epoch).toBe(4);
  });

  test('can be tried without any effect', async () => {
    const { editions, store, seen } = house();
    await editions.start(initial);
    expect(await editions.validate(request('next'))).toMatchObject({ ok: true });
    expect(await editions.validate(request('bad'))).toMatchObject({ ok: false });
    expect(store.publications).toHaveLength(1);
    expect(seen).toHaveLength(1);
  });
});

describe('reading the lists again', () => {
  test('makes a new edition of the policy in force', async () => {
    const { editions, store, files, seen } = house();
    await editions.start(initial);
    files[0] = { name: 'games', text: 'two.test' };
    expect(await editions.reloadLists()).toBe(true);
    expect(seen).toEqual(['starter+one.test', 'starter+two.test']);
    expect(store.publications.at(-1)).toMatchObject({
      cause: 'lists',
      id: { edition: 'e-starter+two.test' },
    });
    expect(editions.current()?.epoch).toBe(2);
  });

  test('changes nothing when they are the same', async () => {
    const { editions, seen, store } = house();
    await editions.start(initial);
    expect(await editions.reloadLists()).toBe(false);
    expect([seen.length, store.publications.length]).toEqual([1, 1]);
  });

  test('keeps the old ones when the new ones do not compile', async () => {
    const failing: Compile = async (task) =>
      task.lists.some((list) => list.text === 'broken')
        ? compile({ ...task, documents: { policy: 'bad', aup: [] } })
        : compile(task);
    const { editions, files, seen } = house({ compile: failing });
    await editions.start(initial);
    files[0] = { name: 'games', text: 'broken' };
    expect(await editions.reloadLists()).toBe(false);
    expect(lines).toContain('the lists do not compile, the old ones serve');
    expect(await editions.publish(request('next'))).toMatchObject({ ok: true });
    expect(seen.at(-1)).toBe('next+one.test');
  });
});

async function idOf(policy: string) {
  const task = { ...request(policy), lists: [] };
  const compiled = await compile(task);
  if (!compiled.ok) throw new Error('a sample must compile');
  return { documents: task.documents, id: compiled.id };
}
