import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Editions } from '../../control/editions.ts';
import type { EditionsParts, PublishRequest } from '../../control/editions.ts';
import type { Compile, ListInput } from '../../control/compiler.ts';
import { ListFolders } from '../../control/lists.ts';
import { Proxies } from '../../control/proxies.ts';
import type { ListText } from '../../policy/edition.ts';
import type { ProxyControl, Publication } from '../../proxy/protocol.ts';
import { Repository } from '../../store/repository/repository.ts';

const textOf = (list: ListInput): string => ('text' in list ? list.text : list.digest);

/** A compiler whose images are readable, and which refuses a policy that says `bad`. */
const compile: Compile = async ({ documents, files, lists }) => {
  if (documents.policy.includes('bad')) {
    const where = { file: files.policy, line: 3, column: 5 };
    return { ok: false, problems: [{ code: 'bad-value', ...where, message: 'it is bad' }] };
  }
  const text = [documents.policy, ...lists.map(textOf)].join('+');
  const image = new SharedArrayBuffer(text.length);
  new Uint8Array(image).set(Buffer.from(text));
  const id = {
    ...{ edition: `e-${text}`, policyVersion: `p-${documents.policy}`, aupVersion: 'a-1' },
    lists: Object.fromEntries(lists.map((list) => [list.name, `l-${textOf(list)}`])),
    engineVersion: 1,
  };
  return { ok: true, image, id, warnings: [] };
};

const lines: string[] = [];
const note = (_fields: object, message: string) => void lines.push(message);
const log = { info: note, warn: note, error: note };

let folder: string;
const open: Repository[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-editions-'));
});
afterEach(async () => {
  lines.length = 0;
  await Promise.all(open.splice(0).map((repository) => repository.close()));
  await rm(folder, { recursive: true, force: true });
});

function openRepository(): Repository {
  const repository = Repository.open(join(folder, 'hallpass.db'));
  open.push(repository);
  return repository;
}

/** Control as it is at a start: a store on disk, one proxy, one list. */
function house(overrides: Partial<EditionsParts> = {}) {
  const repository = openRepository();
  const store = {
    latest: () => repository.latest(),
    listSnapshot: (digest: string) => repository.listSnapshot(digest),
    publish: (...args: Parameters<Repository['publish']>) => repository.publish(...args),
  };
  const proxies = new Proxies({ log });
  const files: ListText[] = [{ name: 'games', text: 'one.test' }];
  const seen: string[] = [];
  const control: ProxyControl = {
    publish: async ({ image }: Publication) => void seen.push(Buffer.from(image).toString()),
    emergency: async () => undefined,
    watch: async () => undefined,
    unwatch: async () => undefined,
    accountsGone: async () => undefined,
    grant: async () => undefined,
    share: async () => undefined,
    status: async () => ({
      name: 'proxy-1',
      epoch: 1,
      connections: 0,
      tunnels: 0,
      requests: 0,
      blocks: 0,
      schools: {},
    }),
  };
  proxies.add('proxy-1', control);
  const lists = { read: async () => ({ lists: [...files], faults: [] }) };
  const common = { store, proxies, lists, compile, log };
  const editions = new Editions({ ...common, firstEpoch: 1, now: () => 1_000, ...overrides });
  const history = async () => (await repository.listPublications()).toReversed();
  return { editions, repository, store, proxies, files, seen, history };
}

const request = (policy: string): PublishRequest => ({
  documents: { policy, aup: ['# AUP'] },
  files: { policy: `${policy}.yaml`, aup: ['aup.md'] },
  note: 'because',
});
const initial = async (): Promise<PublishRequest> => request('starter');

