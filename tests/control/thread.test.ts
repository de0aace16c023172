import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../config.ts';
import { linesOf, runningServer, textOf } from '../../cli/server.ts';
import type { Server } from '../../cli/server.ts';
import type { Answer } from '../../control/check.ts';
import type { Published } from '../../control/editions.ts';
import type { Status } from '../../control/routes.ts';
import type { Publication } from '../../store/repository/repository.ts';
import { connect } from '../../threads/rpc.ts';
import type { District } from './house.ts';
import { ControlHouse, district, FakeProxy, policyBlocking } from './house.ts';

// Each test starts threads, which takes seconds where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000 });
const patience = { timeout: 60_000 };

let place: District;
let house: ControlHouse;
async function open(): Promise<void> {
  place = await district();
  await writeFile(join(place.folder, 'lists', 'games.list'), '@category games\n\ngames.test\n');
  house = new ControlHouse(place.config);
}
async function close(): Promise<void> {
  await house.stop();
  await place.remove();
}

async function server(): Promise<Server> {
  await house.control.ready;
  const found = await runningServer(place.data);
  if (found === null) throw new Error('control does not listen');
  return found;
}
const json = async <T>(asked: ReturnType<Server['get']>): Promise<T> =>
  JSON.parse(await textOf(await asked)) as T;
const check = async (url: string): Promise<Answer> => json<Answer>((await server()).get('/check', { url }));

async function publish(policy: string): Promise<Published> {
  const body = { policy: { file: 'new.yaml', text: policy }, note: 'a test' };
  const lines: string[] = [];
  for await (const line of linesOf(await (await server()).post('/policy/publish', body))) lines.push(line);
  expect(lines.slice(0, -1).map((line) => (JSON.parse(line) as { stage: string }).stage)).not.toContain(
    undefined,
  );
  return (JSON.parse(lines.at(-1) ?? '') as { result: Published }).result;
}
const status = async (): Promise<Status> => json<Status>((await server()).get('/status'));
const until = (condition: () => boolean) => expect.poll(condition, patience).toBe(true);

