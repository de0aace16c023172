/** Sessions of the admin pages as the store keeps them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Repository } from '../../../store/repository/repository.ts';
import { openWriter } from '../../../store/sqlite.ts';
import { freshFolder } from '../folder.ts';

const fresh = freshFolder();
const limits = { idle: 30 * 60_000, absolute: 10 * 3_600_000 };
const person = { subject: 'key-1', login: 'p.sample', ip: '10.0.0.1', agent: 'a browser' };
const session = { ...person, id: 's-1', proven: true, beganAt: 0 };
const at = (minutes: number): number => minutes * 60_000;

function open() {
  const folder = fresh();
  return { folder, repository: Repository.open(join(folder, 'hallpass.db')) };
}

/** Everything that lies in the folder of the store. */
const bytesOf = (folder: string): string =>
  ['hallpass.db', 'hallpass.db-wal'].map((name) => readFileSync(join(folder, name), 'latin1')).join('');

describe('a session', () => {
  test('is found by its token alone, which stands nowhere in the store', async () => {
    const { folder, repository } = open();
    const token = await repository.sessions.begin(session);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(await repository.sessions.find(token, at(1), limits)).toMatchObject({
      id: 's-1',
      subject: 'key-1',
    });
    expect(await repository.sessions.find('s-1', at(1), limits)).toBeNull();
    expect(bytesOf(folder)).not.toContain(token);
    await repository.close();
  });

  test('ends when nobody was there for a while, and at the latest when its time is over', async () => {
    const { repository } = open();
    const idle = await repository.sessions.begin(session);
    expect(await repository.sessions.find(idle, at(30), limits)).toBeNull();
    const busy = await repository.sessions.begin({ ...session, id: 's-2' });
    for (let minute = 20; minute < 600; minute += 20)
      expect(await repository.sessions.find(busy, at(minute), limits)).not.toBeNull();
    expect(await repository.sessions.find(busy, at(600), limits)).toBeNull();
    await repository.close();
  });

  test('is not kept by whatever asks while nobody is there', async () => {
    const { repository } = open();
    const token = await repository.sessions.begin(session);
    for (let minute = 1; minute < 30; minute += 1)
      expect(await repository.sessions.find(token, at(minute), limits, false)).not.toBeNull();
    expect(await repository.sessions.find(token, at(30), limits, false)).toBeNull();
    await repository.close();
  });

  test('ends by its id, or with the account', async () => {
    const { repository } = open();
    const { sessions } = repository;
    const [one, two] = [await sessions.begin(session), await sessions.begin({ ...session, id: 's-2' })];
    expect(await sessions.end('s-1')).toMatchObject({ login: 'p.sample' });
    expect(await sessions.end('s-1')).toBeNull();
    expect(await sessions.find(one, at(1), limits)).toBeNull();
    expect(await sessions.list(at(1), limits)).toHaveLength(1);
    await sessions.endAllOf(['key-1']);
    expect(await sessions.find(two, at(1), limits)).toBeNull();
    await repository.close();
  });

  test.each([
    ['began', 'began_at'],
    ['was seen', 'seen_at'],
  ])('that %s later than now is over, but for what a clock is set back', async (_, column) => {
    const { folder, repository } = open();
    const { sessions } = repository;
    const tokens = [await sessions.begin(session), await sessions.begin({ ...session, id: 's-2' })];
    await sessions.begin({ ...session, id: 's-3' });
    const database = openWriter(join(folder, 'hallpass.db'), { lockTimeout: 1_000 });
    const setTo = (id: string, to: number) =>
      database.prepare(`UPDATE sessions SET ${column} = ? WHERE id = ?`).run(to, id);
    setTo('s-1', at(2));
    for (const id of ['s-2', 's-3']) setTo(id, at(2) + 1);
    database.close();
    expect((await sessions.list(at(1), limits)).map(({ id }) => id)).toEqual(['s-1']);
    expect(await sessions.find(tokens[0] ?? '', at(1), limits)).not.toBeNull();
    expect(await sessions.find(tokens[1] ?? '', at(1), limits)).toBeNull();
    await sessions.purge(at(1), limits);
    expect(await sessions.end('s-3')).toBeNull();
    await repository.close();
  });

  test('that nobody came back to is dropped', async () => {
    const { repository } = open();
    await repository.sessions.begin(session);
    await repository.sessions.purge(at(29), limits);
    expect(await repository.sessions.list(at(29), limits)).toHaveLength(1);
    await repository.sessions.purge(at(31), limits);
    expect(await repository.sessions.end('s-1')).toBeNull();
    await repository.close();
  });
});

describe('a second factor', () => {
  test('is kept sealed, for its person alone', async () => {
    const { folder, repository } = open();
    const { sessions } = repository;
    await sessions.offerSecondFactor('key-1', 'p.sample', 'JBSWY3DPEHPK3PXP');
    expect(await sessions.secondFactor('key-1')).toEqual({
      ...{ secret: 'JBSWY3DPEHPK3PXP', confirmedAt: null, lastStep: 0 },
    });
    expect(await sessions.secondFactor('key-2')).toBeNull();
    expect(bytesOf(folder)).not.toContain('JBSWY3DPEHPK3PXP');
    await repository.close();
  });

  test('takes each code once, and none from before it', async () => {
    const { repository } = open();
    const { sessions } = repository;
    await sessions.offerSecondFactor('key-1', 'p.sample', 'JBSWY3DPEHPK3PXP');
    expect(await sessions.useSecondFactor('key-1', 7, 1_000)).toBe(true);
    expect(await sessions.useSecondFactor('key-1', 7, 2_000)).toBe(false);
    expect(await sessions.useSecondFactor('key-1', 6, 2_000)).toBe(false);
    expect(await sessions.useSecondFactor('key-1', 8, 2_000)).toBe(true);
    expect(await sessions.secondFactor('key-1')).toMatchObject({ confirmedAt: 1_000, lastStep: 8 });
    expect(await sessions.dropSecondFactor('p.sample')).toBe(true);
    expect(await sessions.secondFactor('key-1')).toBeNull();
    await repository.close();
  });
});