describe('at the start', () => {
  test('the initial policy is published in a new store', async () => {
    const { editions, repository, seen, history } = house();
    expect(editions.current()).toBeNull();
    await editions.start(initial);
    expect(await history()).toMatchObject([
      { policyVersion: 'p-starter', note: 'because', cause: 'policy', at: 1_000 },
    ]);
    expect(await repository.latest()).toMatchObject({ documents: request('starter').documents });
    expect(await repository.listSnapshot('l-one.test')).toBe('one.test');
    expect(seen).toEqual(['starter+one.test']);
    expect(editions.current()).toMatchObject({ epoch: 1, id: { policyVersion: 'p-starter' } });
  });

  test('the policy published last is compiled anew with the lists of today, as a new edition where they changed', async () => {
    const { editions, store, seen, history } = house();
    await store.publish({ ...(await idOf('mine')), at: 1, note: '', cause: 'policy' });
    await editions.start(() => Promise.reject(new Error('not to be read')));
    expect(seen).toEqual(['mine+one.test']);
    expect(await history()).toMatchObject([
      { cause: 'policy', edition: 'e-mine' },
      { cause: 'lists', edition: 'e-mine+one.test' },
    ]);
  });

  test('nothing is published again when lists are as they were', async () => {
    const first = house();
    await first.editions.start(initial);
    const { editions, seen, history } = house();
    await editions.start(() => Promise.reject(new Error('not to be read')));
    expect(seen).toEqual(['starter+one.test']);
    expect(await history()).toHaveLength(1);
  });

  test('a list that cannot be read comes from the edition published last, and it is said which and since when', async () => {
    await house().editions.start(initial);
    const lists = new ListFolders([join(folder, 'away')]);
    const { editions, seen, history } = house({ lists, now: () => 2_000 });
    await editions.start(() => Promise.reject(new Error('not to be read')));
    expect(seen).toEqual(['starter+one.test']);
    expect(await history(), 'it is the edition of before').toHaveLength(1);
    expect(lines).toContain('list not readable, the old one serves');
    const trouble = { path: join(folder, 'away'), reason: 'not found', kept: true, since: 2_000 };
    expect(editions.listTroubles()).toEqual([trouble]);
    await mkdir(join(folder, 'away'));
    expect(await editions.reloadLists(), 'an empty folder is one without lists').toBe(true);
    expect([editions.listTroubles(), seen.at(-1)]).toEqual([[], 'starter']);
    expect(lines).toContain('lists are gone, what they say counts no more');
  });

  test('a policy that does not compile stops the start and says where', async () => {
    const { editions, history } = house();
    await expect(editions.start(async () => request('bad'))).rejects.toMatchObject({
      code: 'bad-policy',
      message: 'bad.yaml does not compile:\n  bad.yaml:3:5: it is bad',
    });
    expect(await history()).toEqual([]);
  });
});

describe('a publication', () => {
  test('is stored before any proxy has it', async () => {
    const order: string[] = [];
    const { editions, proxies, store } = house({});
    await editions.start(initial);
    const publish = store.publish;
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
    const { editions, seen, history } = house();
    await editions.start(initial);
    expect(await editions.publish(request('bad'))).toEqual({
      ok: false,
      problems: [{ code: 'bad-value', file: 'bad.yaml', line: 3, column: 5, message: 'it is bad' }],
    });
    expect(editions.current()).toMatchObject({ epoch: 1, id: { policyVersion: 'p-starter' } });
    expect(await history()).toHaveLength(1);
    expect(seen).toHaveLength(1);
  });

  test('that cannot be stored is not served, and the next one is not held up', async () => {
    const { editions, store, seen } = house();
    await editions.start(initial);
    const { publish } = store;
    store.publish = () => Promise.reject(new Error('database or disk is full'));
    await expect(editions.publish(request('lost'))).rejects.toThrow('disk is full');
    expect(seen).toEqual(['starter+one.test']);
    store.publish = publish;
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
    const { editions, seen, history } = house();
    await editions.start(initial);
    expect(await editions.validate(request('next'))).toMatchObject({ ok: true });
    expect(await editions.validate(request('bad'))).toMatchObject({ ok: false });
    expect(await history()).toHaveLength(1);
    expect(seen).toHaveLength(1);
  });
});

