import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { as, closeAll, openDirectory } from './open.ts';
import { Slapd, slapdMissing } from './slapd.ts';

describe.skipIf(slapdMissing !== null)('when servers fail', () => {
  let first: Slapd;
  let second: Slapd;
  beforeAll(async () => {
    [first, second] = await Promise.all([Slapd.start(), Slapd.start()]);
  });
  afterAll(() => Promise.all([first.remove(), second.remove()]));
  afterEach(async () => {
    closeAll();
    await first.down();
    await second.down();
    await Promise.all([first.up(), second.up()]);
  });

  test('killed and started again: known people go on for the grace, others are unidentified, recovery is by itself', async () => {
    let now = Date.now();
    const directory = openDirectory([first.url], { grace: '8h' }, { now: () => now });
    const before = await directory.signIn(as('student.g9'));
    await first.down();

    now += 11 * 60_000;
    const during = await directory.signIn(as('student.g9'));
    expect(during).toEqual({ ...before, expires: now + 60_000 });
    expect(await directory.signIn(as('Student.G9@demo.test', 'demo-student.g9'))).toEqual({
      kind: 'unavailable',
    });
    expect(await directory.signIn(as('student.g9', 'wrong'))).toEqual({ kind: 'unavailable' });
    expect(await directory.signIn(as('student.g10'))).toEqual({ kind: 'unavailable' });
    expect(await directory.find('student.g9')).toMatchObject({ login: 'student.g9' });
    expect(directory.status()).toMatchObject({ available: false, servers: [{ state: 'down' }] });

    now += 8 * 3_600_000;
    expect(await directory.signIn(as('student.g9'))).toEqual({ kind: 'unavailable' });

    await first.up();
    await vi.waitFor(() => expect(directory.status()).toMatchObject({ available: true }), 20_000);
    expect(await directory.signIn(as('student.g10'))).toMatchObject({ kind: 'verified' });
    expect(await directory.signIn(as('student.g9', 'wrong'))).toMatchObject({ reason: 'wrong-password' });
  });

  test('the second server takes over, and the first one is used again when it is back', async () => {
    const directory = openDirectory([first.url, second.url]);
    await directory.signIn(as('student.g1'));
    await first.down();
    expect(await directory.signIn(as('student.g2'))).toMatchObject({ kind: 'verified' });
    expect(await second.binds('uid=student.g2,')).toBe(1);
    expect(directory.status()).toMatchObject({
      available: true,
      servers: [{ state: 'down' }, { state: 'up' }],
    });
    await first.up();
    await vi.waitFor(
      () => expect(directory.status().servers[0]).toMatchObject({ state: 'up', error: null }),
      20_000,
    );
    await first.clearLog();
    expect(await directory.signIn(as('student.g3'))).toMatchObject({ kind: 'verified' });
    expect(await first.binds('uid=student.g3,')).toBe(1);
  });

  test('a server that accepts and never answers costs one time limit, not one for each person', async () => {
    const directory = openDirectory([first.url, second.url], { timeout: '400ms' });
    first.freeze();
    try {
      const logins = Array.from({ length: 12 }, (_, grade) => `student.g${grade + 1}`);
      const answers = await Promise.all(logins.map((login) => directory.signIn(as(login))));
      expect(answers.map(({ kind }) => kind)).toEqual(logins.map(() => 'verified'));
      expect(directory.status().servers[0]).toMatchObject({
        state: 'down',
        error: expect.stringMatching(/answer/) as string,
      });
    } finally {
      first.thaw();
    }
  });

  test('idle connections that the server closed are replaced without a word', async () => {
    const warnings: string[] = [];
    const log = { info: () => undefined, warn: (_: object, message: string) => warnings.push(message) };
    const directory = openDirectory([first.url], {}, { log });
    await directory.find('student.g1');
    await first.down();
    await first.up();
    expect(await directory.signIn(as('student.g2'))).toMatchObject({ kind: 'verified' });
    expect(warnings).toEqual([]);
  });

  test('a service account that is refused: nobody is verified, and the status says why', async () => {
    const directory = openDirectory([first.url], { bindPassword: 'not-the-password' });
    expect(await directory.signIn(as('student.g9'))).toEqual({ kind: 'unavailable' });
    expect(directory.status().servers[0]?.error).toMatch(/refuses the account of `directory.bindDn`/);
    expect(await first.binds('uid=student.g9,')).toBe(0);
  });
});
