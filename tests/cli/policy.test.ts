import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SampleStore } from '../../store/sample/sample.ts';
import { aup, district, policyBlocking } from '../control/house.ts';
import type { District, FakeProxy } from '../control/house.ts';
import { hallpass, served as servedBy } from './hallpass.ts';

// Each run starts a process or two, which takes seconds where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000 });

let place: District;
beforeEach(async () => {
  place = await district();
});
afterEach(() => place.remove());

const run = (...args: string[]) => hallpass([...args, '--config', place.file], { cwd: place.folder });

/** With a server that has the initial policy in force. */
const served = <T>(work: (proxy: FakeProxy) => Promise<T>): Promise<T> => servedBy(place.config, work);

describe('hallpass policy validate', () => {
  test('finds nothing wrong with a policy that may be published', async () => {
    const { code, stdout, stderr } = await run('policy', 'validate', 'policy.yaml', '--aup', 'aup.md');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^policy\.yaml: no problems, policy p-[0-9a-f]{16}\n$/);
  });

  test('prints each problem with its place, of the AUP too, and fails', async () => {
    await place.write('bad.yaml', policyBlocking('games.test').replace('clause: games', 'clause: gamez'));
    const policy = await run('policy', 'validate', 'bad.yaml', '--aup', 'aup.md');
    expect(policy.code).toBe(1);
    expect(policy.stdout).toMatch(/^bad\.yaml:11:\d+: .*`gamez`/);
    await place.write('bad.md', aup.replace('adopted: 2026-06-01\n', ''));
    const text = await run('policy', 'validate', 'policy.yaml', '--aup', 'bad.md');
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^bad\.md:\d+:\d+: /);
  });

  test('takes the AUP of a first start where nothing was published yet', async () => {
    expect(await run('policy', 'validate', 'policy.yaml')).toMatchObject({ code: 0, stderr: '' });
  });

  test('says which file cannot be read', async () => {
    const { code, stderr } = await run('policy', 'validate', 'none.yaml');
    expect([code, stderr]).toEqual([1, 'hallpass: cannot read `none.yaml`: there is no such file\n']);
  });
});

describe('hallpass policy lint', () => {
  const doubled = policyBlocking('games.test', 'www.games.test');

  test('prints what is probably a mistake, with its place', async () => {
    await place.write('doubled.yaml', doubled);
    const { code, stdout, stderr } = await run('policy', 'lint', 'doubled.yaml', '--aup', 'aup.md');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('doubled.yaml:14:5: warning: `no-2` is never asked: `no-1` before it');
    expect((await run('policy', 'lint', 'doubled.yaml', '--aup', 'aup.md', '--strict')).code).toBe(1);
    const json = await run('policy', 'lint', 'doubled.yaml', '--json');
    const [first = ''] = json.stdout.split('\n').filter((line) => line.includes('unreachable'));
    expect(JSON.parse(first)).toMatchObject({ severity: 'warning', line: 14, rule: 'no-2' });
  });

  test('validate prints its warnings and lets the policy pass', async () => {
    await place.write('doubled.yaml', doubled);
    const { code, stdout } = await run('policy', 'validate', 'doubled.yaml', '--aup', 'aup.md');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^doubled\.yaml:14:5: warning: .*\ndoubled\.yaml: no problems, policy p-/);
  });

  test('says so where there is no directory to ask', async () => {
    const { code, stderr } = await run('policy', 'lint', 'policy.yaml', '--directory');
    expect([code, stderr]).toEqual([2, 'hallpass: no directory is configured: leave `--directory` away\n']);
  });
});

describe('hallpass policy diff and coverage', () => {
  test('compare files, and what is in force', async () => {
    await place.write('next.yaml', policyBlocking('games.test', 'video.test'));
    const added = '- New rule `no-2` among the ordered rules, after `no-1`: Nobody may open video.test.\n';
    const files = await run('policy', 'diff', 'policy.yaml', 'next.yaml');
    expect(files).toMatchObject({ code: 0, stdout: added, stderr: '' });
    await served(async () => {
      expect(await run('policy', 'diff', 'next.yaml')).toMatchObject({ code: 0, stdout: added, stderr: '' });
      const covered = await run('policy', 'coverage', '--json');
      expect(covered).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(covered.stdout)).toMatchObject({
        clauses: [{ id: 'games', rules: ['no-1'] }],
        neverFired: ['no-1'],
      });
    });
    const offline = await run('policy', 'coverage');
    expect(offline.stdout).toContain('MISSING  monitoring');
    expect(offline.stdout).toContain('nothing was recorded yet');
  });
});

describe('hallpass policy preview', () => {
  const draft = policyBlocking('games.test', 'apnews.com');

  test('says what a draft would have changed', async () => {
    await place.write('draft.yaml', draft);
    await served(async () => undefined);
    const store = new SampleStore(join(place.data, 'sample.db'));
    const cell = {
      audiences: '',
      known: true,
      scheme: 'https',
      port: 443,
      method: 'CONNECT',
      path: '',
      people: 10,
    } as const;
    const at = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000;
    store.add([
      { ...cell, at, host: 'www.apnews.com', action: 'allow', count: 30 },
      { ...cell, at, host: 'games.test', action: 'block', count: 10 },
    ]);
    store.close();
    const { code, stdout, stderr } = await run('policy', 'preview', 'draft.yaml');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('40 requests in 2 cells');
    expect(stdout).toContain('30 (75.0 %) would meet something else');
    expect(stdout).toMatch(
      /Looks wrong\n.*\n +www\.apnews\.com .* 10\+ +allow \(default\) → block \(no-2\): news/,
    );
    const json = await run('policy', 'preview', 'draft.yaml', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ changed: 30, hosts: [{ wrong: 'news' }] });
  });

  test('says why there is nothing to go by', async () => {
    await place.write('draft.yaml', draft);
    await served(async () => undefined);
    const { code, stderr } = await run('policy', 'preview', 'draft.yaml');
    expect(code).toBe(1);
    expect(stderr).toContain('nothing was sampled in 14 days: an hour is written when it is over');
  });
});

