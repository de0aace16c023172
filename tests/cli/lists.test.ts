import { execFile } from 'node:child_process';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../config.ts';
import { district, policyBlocking } from '../control/house.ts';
import type { District, FakeProxy } from '../control/house.ts';
import { file, startOrigin } from '../control/lists/origin.ts';
import type { Origin } from '../control/lists/origin.ts';
import { hallpass, served as servedBy } from './hallpass.ts';

// Each run starts a process or two, which takes seconds where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000 });

const policy = policyBlocking('games.test').replace(
  'match: { hosts: [games.test] }',
  'match: { categories: [games] }',
);

let place: District;
let origin: Origin;
beforeEach(async () => {
  place = await district(policy);
  origin = await startOrigin();
});
afterEach(async () => {
  await origin.close();
  await place.remove();
});

const run = (...args: string[]) => hallpass([...args, '--config', place.file], { cwd: place.folder });
const hosts = (count: number): string =>
  Array.from({ length: count }, (_, i) => `game-${String(i)}.example.org\n`).join('');

/** Adds to the configuration of the district. */
async function configured(more: string): Promise<void> {
  await place.write(
    'hallpass.yaml',
    `data: data
log: { level: silent }
proxy: { listen: '127.0.0.1:0', threads: 2 }
portal: { listen: '127.0.0.1:0' }
admin: { listen: '127.0.0.1:0' }
upstream: { allow: ['127.10.0.0/16'] }
policy:
  initial: { policy: policy.yaml, aup: [aup.md] }
  lists:
    folders: [lists]
${more}`,
  );
}

/** With a server that runs by the configuration as it is then. */
const served = <T>(work: (proxy: FakeProxy) => Promise<T>): Promise<T> =>
  servedBy(loadConfig({ file: place.file, env: {} }), work);

describe('hallpass lists', () => {
  test('shows lists of folders and of sources, with and without a server', async () => {
    await place.write('lists/hand.list', '@category games\n# two\na.test\nb.test\n');
    await place.write('extra.txt', hosts(7));
    await configured('    sources: { extra: { file: extra.txt, category: games, schedule: never } }\n');
    const before = await run('lists');
    expect([before.code, before.stderr]).toEqual([0, '']);
    expect(before.stdout).toMatch(/^extra +- +- +- +not fetched yet +\/.*extra\.txt$/m);
    await served(async () => {
      const { code, stdout } = await run('lists', 'update', 'extra');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^extra: 7 entries, 0 lines refused.*in force with edition e-[0-9a-f]{16}: extra\/games\n$/,
      );
      const shown = await run('lists');
      expect(shown.stdout).toMatch(/^LIST +CATEGORY +ENTRIES +AGE +STATE +FROM$/m);
      expect(shown.stdout).toMatch(/^hand +games +2 +- +ok +\/.*hand\.list$/m);
      expect(shown.stdout).toMatch(/^extra\/games +games +7 +0m +ok +\/.*extra\.txt$/m);
      expect(shown.stdout).toMatch(/^on disk: 0\.0 MB in 1 lists, 0\.0 MB in 0 older ones$/m);
    });
    const offline = await run('lists', '--json');
    expect(
      offline.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { name: 'hand', entries: 2, source: null },
      { name: 'extra/games', entries: 7, source: 'extra', category: 'games' },
    ]);
    expect((await run('check', 'http://game-3.example.org/')).code, 'without a server, too').toBe(10);
  });
});

describe('hallpass lists add', () => {
  test('fetches a source, brings it into force, and is on the audit trail', async () => {
    await configured('');
    origin.answer = file(`${hosts(5)}not a host at all\n`);
    await served(async (proxy) => {
      const { code, stdout, stderr } = await run(
        'lists',
        'add',
        'games',
        `${origin.url}g.txt`,
        '--category',
        'games',
      );
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^games: 5 entries, 1 lines refused/);
      expect(proxy.editions).toHaveLength(2);
      expect((await run('check', 'http://game-1.example.org/')).code).toBe(10);
      const { stdout: trail } = await run('audit', 'list');
      expect(trail).toMatch(/\(command line\) +lists\.add +- +source=games from=http:/);
      expect(trail).toMatch(/\(command line\) +lists\.publish/);
      expect(trail).toMatch(/\(command line\) +lists\.update +- +source=games/);
      const { stdout: stats } = await run('lists', 'stats', 'games');
      expect(stats).toMatch(/5 accepted, 0 twice, 0 covered by another, 1 refused/);
      expect(stats).toMatch(/refused:\n +\S+:6:1: /);
      expect(await run('lists', 'remove', 'games')).toMatchObject({ code: 0, stderr: '' });
      expect((await run('check', 'http://game-1.example.org/')).code).toBe(0);
    });
  });

  test('keeps nothing of a source whose first look fails', async () => {
    await configured('');
    await served(async () => {
      const { code, stderr } = await run('lists', 'add', 'games', origin.url, '--category', 'games');
      expect([code, stderr]).toEqual([1, `hallpass: games: \`${origin.url}\` answered 404\n`]);
      expect((await run('lists')).stdout).not.toContain(origin.url);
    });
  });

  test.each([
    [['lists', 'add', 'Games', 'x.txt'], /a name of lower-case letters/],
    [['lists', 'add', 'games', 'x.txt', '--category', 'g', '--map', 'a=b'], /either one `category`/],
    [['lists', 'add', 'games', 'x.txt', '--every', 'often'], /a duration of at least five minutes/],
    [['lists', 'add', 'games'], /say where `games` comes from/],
  ])('understands no %j', async (words, why) => {
    await configured('');
    await served(async () => {
      const { code, stderr } = await run(...words);
      expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
    });
  });

  test('needs the running server', async () => {
    const { code, stderr } = await run('lists', 'add', 'games', 'x.txt', '--category', 'games');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/none runs on/)]);
  });

  test('knows UT1 by its name: its categories become ours, the others are left out', async () => {
    await configured('');
    const categories = {
      games: 'play.test',
      adult: 'adult.test',
      'residential-proxies': 'home.test',
      cooking: 'cook.test',
    };
    for (const [category, host] of Object.entries({ ...categories, social_networks: 'friends.test' })) {
      await mkdir(join(place.folder, 'blacklists', category), { recursive: true });
      await writeFile(join(place.folder, 'blacklists', category, 'domains'), `${host}\n`);
      await writeFile(join(place.folder, 'blacklists', category, 'urls'), `${host}.example/path\n`);
    }
    await promisify(execFile)('tar', ['czf', 'blacklists.tar.gz', 'blacklists'], { cwd: place.folder });
    await served(async () => {
      expect(await run('lists', 'add', 'ut1', 'blacklists.tar.gz')).toMatchObject({ code: 0, stderr: '' });
      const shown = (await run('lists')).stdout;
      const found = [...shown.matchAll(/^(ut1\/\S+) +\S+ +2 /gm)].map(([, name]) => name);
      expect(found).toEqual(['ut1/adult', 'ut1/games', 'ut1/proxies', 'ut1/social']);
      const { stdout } = await run('lists', 'search', 'www.play.test');
      expect(stdout).toMatch(
        /^games {2}by `play\.test` {2}ut1\/games: blacklists\/games\/domains:1 {2}\(\/.*\)\n$/,
      );
      expect((await run('lists', 'stats', 'ut1')).stdout).toMatch(
        /its category `cooking` is left out: 2 entries/,
      );
    });
  });
});

