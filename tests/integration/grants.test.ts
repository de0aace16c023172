/** Overrides and research in the whole of Hallpass: from the command line to every thread, and to the records. */
import { writeFileSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { GivenGrant } from '../../store/repository/given-grants.ts';
import { slapdMissing } from '../directory/slapd.ts';
import { District, root, through } from './district.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const starter = readFileSync(join(root, 'rules/starter/policy.yaml'), 'utf8');
const aup = ['aup.md', 'aup.es.md'].flatMap((name) => ['--aup', join(root, 'rules/starter', name)]);
/** The starter, whose floor closes the library, and whose ordered rules close one address, to everybody. */
const policy = starter
  .replace(
    /^locked:\n/m,
    `locked:\n  - { id: floor, title: F, publicTitle: F, noClause: a test, match: { hosts: [library.demo.test] }, action: block }\n`,
  )
  .replace(
    /^rules:\n/m,
    `rules:\n  - { id: closed, title: C, publicTitle: C, noClause: a test, match: { hosts: [127.10.0.9] }, action: block }\n`,
  );
const eight = Array.from({ length: 8 }, (_, i) => i);

describe.skipIf(slapdMissing !== null)('what is opened for somebody', () => {
  let district: District;
  const sockets: Socket[] = [];
  const origin = createServer((socket) => socket.on('error', () => undefined));
  beforeAll(async () => {
    district = await District.start();
    writeFileSync(join(district.folder, 'policy.yaml'), policy);
    const { code, err } = await run('policy', 'publish', join(district.folder, 'policy.yaml'), ...aup);
    expect([code, err]).toEqual([0, expect.anything()]);
    await new Promise<void>((resolve) => origin.listen(8443, '127.10.0.9', resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    origin.close();
    await district.stop();
  });
  const run = (...words: readonly string[]) => district.run(...words, '--data', district.data);
  const grant = async (
    ...words: readonly string[]
  ): Promise<{ readonly id: string; readonly out: string }> => {
    const { code, out, err } = await run('grant', ...words, '--reason', 'for this test');
    expect([code, err]).toEqual([0, '']);
    return { id: /^[0-9a-f]{8}/m.exec(out)?.[0] ?? '', out };
  };
  /** Connections of their own, so that both threads are among those that answer. */
  const statuses = async (url: string, who: string): Promise<number[]> => [
    ...new Set(await Promise.all(eight.map(async () => (await through(district, url, who)).status))),
  ];
  const games = (): string => `http://${district.at('games')}/`;
  const library = (): string => `http://${district.at('library')}/`;

  test('an override for a group holds in every thread when the command returns, and so does its end', async () => {
    expect(await statuses(games(), 'student.g7')).toEqual([403]);
    const { id, out } = await grant(
      'override',
      '--group',
      'students',
      '--host',
      'games.demo.test',
      '--for',
      '2h',
    );
    expect(out).toMatch(
      /group students +games\.demo\.test +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ .*for this test\n$/,
    );
    expect(await statuses(games(), 'student.g7')).toEqual([200]);
    expect((await run('check', games(), '--user', 'student.g7')).out).toContain(
      'somebody in charge opened it',
    );
    const listed = await run('grant', 'list', '--json');
    expect(JSON.parse(listed.out) as GivenGrant).toMatchObject({
      host: 'games.demo.test',
      reason: 'for this test',
    });
    expect(await run('grant', 'end', id)).toMatchObject({ code: 0, out: 'nothing is opened for anybody\n' });
    expect(await statuses(games(), 'student.g7')).toEqual([403]);
  });

  test('one for a person is theirs alone, and its tunnel closes within a second of its end', async () => {
    const { id } = await grant('override', '--user', 'teacher.north', '--host', '127.10.0.9', '--for', '14d');
    const open = async (who: string) => {
      const socket = connect(district.proxyPort, '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => undefined);
      let received = '';
      socket.on('data', (bytes: Buffer) => (received += bytes.toString()));
      const key = Buffer.from(`${who}:demo-${who}`).toString('base64');
      socket.write(
        `CONNECT 127.10.0.9:8443 HTTP/1.1\r\nHost: 127.10.0.9:8443\r\nProxy-Authorization: Basic ${key}\r\n\r\n`,
      );
      await expect.poll(() => received).toMatch(/^HTTP/);
      return { status: received.slice(9, 12), socket };
    };
    expect((await open('teacher.south')).status).toBe('403');
    const { status, socket } = await open('teacher.north');
    expect(status).toBe('200');
    const ended = new Promise<number>((resolve) => socket.once('close', () => resolve(Date.now())));
    await run('grant', 'end', id);
    const told = Date.now();
    expect((await ended) - told).toBeLessThan(1_000);
    expect((await open('teacher.north')).status).toBe('403');
  });

  test('research opens the floor for a teacher, each visit on record with the grant, and for nobody else', async () => {
    const locked = await grant('override', '--group', 'staff', '--host', 'library.demo.test', '--for', '1h');
    expect(locked.out).toContain('note: it stays closed: rule `floor` is locked');
    expect(await statuses(library(), 'teacher.north')).toEqual([403]);
    await run('grant', 'end', locked.id);
    const { out } = await grant(
      ...['research', '--user', 'teacher.north', '--authorised-by', 'principal.north', '--for', '1h'],
    );
    expect(out).toMatch(/teacher\.north +research .* for principal\.north/);
    expect(await statuses(library(), 'teacher.north')).toEqual([200]);
    expect(await statuses(library(), 'teacher.south')).toEqual([403]);
    expect(await statuses(library(), 'student.g7')).toEqual([403]);
    const [{ id } = { id: '' }] = (await run('grant', 'list', '--json')).out
      .split('\n')
      .filter((line) => line.includes('"research"'))
      .map((line) => JSON.parse(line) as GivenGrant);
    const visits = async () =>
      (await district.blocks('--user', 'teacher.north')).filter(({ action }) => action === 'allow');
    await expect
      .poll(visits, { timeout: 20_000 })
      .toContainEqual(expect.objectContaining({ host: 'library.demo.test', grants: [id], about: 'staff' }));
    const audit = await run('audit', 'list', '--json');
    expect(audit.out).toMatch(/"grant\.research"/);
  });

  test('what was opened holds over a restart', async () => {
    await grant('override', '--group', 'students', '--host', 'games.demo.test', '--for', '1h');
    await district.kill('SIGTERM');
    await district.up();
    expect(await statuses(games(), 'student.g7')).toEqual([200]);
  });

  test.each([
    [['override', '--host', 'games.demo.test', '--for', '1h'], 2, 'name either a person'],
    [['override', '--group', 'students', '--for', '1h'], 2, 'name either a site'],
    [['override', '--group', 'students', '--host', 'a.test/b', '--for', '1h'], 2, '`--url a.test/b`'],
    [['override', '--group', 'students', '--host', 'a.test', '--for', '31d'], 2, 'at most 30d'],
    [['override', '--group', 'students', '--host', 'a.test', '--for', 'soon'], 2, 'a duration'],
    [['override', '--group', 'nobody', '--host', 'a.test', '--for', '1h'], 1, 'no group `nobody`'],
    [['research', '--user', 'student.g12', '--authorised-by', 'cto', '--for', '1h'], 1, 'is for staff'],
    [['research', '--user', 'cto', '--authorised-by', 'CTO', '--for', '1h'], 1, 'their own research'],
    [['research', '--user', 'cto', '--for', '1h'], 2, '--authorised-by'],
  ])('`grant %j` is refused', async (words, code, says) => {
    const refused = await run('grant', ...words, '--reason', 'for this test');
    expect(refused).toMatchObject({ code, out: '' });
    expect(refused.err).toContain(says);
  });
});