describe('hallpass policy publish', () => {
  test('needs the running server', async () => {
    const { code, stdout, stderr } = await run('policy', 'publish', 'policy.yaml');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `hallpass: publishing needs the running server, and none runs on \`${place.data}\`: start \`hallpass serve\` first\n`,
    );
  });

  test('puts a policy in force, and the AUP in force stays with it', async () => {
    await place.write('next.yaml', policyBlocking('games.test', 'video.test'));
    await served(async (proxy) => {
      const { code, stdout, stderr } = await run('policy', 'publish', 'next.yaml', '--note', 'no video');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^published: policy p-[0-9a-f]{16}, edition e-[0-9a-f]{16}\n$/);
      expect(stdout).toContain(proxy.editions.at(-1));
      expect(proxy.editions).toHaveLength(2);
      const blocked = await run('check', 'video.test');
      expect(blocked.stdout).toContain('blocked by rule no-2, clause games');
    });
  });

  test('refuses a policy with problems, with their places', async () => {
    await place.write('bad.yaml', policyBlocking('games.test').replace('clause: games', 'clause: gamez'));
    await served(async (proxy) => {
      const { code, stderr } = await run('policy', 'publish', 'bad.yaml');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^bad\.yaml:11:\d+: /);
      expect(proxy.editions).toHaveLength(1);
    });
  });
});

describe('hallpass policy publish during a freeze', () => {
  test('says until when, and publishes what cannot wait with a reason', async () => {
    const days = '[mon, tue, wed, thu, fri, sat, sun]';
    const frozen = `freeze: [exams]\nschedules: { exams: { windows: [{ days: ${days}, from: '00:00', to: '00:00' }] } }\n`;
    await place.write(
      'frozen.yaml',
      policyBlocking('games.test').replace('audiences:', `${frozen}audiences:`),
    );
    await place.write('next.yaml', policyBlocking('video.test'));
    await served(async (proxy) => {
      expect(await run('policy', 'publish', 'frozen.yaml')).toMatchObject({ code: 0 });
      const refused = await run('policy', 'publish', 'next.yaml');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(
        /^hallpass: the policy in force is frozen without an end: .*`--during-freeze`/,
      );
      expect(proxy.editions).toHaveLength(2);
      const forced = await run(
        'policy',
        'publish',
        'next.yaml',
        '--during-freeze',
        'the exams were called off',
      );
      expect(forced).toMatchObject({ code: 0, stderr: '' });
      expect(proxy.editions).toHaveLength(3);
      const { stdout } = await run('audit', 'list', '--json');
      expect(stdout).toContain('"duringFreeze":"the exams were called off"');
    });
  });
});

describe('hallpass policy show', () => {
  test('prints what is in force or was, as it was published, with a server and without', async () => {
    const next = policyBlocking('video.test');
    await place.write('next.yaml', next);
    const initial = await readFile(join(place.folder, 'policy.yaml'), 'utf8');
    const running = await served(async () => {
      await run('policy', 'publish', 'next.yaml');
      const { stdout } = await run('policy', 'list', '--json');
      const [, first = ''] = stdout.split('\n');
      const { policyVersion } = JSON.parse(first) as { policyVersion: string };
      expect(await run('policy', 'show', policyVersion.slice(0, 8))).toMatchObject({ stdout: initial });
      return run('policy', 'show');
    });
    expect(running).toMatchObject({ code: 0, stdout: next, stderr: '' });
    expect(await run('policy', 'show')).toEqual(running);
    expect((await run('policy', 'show', '--aup')).stdout).toContain('adopted: 2026-06-01');
  });

  test('says where to look for a version that is none', async () => {
    await served(async () => {
      const { code, stderr } = await run('policy', 'show', 'p-nothing');
      expect(code).toBe(1);
      expect(stderr).toContain('no published policy begins so: see `hallpass policy list`');
    });
  });
});

describe('hallpass policy list', () => {
  test('shows what was published, the last first, with a server and without', async () => {
    await place.write('next.yaml', policyBlocking('video.test'));
    const running = await served(async () => {
      await run('policy', 'publish', 'next.yaml', '--note', 'no video');
      return run('policy', 'list');
    });
    const stopped = await run('policy', 'list');
    expect(stopped).toEqual(running);
    const [, first = '', second = ''] = stopped.stdout.split('\n');
    expect(first).toMatch(/^\* {2}20\d\d-.*Z +p-[0-9a-f]{16} +e-[0-9a-f]{16} +the policy +no video$/);
    expect(second).toMatch(/^ {3}20\d\d-.*initial policy$/);
    const { stdout } = await run('policy', 'list', '--json');
    const listed = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { note: string; inForce: boolean });
    expect(listed.map(({ note, inForce }) => [note, inForce])).toEqual([
      ['no video', true],
      ['initial policy', false],
    ]);
  });

  test('says so where nothing was published', async () => {
    const { code, stderr } = await run('policy', 'list', '--data', join(place.folder, 'none'));
    expect(code).toBe(1);
    expect(stderr).toContain('no policy was published in');
  });
});