describe('the control thread', () => {
  beforeEach(open);
  afterEach(close);

  test('publishes the initial policy before it is ready, and to each proxy as it joins', async () => {
    await house.control.ready;
    const proxy = new FakeProxy('proxy-1');
    house.join(proxy);
    await until(() => proxy.editions.length === 1);
    const { edition, policyVersion } = await status();
    expect(proxy.editions).toEqual([edition]);
    const history = await json<Publication[]>((await server()).get('/policy/versions'));
    expect(history).toMatchObject([{ policyVersion, edition, cause: 'policy', note: 'initial policy' }]);
  });

  test('swaps a published policy in every proxy', async () => {
    const proxies = [new FakeProxy('proxy-1'), new FakeProxy('proxy-2')];
    for (const proxy of proxies) house.join(proxy);
    await house.control.ready;
    await until(() => proxies.every((proxy) => proxy.editions.length === 1));
    expect(await check('http://video.test/')).toMatchObject({ action: 'allow', rule: 'default' });
    const result = await publish(policyBlocking('games.test', 'video.test'));
    expect(result).toMatchObject({ ok: true, acknowledged: 2, late: [] });
    for (const proxy of proxies) expect(proxy.editions).toHaveLength(2);
    expect(proxies[0]?.editions).toEqual(proxies[1]?.editions);
    expect(await check('http://video.test/')).toMatchObject({
      action: 'block',
      rule: 'no-2',
      clause: 'games',
    });
  });

  test('refuses a policy with problems, with their places, and the old one serves', async () => {
    const before = await status();
    const result = await publish(policyBlocking('games.test').replace('clause: games', 'clause: gamez'));
    expect(result.ok).toBe(false);
    if (!result.ok)
      expect(result.problems).toMatchObject([{ code: 'unknown-clause', file: 'new.yaml', line: 11 }]);
    expect((await status()).edition).toBe(before.edition);
    expect(await check('http://games.test/')).toMatchObject({ action: 'block' });
  });

  test('keeps the image of what is in force, and starts by it', async () => {
    await house.control.ready;
    const { edition } = await status();
    const images = async () =>
      (await readdir(join(place.data, 'images'))).filter((name) => name.endsWith('.img'));
    await expect.poll(images, patience).toEqual([expect.stringContaining(`${String(edition)}-`)]);
    await house.stop();
    house = new ControlHouse(place.config);
    const proxy = new FakeProxy('proxy-1');
    house.join(proxy);
    await until(() => proxy.editions.length === 1);
    expect(proxy.editions).toEqual([edition]);
    expect(await images()).toHaveLength(1);
  });

  test('publishes nothing while the policy is frozen, but for a reason; emergencies go on', async () => {
    const freezing = `freeze: [exams]\nschedules: { exams: { windows: [{ days: [mon, tue, wed, thu, fri, sat, sun], from: '00:00', to: '00:00' }] } }\n`;
    const frozen = policyBlocking('games.test').replace('audiences:', `${freezing}audiences:`);
    expect(await publish(frozen)).toMatchObject({ ok: true });
    expect((await status()).reasons).toContainEqual(expect.stringMatching(/^the policy is frozen /));
    const post = async (path: string, body: object) => {
      const answer: string[] = [];
      for await (const line of linesOf(await (await server()).post(path, body))) answer.push(line);
      return answer.join('\n');
    };
    const next = { policy: { file: 'next.yaml', text: policyBlocking('video.test') }, note: '' };
    expect(await post('/policy/publish', next)).toMatch(
      /"error":"the policy in force is frozen without an end/,
    );
    await post('/emergency/close', { host: 'video.test', reason: 'it is dangerous' });
    expect(await check('http://video.test/')).toMatchObject({ action: 'block', rule: 'closed-now' });
    for (const days of [-1, 2]) {
      const at = new Date(Date.now() + days * 86_400_000).toISOString();
      expect(await post('/check', { url: 'http://video.test/', at })).toContain('"action":"allow"');
      const answers = await post('/check/bulk', {
        ...{ first: 1, at: Date.now() },
        lines: [JSON.stringify({ url: 'http://video.test/', at }), '{"url":"http://video.test/"}'],
      });
      expect(answers).toMatch(/"line\\":1,\\"action\\":\\"allow.*"line\\":2,\\"action\\":\\"block/);
    }
    const result = await post('/policy/publish', { ...next, duringFreeze: 'the exams were called off' });
    expect(result).toMatch(/"result":\{"ok":true/);
  });

  test('puts what was published last in force again after a restart, also where proxies outlived it', async () => {
    const proxy = new FakeProxy('proxy-1');
    house.join(proxy);
    await publish(policyBlocking('games.test', 'video.test'));
    const { edition, policyVersion } = await status();
    await house.stop();
    house = new ControlHouse(place.config);
    house.join(proxy);
    expect(await status()).toMatchObject({ edition, policyVersion });
    expect(await json<Publication[]>((await server()).get('/policy/versions'))).toHaveLength(2);
    await until(() => proxy.epochs.length === 3);
    expect(proxy.epochs).toEqual([...new Set(proxy.epochs)].sort((a, b) => a - b));
    expect(proxy.editions.at(-1)).toBe(edition);
  });

  test('reads the lists again when it is told to, and makes a new edition when they differ', async () => {
    const before = await status();
    house.control.tell({ kind: 'reload', config: place.config });
    await writeFile(join(place.folder, 'lists', 'games.list'), '@category games\n\nmore-games.test\n');
    house.control.tell({ kind: 'reload', config: place.config });
    await expect.poll(async () => (await status()).edition, patience).not.toBe(before.edition);
    const after = await status();
    expect(after.policyVersion).toBe(before.policyVersion);
    const history = await json<Publication[]>((await server()).get('/policy/versions'));
    expect(history.map(({ cause }) => cause)).toEqual(['lists', 'policy']);
  });

  test('keeps the lists in force when their folder is away', async () => {
    await house.control.ready;
    await rm(join(place.folder, 'lists'), { recursive: true });
    house.control.tell({ kind: 'reload', config: place.config });
    expect(await publish(policyBlocking('video.test'))).toMatchObject({ ok: true });
    const [after, before] = await json<Publication[]>((await server()).get('/policy/versions'));
    expect(Object.keys(after?.lists ?? {}).filter((name) => !name.startsWith('table-'))).toEqual(['games']);
    expect(after?.lists).toEqual(before?.lists);
  });

  test('keeps a list over a restart although its file is ruined meanwhile, and says so', async () => {
    const games = join(place.folder, 'lists', 'games.list');
    const before = await status();
    await house.stop();
    await writeFile(games, '<!doctype html>\n<p>Please sign in first.</p>\n');
    house = new ControlHouse(place.config);
    const after = await status();
    expect(after.edition).toBe(before.edition);
    expect(after.reasons.join()).toContain(`\`${games}\` is not read: not a list`);
  });

  test('does not start with a policy that has problems, and says where', async () => {
    const bad = await district('hallpass: 2\n');
    const other = new ControlHouse(bad.config);
    await expect(other.control.ready).rejects.toMatchObject({ code: 'bad-policy' });
    await other.stop();
    await bad.remove();
  });

  test('says over HTTP what keeps Hallpass from its whole work', async () => {
    const { reasons } = await status();
    expect(reasons).toEqual([
      '0 of 2 proxy threads run',
      'blocks are not recorded: the record thread is being restarted',
    ]);
    for (const name of ['proxy-1', 'proxy-2']) house.join(new FakeProxy(name));
    const health = { ok: true, since: 0, reason: null, spooled: 0, dropped: 0, replacedAt: null };
    connect(house.link('record'), { health: () => health });
    await expect.poll(async () => (await status()).reasons, patience).toEqual([]);
    health.ok = false;
    const { status: word, reasons: why } = await status();
    expect([word, why.join()]).toEqual(['unready', expect.stringContaining('blocks are not recorded since')]);
  });
});

describe('a directory that is down', () => {
  beforeEach(open);
  afterEach(close);

  test('is said, and takes nothing out of service', async () => {
    const directory = `directory:
  servers: ['ldap://127.0.0.1:1']
  cleartext: true
  base: dc=demo,dc=test
  bindDn: cn=hallpass,dc=demo,dc=test
  bindPassword: demo
`;
    const file = await place.write('directory.yaml', (await readFile(place.file, 'utf8')) + directory);
    await house.stop();
    house = new ControlHouse(loadConfig({ file, env: {} }));
    const health = { ok: true, since: 0, reason: null, spooled: 0, dropped: 0, replacedAt: null };
    connect(house.link('record'), { health: () => health });
    for (const name of ['proxy-1', 'proxy-2']) house.join(new FakeProxy(name));
    await expect.poll(async () => (await status()).status, patience).toBe('ready');
    await expect((await server()).get('/check?url=http://a.test/&user=somebody')).rejects.toThrow();
    const { status: word, reasons, directory: state } = await status();
    expect([word, state]).toEqual(['degraded', 'unavailable']);
    expect(reasons[0]).toContain('no directory server answers');
    expect(reasons[1]).toContain('directory server `ldap://127.0.0.1:1` is down: cannot connect');
  });
});

describe('a question that has no answer', () => {
  beforeAll(open);
  afterAll(close);

  test.each([
    ['/check?url=nonsense', '`url` needs mending: not an http or https URL'],
    ['/check?url=http://a.test/&at=noon', '`at` does not have the right form: write a time with its offset'],
    ['/check?url=http://a.test/&user=nobody', 'the directory has no person `nobody`'],
    ['/blocks?since=yesterday', '`since` does not have the right form: write a time with its offset'],
    ['/blocks?code=9F3C', '`code` needs mending: no short code'],
    ['/nothing', 'there is no such question'],
  ])('%s gets a reason', async (path, reason) => {
    await expect((await server()).get(path)).rejects.toThrow(reason);
  });
});