describe('hallpass lists import', () => {
  test('takes over a file once, under its own name', async () => {
    await configured('');
    const path = await place.write('My Games.txt', hosts(3));
    await served(async () => {
      expect(await run('lists', 'import', path, '--category', 'games')).toMatchObject({
        code: 0,
        stderr: '',
      });
      await rm(path);
      expect((await run('lists')).stdout).toMatch(/^my-games\/games +games +3 /m);
      expect(await run('lists', 'update')).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect((await run('check', 'http://game-1.example.org/')).code).toBe(10);
    });
  });
});

describe('hallpass lists update', () => {
  test('holds back what has shrunk until somebody says yes', async () => {
    await configured(`    sources: { games: { url: '${origin.url}', category: games } }\n`);
    origin.answer = file(hosts(10));
    await served(async () => {
      await run('lists', 'update', 'games');
      origin.answer = file(hosts(2));
      const held = await run('lists', 'update', 'games');
      expect([held.code, held.stdout]).toEqual([
        0,
        expect.stringContaining('held back: games/games would go from 10 entries to 2; look at it'),
      ]);
      const shown = (await run('lists')).stdout;
      expect(shown).toMatch(/^games\/games +games +10 +\S+ +held back/m);
      expect(shown).toMatch(/^! list `games\/games` is held back/m);
      expect((await run('check', 'http://game-9.example.org/')).code).toBe(10);
      expect((await run('doctor', '--json')).stdout).toMatch(/"lists","verdict":"warn".*held back/);
      expect(await run('lists', 'update', 'games', '--accept')).toMatchObject({ code: 0 });
      expect((await run('check', 'http://game-9.example.org/')).code).toBe(0);
      expect(await run('lists', 'update', 'games')).toMatchObject({ stdout: 'games: nothing new\n' });
      expect((await run('lists', 'update', 'none')).stderr).toMatch(/there is no source `none`/);
    });
  });
});

describe('hallpass lists search', () => {
  test('says which lists say what of a host, with file and line', async () => {
    await place.write(
      'lists/hand.list',
      '@category games\n@source by hand\n\n# portals\nexample.org\n=www.example.org\n',
    );
    await place.write('lists/social.list', '@category social\nother.test\n');
    const found = await run('lists', 'search', 'a.www.EXAMPLE.org');
    expect([found.code, found.stdout]).toEqual([0, 'games  by `example.org`  hand:5  (by hand)\n']);
    const exact = await run('lists', 'search', 'www.example.org', '--json');
    expect(
      exact.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { list: 'hand', category: 'games', entry: 'example.org', line: 5, except: false },
      { list: 'hand', entry: '=www.example.org', line: 6 },
    ]);
    expect((await run('lists', 'search', 'nothing.test')).stdout).toBe(
      'no list says anything of nothing.test\n',
    );
    expect((await run('lists', 'search', 'not a host')).code).toBe(2);
    await served(async () => {
      expect((await run('lists', 'search', 'www.example.org')).stdout).toContain('hand:6');
      expect((await run('lists', 'search', 'not a host')).code).toBe(2);
    });
  });
});

describe('a stored list that was cut short', () => {
  test('stops no start, is told by the doctor, and the next update brings it back', async () => {
    await configured(`    sources: { games: { url: '${origin.url}', category: games } }\n`);
    origin.answer = file(hosts(10));
    await served(() => run('lists', 'update', 'games'));
    const folder = join(place.data, 'lists');
    const [name = ''] = readdirSync(folder);
    await truncate(join(folder, name), 30);
    expect((await run('doctor')).stdout).toMatch(/^WARN +lists +list `games\/games` is damaged/m);
    origin.answer = (_request, response) => void response.writeHead(503).end();
    await served(async () => {
      expect((await run('check', 'http://game-1.example.org/')).code).toBe(0);
      origin.answer = file(hosts(10));
      expect(await run('lists', 'update', 'games')).toMatchObject({ code: 0 });
      expect((await run('check', 'http://game-1.example.org/')).code).toBe(10);
    });
  });
});
