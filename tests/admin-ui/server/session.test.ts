/** Sessions of the admin pages: how they begin and end, and what a request without one, or from elsewhere, meets. */
import { afterEach, describe, expect, test } from 'vitest';
import { generateSync } from 'otplib';
import { freshFolder } from '../../store/folder.ts';
import { openHouse, people, tokenIn } from './house.ts';
import type { House, HouseOptions } from './house.ts';

const fresh = freshFolder();
const open: House[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((house) => house.close()));
});
async function start(more: Partial<HouseOptions> = {}): Promise<House> {
  const house = await openHouse({ folder: fresh(), ...more });
  open.push(house);
  return house;
}
const minutes = (n: number): number => n * 60_000;
const credentials = { login: 'cto', password: 'demo-cto' };
const post = (house: House, body: unknown, headers: Record<string, string> = {}) =>
  house.ask('/api/session', { method: 'POST', body, headers });

describe('a session', () => {
  test('is a cookie that no script reads, no other site sends, and no plain connection carries', async () => {
    const reply = await post(await start(), credentials);
    expect(reply.status).toBe(201);
    const [cookie = ''] = reply.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^__Host-hallpass=[\w-]{43}; /);
    for (const part of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict']) expect(cookie).toContain(part);
    expect(cookie).not.toMatch(/Domain/i);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.json).toMatchObject({ stage: 'complete', login: 'cto', roles: ['cto'], schools: 'all' });
  });

  test('says what its person may do, and at which schools', async () => {
    const house = await start();
    const { json } = await (await house.signIn('principal.north')).ask('/api/session');
    expect(json).toMatchObject({ roles: ['principal'], schools: ['north'], idleMinutes: 30 });
    expect(json['rights']).not.toContain('settings');
  });

  test('begins anew at each sign-in: a token that was planted or used before is worth nothing', async () => {
    const house = await start();
    const planted = 'B'.repeat(43);
    const reply = await post(house, credentials, { cookie: `__Host-hallpass=${planted}` });
    expect(tokenIn(reply)).not.toBe(planted);
    expect((await house.clientOf(planted, 'x').ask('/api/session')).status).toBe(401);
    const first = house.clientOf(tokenIn(reply), String(reply.json['csrf']));
    const again = await post(house, credentials, { cookie: `__Host-hallpass=${first.token}` });
    expect(again.status).toBe(201);
    expect((await first.ask('/api/session')).status).toBe(401);
  });

  test('ends at the server by signing out', async () => {
    const house = await start();
    const client = await house.signIn('cto');
    const reply = await client.ask('/api/session', { method: 'DELETE' });
    expect(reply.status).toBe(204);
    expect(String(reply.headers['set-cookie'])).toContain('Max-Age=0');
    expect((await client.ask('/api/policy')).status).toBe(401);
  });

  test('ends when nobody was there for half an hour, and after ten hours in any case', async () => {
    const house = await start();
    const idle = await house.signIn('cto');
    house.state.now += minutes(31);
    expect((await idle.ask('/api/session')).status).toBe(401);
    const busy = await house.signIn('cto');
    for (let n = 0; n < 29; n += 1) {
      house.state.now += minutes(20);
      expect((await busy.ask('/api/session')).status).toBe(200);
    }
    house.state.now += minutes(21);
    expect((await busy.ask('/api/session')).status).toBe(401);
  });

  test('is over after half an hour in which a page that stands open only kept itself up to date', async () => {
    const house = await start();
    const open = await house.signIn('cto');
    const refresh = () => open.ask('/api/emergency', { headers: { 'x-unattended': '1' } });
    for (let n = 0; n < 29; n += 1) {
      house.state.now += minutes(1);
      expect((await refresh()).status).toBe(200);
    }
    house.state.now += minutes(1);
    expect((await refresh()).status).toBe(401);
  });

  test('ends within two minutes of the account being disabled, and at once when the directory has noticed', async () => {
    const house = await start();
    const client = await house.signIn('principal.north');
    house.state.closed.add(people.principal.key);
    house.state.now += minutes(2);
    expect((await client.ask('/api/blocks')).status).toBe(401);
    house.state.closed.clear();
    const other = await house.signIn('principal.north');
    await house.accountsGone([people.principal.key]);
    expect((await other.ask('/api/blocks')).status).toBe(401);
  });

  test('goes on for a quarter of an hour while no directory server answers, then not', async () => {
    const house = await start();
    const client = await house.signIn('cto');
    house.state.down = true;
    house.state.now += minutes(14);
    expect((await client.ask('/api/session')).status).toBe(200);
    house.state.now += minutes(2);
    expect(await client.ask('/api/session')).toMatchObject({
      status: 503,
      json: { code: 'directory-unavailable' },
    });
    house.state.down = false;
    expect((await client.ask('/api/session')).status).toBe(200);
  });

  test('is seen and ended by the CTO', async () => {
    const house = await start();
    const [cto, principal] = [await house.signIn('cto'), await house.signIn('principal.north')];
    const { items } = (await cto.ask('/api/sessions')).json as {
      items: { id: string; login: string; own: boolean }[];
    };
    expect(items.map(({ login, own }) => [login, own]).sort()).toEqual([
      ['cto', true],
      ['principal.north', false],
    ]);
    const id = items.find(({ login }) => login === 'principal.north')?.id ?? '';
    expect((await cto.ask(`/api/sessions/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await principal.ask('/api/session')).status).toBe(401);
    expect((await house.acts()).at(-1)).toMatchObject({
      action: 'session.end',
      subject: people.principal.key,
    });
  });

  test('begins on the audit trail', async () => {
    const house = await start();
    await house.signIn('cto');
    expect((await house.acts()).at(-1)).toMatchObject({
      ...{
        action: 'session.begin',
        actor: 'key-cto',
        login: 'cto (admin pages)',
        detail: { ip: '127.0.0.1' },
      },
    });
  });
});

describe('signing in', () => {
  test('is refused alike for a wrong password and an unknown login, without a session', async () => {
    const house = await start();
    const replies = [
      await post(house, { login: 'cto', password: 'wrong' }),
      await post(house, { login: 'nobody-at-all', password: 'wrong' }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([401, 401]);
    expect(replies[0]?.text).toBe(replies[1]?.text);
    expect(await house.repository.sessions.list(house.state.now, { idle: 1e9, absolute: 1e9 })).toEqual([]);
  });

  test('is not refused to who knows the password, whatever a neighbour at the address has tried', async () => {
    const house = await start();
    for (let n = 0; n < 31; n += 1)
      expect((await post(house, { login: `guess-${String(n)}`, password: 'y' })).status).toBe(401);
    for (let n = 0; n < 35; n += 1) expect((await post(house, credentials)).status).toBe(201);
  });

  test('says when the directory cannot be asked', async () => {
    const house = await start();
    house.state.down = true;
    expect(await post(house, credentials)).toMatchObject({ status: 503 });
  });

  test.each([
    [{}, /login/],
    [{ login: 'cto' }, /password/],
    [{ login: 'cto', password: '' }, /password/],
    [{ login: 'cto', password: 'x', admin: true }, /admin/],
    [{ login: { $ne: '' }, password: 'x' }, /login/],
    ['{"login":"cto","password":"x","__proto__":{"roles":["cto"]}}', /__proto__/],
    ['not json', /Bad Request/],
    ['[1]', /is a list: write a mapping of keys/],
  ])('with %j is refused in words', async (body, says) => {
    const reply = await post(await start(), body);
    expect(reply.status).toBe(400);
    expect(reply.text).toMatch(says);
  });
});

describe('a request from another site', () => {
  const foreign: readonly Record<string, string>[] = [
    { origin: 'http://evil.test' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
  ];
  test.each(foreign)('(%j) changes nothing, with the cookie or without', async (headers) => {
    const house = await start();
    const client = await house.signIn('cto');
    expect(await client.ask('/api/session', { method: 'DELETE', headers })).toMatchObject({
      ...{ status: 403, json: { code: 'foreign-page' } },
    });
    expect((await client.ask('/api/session')).status).toBe(200);
    expect((await post(house, credentials, headers)).status).toBe(403);
  });

  test('of the other scheme changes nothing, though it has the same host', async () => {
    const house = await start();
    const client = await house.signIn('cto');
    const leave = (origin: string) =>
      client.ask('/api/session', { method: 'DELETE', headers: { host: 'filter.test:8080', origin } });
    expect(await leave('https://filter.test:8080')).toMatchObject({ json: { code: 'foreign-page' } });
    expect((await leave('http://filter.test:8080')).status).toBe(204);
  });

  test.each(['', 'x', 'A'.repeat(43)])('that does not know the token (%j) changes nothing', async (token) => {
    const house = await start();
    const client = await house.signIn('cto');
    const headers = { 'x-csrf-token': token };
    expect(await client.ask('/api/session', { method: 'DELETE', headers })).toMatchObject({
      ...{ status: 403, json: { code: 'csrf' } },
    });
    const other = await house.signIn('principal.north');
    const borrowed = { 'x-csrf-token': other.csrf };
    expect((await client.ask('/api/session', { method: 'DELETE', headers: borrowed })).status).toBe(403);
  });

  test('cannot post a form: only JSON is read', async () => {
    const house = await start();
    const reply = await house.ask('/api/session', {
      ...{ method: 'POST', body: 'login=cto&password=demo-cto' },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(reply.status).toBe(400);
    const plain = await house.ask('/api/session', {
      ...{ method: 'POST', body: JSON.stringify(credentials), headers: { 'content-type': 'text/plain' } },
    });
    expect(plain.status).toBe(400);
  });

  test('no change is made by GET', async () => {
    const house = await start();
    const client = await house.signIn('cto');
    for (const path of ['/api/session', '/api/sessions', '/api/policy', '/api/today']) await client.ask(path);
    expect((await house.acts()).map(({ action }) => action)).toEqual(['policy.publish', 'session.begin']);
  });
});

describe('a second factor', () => {
  const codeAt = (secret: string, at: number): string =>
    generateSync({ secret, epoch: Math.floor(at / 1_000) });
  async function half(house: House) {
    const reply = await post(house, credentials);
    return { reply, client: house.clientOf(tokenIn(reply), String(reply.json['csrf'])) };
  }
  const prove = (client: Awaited<ReturnType<typeof half>>['client'], code: string) =>
    client.ask('/api/session/code', { method: 'POST', body: { code } });

  test('is set up at the first sign-in, asked for at each, and opens nothing before', async () => {
    const house = await start({ secondFactor: ['cto'] });
    const first = await half(house);
    expect(first.reply.json).toMatchObject({ stage: 'enrol', rights: [] });
    expect(await first.client.ask('/api/blocks')).toMatchObject({
      status: 401,
      json: { code: 'second-factor' },
    });
    const enrolment = (await first.client.ask('/api/session/enrolment', { method: 'POST' })).json;
    expect(enrolment['uri']).toMatch(/^otpauth:\/\/totp\/.*cto/);
    const proven = await prove(first.client, codeAt(String(enrolment['secret']), house.state.now));
    expect(proven).toMatchObject({ status: 201, json: { stage: 'complete' } });
    const whole = house.clientOf(tokenIn(proven), String(proven.json['csrf']));
    expect((await whole.ask('/api/blocks')).status).toBe(200);
    expect((await first.client.ask('/api/session')).status).toBe(401);
    const second = await half(house);
    expect(second.reply.json).toMatchObject({ stage: 'second-factor' });
    expect((await second.client.ask('/api/session/enrolment', { method: 'POST' })).status).toBe(409);
  });

  test('takes no code twice, and looks at none after five wrong ones', async () => {
    const house = await start({ secondFactor: ['cto'] });
    const first = await half(house);
    const { secret } = (await first.client.ask('/api/session/enrolment', { method: 'POST' })).json;
    const code = codeAt(String(secret), house.state.now);
    expect((await prove(first.client, code)).status).toBe(201);
    const second = await half(house);
    expect((await prove(second.client, code)).status).toBe(401);
    house.state.now += minutes(1);
    for (let n = 0; n < 4; n += 1) expect((await prove(second.client, '000000')).status).toBe(401);
    const right = codeAt(String(secret), house.state.now);
    expect((await prove(second.client, right)).status).toBe(429);
    house.state.now += minutes(6);
    expect((await prove(second.client, codeAt(String(secret), house.state.now))).status).toBe(201);
  });

  test('looks at five wrong codes and no more, also when many come at once', async () => {
    const house = await start({ secondFactor: ['cto'] });
    const { client } = await half(house);
    await client.ask('/api/session/enrolment', { method: 'POST' });
    const replies = await Promise.all(Array.from({ length: 20 }, () => prove(client, '000000')));
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
  });

  test('takes a code once, also when it comes twice at once', async () => {
    const house = await start({ secondFactor: ['cto'] });
    const { client } = await half(house);
    const { secret } = (await client.ask('/api/session/enrolment', { method: 'POST' })).json;
    const code = codeAt(String(secret), house.state.now);
    const replies = await Promise.all([prove(client, code), prove(client, code), prove(client, code)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 401, 401]);
  });

  test('has its wrong codes on the audit trail, without the code', async () => {
    const house = await start({ secondFactor: ['cto'] });
    const { client } = await half(house);
    await client.ask('/api/session/enrolment', { method: 'POST' });
    await prove(client, '123456');
    const last = (await house.acts()).at(-1);
    expect(last).toMatchObject({
      ...{ action: 'session.wrong-code', actor: 'key-cto', detail: { ip: '127.0.0.1' } },
    });
    expect(JSON.stringify(last)).not.toContain('123456');
  });

  test('is asked for thirty times a minute by one session, which keeps no other one out', async () => {
    const house = await start({ secondFactor: ['cto'] });
    const { client } = await half(house);
    const { secret } = (await client.ask('/api/session/enrolment', { method: 'POST' })).json;
    for (let n = 0; n < 30; n += 1) await prove(client, 'no code');
    const reply = await prove(client, codeAt(String(secret), house.state.now));
    expect(reply).toMatchObject({ status: 429, json: { code: 'too-many' } });
    const other = await half(house);
    expect((await prove(other.client, codeAt(String(secret), house.state.now))).status).toBe(201);
  });

  test('is not asked of other roles', async () => {
    const house = await start({ secondFactor: ['cto'] });
    const client = await house.signIn('principal.north');
    expect((await client.ask('/api/blocks')).status).toBe(200);
    expect((await client.ask('/api/session/enrolment', { method: 'POST' })).status).toBe(409);
  });
});