describe('reading the lists again', () => {
  test('makes a new edition of the policy in force', async () => {
    const { editions, repository, files, seen, history } = house();
    await editions.start(initial);
    files[0] = { name: 'games', text: 'two.test' };
    expect(await editions.reloadLists()).toBe(true);
    const texts = await Promise.all(['l-one.test', 'l-two.test'].map((id) => repository.listSnapshot(id)));
    expect(texts, 'the old edition can be rebuilt as well').toEqual(['one.test', 'two.test']);
    expect(seen).toEqual(['starter+one.test', 'starter+two.test']);
    expect((await history()).at(-1)).toMatchObject({ cause: 'lists', edition: 'e-starter+two.test' });
    expect(editions.current()?.epoch).toBe(2);
  });

  test('changes nothing when they are the same', async () => {
    const { editions, seen, history } = house();
    await editions.start(initial);
    expect(await editions.reloadLists()).toBe(false);
    expect([seen.length, (await history()).length]).toEqual([1, 1]);
  });

  test('keeps the old ones when the new ones do not compile', async () => {
    const failing: Compile = async (task) =>
      task.lists.some((list) => textOf(list) === 'broken')
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

describe('while the policy in force is frozen', () => {
  const [clock, end] = [{ now: 1_000 }, 61_000];
  /** Policies that say `frozen` are, until a minute has passed. */
  const frozenUntil = (image: SharedArrayBuffer, at: number) =>
    Buffer.from(image).toString().startsWith('frozen') && at < end ? end : null;
  const frozen = async () => request('frozen');
  const frozenHouse = (overrides: Partial<EditionsParts> = {}) =>
    house({ frozenUntil, now: () => clock.now, ...overrides });

  beforeEach(() => {
    clock.now = 1_000;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => void vi.useRealTimers());

  test('nothing is published, and it is said until when', async () => {
    const { editions, seen, history } = frozenHouse();
    await editions.start(frozen);
    await expect(editions.publish(request('next'))).rejects.toMatchObject({
      code: 'frozen',
      message: expect.stringContaining('is frozen until 1970-01-01T00:01:01.000Z') as string,
    });
    expect([seen.length, (await history()).length]).toEqual([1, 1]);
    expect(editions.freeze()).toEqual({ until: end, listsWait: false });
    clock.now = end;
    expect(editions.freeze()).toBeNull();
    expect(await editions.publish(request('next'))).toMatchObject({ ok: true });
  });

  test('nothing is published either when a window begins while it is compiled', async () => {
    clock.now = end;
    const late: Compile = async (task) => {
      if (task.documents.policy === 'next') clock.now = 1_000;
      return compile(task);
    };
    const { editions, history } = frozenHouse({ compile: late });
    await editions.start(frozen);
    await expect(editions.publish(request('next'))).rejects.toMatchObject({ code: 'frozen' });
    expect(await history()).toHaveLength(1);
  });

  test('what cannot wait is published with a reason, which the audit trail keeps', async () => {
    const { editions, repository } = frozenHouse();
    await editions.start(frozen);
    const duringFreeze = 'the exam site has moved';
    expect(await editions.publish({ ...request('next'), duringFreeze })).toMatchObject({ ok: true });
    expect(await editions.publish({ ...request('later'), duringFreeze })).toMatchObject({ ok: true });
    const acts: object[] = [];
    for await (const { detail } of repository.audit.entries()) acts.push(detail);
    expect(
      acts.filter((detail) => 'duringFreeze' in detail),
      'only what was frozen says so',
    ).toMatchObject([{ policyVersion: 'p-next', duringFreeze }]);
  });

  test('a policy can be tried', async () => {
    const { editions } = frozenHouse();
    await editions.start(frozen);
    expect(await editions.validate(request('next'))).toMatchObject({ ok: true });
  });

  test('changed lists wait, are told to wait, and come into force by themselves when it ends', async () => {
    const { editions, files, seen } = frozenHouse();
    await editions.start(frozen);
    files[0] = { name: 'games', text: 'two.test' };
    expect(await editions.reloadLists()).toBe(false);
    expect(editions.freeze()).toEqual({ until: end, listsWait: true });
    expect(lines).toContain('lists have changed, and wait while the policy is frozen');
    files[0] = { name: 'games', text: 'three.test' };
    clock.now = end;
    await vi.advanceTimersByTimeAsync(60_000);
    await editions.reloadLists();
    expect(seen).toEqual(['frozen+one.test', 'frozen+three.test']);
    expect(editions.freeze()).toBeNull();
  });

  test('lists that wait come with the policy that ends the freeze', async () => {
    const { editions, files, seen } = frozenHouse();
    await editions.start(frozen);
    files[0] = { name: 'games', text: 'two.test' };
    await editions.reloadLists();
    await editions.publish({ ...request('open'), duringFreeze: 'the exams are over' });
    await vi.advanceTimersByTimeAsync(1);
    await editions.reloadLists();
    expect(seen).toEqual(['frozen+one.test', 'open+one.test', 'open+two.test']);
  });

  test('a restart changes no list', async () => {
    const first = frozenHouse();
    await first.editions.start(frozen);
    const listsOf = async (digests: Readonly<Record<string, string>>) =>
      Promise.all(
        Object.entries(digests).map(async ([name, digest]) => ({
          name,
          text: (await first.repository.listSnapshot(digest)) ?? '',
        })),
      );
    const { editions, files, seen, history } = frozenHouse({ listsOf });
    files[0] = { name: 'games', text: 'two.test' };
    await editions.start(() => Promise.reject(new Error('not to be read')));
    expect(seen).toEqual(['frozen+one.test']);
    expect(await history()).toHaveLength(1);
    expect(editions.freeze()).toEqual({ until: end, listsWait: true });
    clock.now = end;
    await vi.advanceTimersByTimeAsync(60_000);
    await editions.reloadLists();
    expect(seen.at(-1)).toBe('frozen+two.test');
  });

  test('a restart goes on with the lists of now where those of before are gone', async () => {
    await frozenHouse().editions.start(frozen);
    const { editions, files, seen } = frozenHouse({ listsOf: () => Promise.reject(new Error('not there')) });
    files[0] = { name: 'games', text: 'two.test' };
    await editions.start(() => Promise.reject(new Error('not to be read')));
    expect(seen).toEqual(['frozen+two.test']);
  });
});

async function idOf(policy: string) {
  const task = { ...request(policy), lists: [] };
  const compiled = await compile(task);
  if (!compiled.ok) throw new Error('a sample must compile');
  return { documents: task.documents, id: compiled.id };
}
