/** The main job end to end: a person, a page, a clause, a record that survives; and what crisis help leaves behind. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slapdMissing } from '../directory/slapd.ts';
import { District, httpStatus, through } from './district.ts';

describe.skipIf(slapdMissing !== null)('a running district', () => {
  let district: District;
  beforeAll(async () => {
    district = await District.start();
  });
  afterAll(() => district.stop());
  const games = (path = '/'): string => `http://${district.at('games')}${path}`;

  test('a student is blocked with clause and id, the same is on record; staff may; a wrong password is 407', async () => {
    const blocked = await through(district, games('/play'), 'student.g7', { Accept: 'application/json' });
    expect(blocked.status).toBe(403);
    const page = JSON.parse(blocked.body) as Record<string, string>;
    expect(Object.keys(page)).toEqual([
      'id',
      'action',
      'rule',
      'clause',
      'clauseText',
      'policyVersion',
      'message',
    ]);
    expect((await through(district, games(), 'teacher.middle')).status).toBe(200);
    expect((await through(district, games(), 'student.g7:wrong')).status).toBe(407);
    const [record] = (await district.blocks()).filter(({ id }) => id === page['id']);
    expect(record).toMatchObject({
      user: 'student.g7',
      url: games('/play'),
      rule: page['rule'],
      clause: page['clause'],
      clauseText: page['clauseText'],
      schools: ['middle'],
      action: 'block',
      count: 1,
    });
  });

  test('the three voices speak', async () => {
    const html = async (who: string): Promise<string> =>
      (await through(district, games(), who, { Accept: 'text/html' })).body;
    expect(await html('student.k1')).toContain('not in trouble');
    expect(await html('student.g10')).toMatch(/saved/);
    const staff = await through(district, 'http://draftkings.com/', 'cto', { Accept: 'text/html' });
    expect(staff.status).toBe(403);
    expect(staff.body).toContain('<body class="staff">');
  });

  test('what needs no sign-in asks for none', async () => {
    const library = await through(district, `http://${district.at('library')}/`);
    expect(library.status).toBe(200);
  });

  test('a hotline is reachable signed out and leaves no trace in any store or log', async () => {
    const page = await through(district, `http://${district.at('hotline')}/canary-visit`);
    expect([200, 404]).toContain(page.status);
    expect(district.traces()).not.toContain('canary-visit');
    expect(district.log).not.toContain('hotline');
    expect((await district.blocks()).filter(({ host }) => host.includes('hotline'))).toEqual([]);
  });

  test('a name that does not exist is 502 within a second, and says so', async () => {
    const before = Date.now();
    const answer = await through(district, 'http://nosuch.example/', undefined, { Accept: 'text/html' });
    expect(answer.status).toBe(502);
    expect(answer.body).toMatch(/name|find/i);
    expect(Date.now() - before).toBeLessThan(1_500);
  });

  test('repeats of one person, rule and host are rows under the first record', async () => {
    const ask = (headers: Record<string, string>) =>
      through(district, games('/repeat'), 'student.g10', headers);
    const page = JSON.parse((await ask({ Accept: 'application/json' })).body) as { id: string };
    for (let i = 0; i < 4; i++) await ask({ 'Sec-Fetch-Dest': 'image' });
    const record = (await district.blocks('--user', 'student.g10')).find(({ id }) => id === page.id);
    expect(record?.count).toBe(5);
  });

  test('`check` says what would be decided, and why', async () => {
    const { code, out } = await district.run(
      'check',
      'http://games.demo.test/',
      '--user',
      'student.g7',
      '--json',
      '--data',
      district.data,
    );
    expect(code).toBe(10);
    const answer = JSON.parse(out) as { action: string; rule: string; trace: unknown[] };
    expect(answer).toMatchObject({ action: 'block', rule: 'games' });
    expect(answer.trace.length).toBeGreaterThan(0);
    const staff = await district.run(
      'check',
      'http://games.demo.test/',
      '--user',
      'teacher.middle',
      '--data',
      district.data,
    );
    expect(staff.code).toBe(0);
    for (const url of ['not a url', 'http://a..b/']) {
      expect((await district.run('check', url, '--data', district.data)).code).toBe(2);
    }
  });

  test('no password is anywhere: not in the log, not on disk', async () => {
    await through(district, games(), 'student.g7:canary-password-1');
    expect(district.traces()).not.toContain('canary-password');
    expect(district.traces()).not.toContain('demo-student');
    expect(district.traces()).not.toContain(Buffer.from('student.g7:demo-student.g7').toString('base64'));
  });

  test('a second start on the same data is refused with a clear error', async () => {
    const second = await district.run('serve', '--config', district.config);
    expect(second.code).not.toBe(0);
    expect(second.err).toMatch(/in use|runs already|locked/);
  });

  test('nobody reaches the admin listener, the proxy itself or the directory through the proxy', async () => {
    for (const port of [district.adminPort, district.proxyPort, district.slapd?.port ?? 0]) {
      expect((await through(district, `http://127.0.0.1:${port}/`)).status).toBe(403);
    }
    expect(await httpStatus(district.adminPort, '/healthz')).toBe(200);
  });

  describe('programs that people use', () => {
    const proxy = (who: string): string => `http://${who}:demo-${who}@127.0.0.1:${district.proxyPort}`;
    const out = (program: string, words: string[], env: Record<string, string> = {}): Promise<string> =>
      new Promise((resolve, reject) => {
        execFile(program, words, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
          if (error === null) resolve(stdout + stderr);
          else reject(new Error(`${error.message}\n${stdout}${stderr}`));
        });
      });

    test('curl, for a page and for a tunnel', async () => {
      const page = await out('curl', ['-sS', '-x', proxy('teacher.middle'), games()]);
      expect(page).toContain('<html');
      const tunnelled = out('curl', ['-sS', '-p', '-x', proxy('teacher.middle'), games()]);
      // The demo site's port is not one to which tunnels may be opened.
      await expect(tunnelled).rejects.toThrow(/403/);
    });

    test('wget', async () => {
      const page = await out('wget', ['-qO-', games()], { http_proxy: proxy('teacher.middle') });
      expect(page).toContain('<html');
    });

    test('git over http', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'hallpass-git-'));
      const git = (...words: string[]): string =>
        execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
          cwd: folder,
          encoding: 'utf8',
        });
      git('init', '-q', 'work');
      writeFileSync(join(folder, 'work/file'), 'hello');
      git('-C', 'work', 'add', '.');
      git('-C', 'work', 'commit', '-qm', 'one');
      git('clone', '-q', '--bare', 'work', 'bare.git');
      git('-C', 'bare.git', 'update-server-info');
      // The "dumb" protocol: plain files.
      const { createReadStream, existsSync, statSync } = await import('node:fs');
      const server = createServer((request, response) => {
        const file = join(folder, decodeURIComponent((request.url ?? '').split('?')[0] ?? ''));
        if (!existsSync(file) || !statSync(file).isFile()) response.writeHead(404).end();
        else createReadStream(file).pipe(response);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.10.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      await out('git', ['clone', '-q', `http://127.10.0.1:${port}/bare.git`, join(folder, 'copy')], {
        http_proxy: proxy('teacher.middle'),
      });
      expect(git('-C', 'copy', 'log', '--format=%s').trim()).toBe('one');
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    });
  });

  test('the help desk watches one person live: nothing is stored, crisis help is not in it, and it is on record', async () => {
    await through(district, games(), 'student.g9');
    const looking = district.run(
      'trace',
      '--user',
      'student.g9',
      '--minutes',
      '0.1',
      '--data',
      district.data,
    );
    // Until it looks, it sees nothing: what is asked for meanwhile is asked for again.
    for (let n = 0; n < 12; n += 1) {
      await through(district, games('/watched?q=secret'), 'student.g9');
      await through(district, `http://${district.at('hotline')}/`, 'student.g9');
      await through(district, games('/other'), 'student.g10');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    const { code, out, err } = await looking;
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /CLOSED {2}student\.g9 +GET http:\/\/games\.demo\.test:\d+\/watched {2}games \(clause games\)/,
    );
    expect(out).not.toMatch(/hotline|secret|student\.g10|\/other/);
    const audit = await district.run('audit', 'list', '--data', district.data);
    expect(audit.out).toMatch(/trace\.watch/);
    const wrong = await district.run('trace', '--minutes', '1', '--data', district.data);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('name either a person')]);
  });

  test('SIGTERM stops cleanly', async () => {
    expect(await district.kill('SIGTERM')).toBe(0);
    await district.up();
  });
});

describe.skipIf(slapdMissing !== null)('with the directory dead', () => {
  test('known people keep working, others are unidentified, a hotline is reachable; recovery is by itself', async () => {
    const district = await District.start();
    const games = `http://${district.at('games')}/`;
    try {
      expect((await through(district, games, 'teacher.middle')).status).toBe(200);
      await district.slapd?.down();
      expect((await through(district, games, 'teacher.middle')).status).toBe(200);
      const stranger = await through(district, games, 'teacher.north', { Accept: 'application/json' });
      // The starter policy treats whoever cannot be identified like a student of the middle grades.
      expect(stranger.status).toBe(403);
      expect((await through(district, `http://${district.at('hotline')}/`)).status).toBe(200);
      expect(district.log).not.toContain('hotline');
      const [record] = await district.blocks();
      expect(record?.user).toBe(null);
      await district.slapd?.up();
      await expect
        .poll(async () => (await through(district, games, 'teacher.north')).status, { timeout: 20_000 })
        .toBe(200);
    } finally {
      await district.stop();
    }
  });
});
