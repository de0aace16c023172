/**
 * Who may do what: every role against every route of the table, and against records of every kind. A route that the table
 * does not name fails.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rightsOf, roles } from '../../../admin-ui/api/rights.ts';
import { routes } from '../../../admin-ui/api/routes.ts';
import type { Operation, Route } from '../../../admin-ui/api/routes.ts';
import { openHouse, people } from './house.ts';
import type { Ask, Client, House } from './house.ts';

const folder = mkdtempSync(join(tmpdir(), 'hallpass-admin-'));
let house: House;
const clients = {} as Record<keyof typeof people, Client>;
const ids = {} as Record<'north' | 'south' | 'staff' | 'own' | 'noSchool', string>;

beforeAll(async () => {
  house = await openHouse({ folder });
  const of = ({ key, login, name }: { key: string; login: string; name: string }) => ({ key, login, name });
  const [north = '', south = '', staff = '', own = '', noSchool = ''] = house.write(
    { person: of(people.student), schools: ['north'], host: 'north.test' },
    { person: of(people.otherStudent), schools: ['south'], host: 'south.test' },
    { person: of(people.nobody), schools: ['north'], about: 'staff', host: 'staff.test' },
    { person: of(people.principal), schools: ['north'], host: 'own.test' },
    { person: null, schools: [], host: 'noschool.test' },
  );
  Object.assign(ids, { north, south, staff, own, noSchool });
  for (const [name, subject] of [
    ['north', people.student],
    ['south', people.otherStudent],
    ['staff', people.nobody],
    ['own', people.principal],
  ] as const) {
    const asked = { id: `v-${name}`, record: ids[name], subject: subject.key, at: house.state.now };
    await house.repository.acts.addReview(
      { ...asked, kind: 'needed', text: `for ${name}`, host: `${name}.test`, rule: 'games' },
      { nonce: asked.id, expires: 0 },
    );
  }
  for (const [name, { login }] of Object.entries(people)) {
    if (['nobody', 'student', 'otherStudent'].includes(name)) continue;
    clients[name as keyof typeof people] = await house.signIn(login);
  }
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});

/** A right call of each operation; the matrix asks only whether it is let through. */
const calls: Readonly<Record<Operation, Ask & { readonly path?: () => string }>> = {
  describe: {},
  signIn: { body: { login: 'x', password: 'y' } },
  whoAmI: {},
  signOut: {},
  enrol: {},
  proveSecondFactor: { body: { code: '000000' } },
  listSessions: {},
  endSession: { path: () => '/api/sessions/nothing' },
  today: {},
  listBlocks: {},
  exportBlocks: {},
  getBlock: { path: () => `/api/blocks/${ids.north}` },
  listReviews: {},
  getReview: { path: () => '/api/reviews/v-north' },
  answerReview: {
    path: () => '/api/reviews/nothing/answer',
    ...{ body: { outcome: 'kept', note: 'no' }, headers: { 'if-match': '"x"' } },
  },
  getPolicy: {},
  listVersions: {},
  getVersion: { path: () => `/api/policy/versions/${house.image.id.policyVersion}` },
  getEmergency: {},
  floorOnly: { body: { minutes: 500, reason: 'the matrix' } },
  closeHost: { body: { host: 'com', reason: 'the matrix' } },
  approveClosed: { path: () => '/api/emergency/nothing/approval', headers: { 'if-match': '"x"' } },
  endEmergency: { path: () => '/api/emergency/nothing', headers: { 'if-match': '"x"' } },
  listGrants: {},
  makeOverride: { body: { group: 'nobody-at-all', place: 'x.test', minutes: 5, reason: 'the matrix' } },
  authoriseResearch: { body: { person: 'nobody-at-all', minutes: 5, reason: 'the matrix' } },
  endGrant: { path: () => '/api/grants/nothing' },
  why: { body: { url: 'http://games.demo.test/' } },
  findPerson: { path: () => '/api/people?login=student.n' },
  health: {},
  settings: {},
};
const table = Object.entries(routes) as [Operation, Route][];
const pathOf = (name: Operation, route: Route): string => calls[name].path?.() ?? route.path;

describe('the route table', () => {
  test('names every route that is served, and every one that it names is served', () => {
    interface Layer {
      readonly route?: {
        readonly path: string | RegExp;
        readonly methods: Readonly<Record<string, boolean>>;
      };
      readonly handle: { readonly stack?: readonly Layer[] };
    }
    const walk = (stack: readonly Layer[]): string[] =>
      stack.flatMap(({ route, handle }) =>
        route === undefined
          ? walk(handle.stack ?? [])
          : Object.keys(route.methods).map((method) => `${method} ${String(route.path)}`),
      );
    const served = walk((house.handler as unknown as { router: { stack: readonly Layer[] } }).router.stack);
    const apart = ['get /healthz', 'get /readyz', 'get /metrics', 'get /.*/'];
    const named = table.map(([, { method, path }]) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`);
    expect([...new Set(served)].sort()).toEqual([...named, ...apart].sort());
  });
});

const signedIn = table.filter(([, route]) => route.for !== 'anyone' && route.for !== 'half');

describe.each(roles)('%s', (role) => {
  test.each(signedIn.map(([name, route]) => [name, route] as const))('%s', async (name, route) => {
    const { path: _path, ...ask } = calls[name];
    const reply = await clients[role].ask(pathOf(name, route), {
      ...ask,
      method: route.method.toUpperCase(),
    });
    const may = route.for === 'signed-in' || (rightsOf[role] as readonly string[]).includes(route.for);
    // Let through, whatever it came to then.
    if (may) expect([200, 201, 204, 400, 404, 409], reply.text).toContain(reply.status);
    else expect(reply).toMatchObject({ status: 403, json: { code: 'right' } });
  });
});

describe('nobody', () => {
  test.each(table.filter(([, route]) => route.for !== 'anyone'))('may not %s', async (name, route) => {
    const { path: _path, ...ask } = calls[name];
    const asked = { ...ask, method: route.method.toUpperCase() };
    expect(await house.ask(pathOf(name, route), asked)).toMatchObject({
      status: 401,
      json: { code: 'sign-in' },
    });
    const made = house.clientOf('A'.repeat(43), 'x');
    expect((await made.ask(pathOf(name, route), asked)).status).toBe(401);
  });

  test.each(['cook', 'student.n'])(
    '%s, who has no role, is told the same as with a wrong password',
    async (login) => {
      const post = (password: string) =>
        house.ask('/api/session', { method: 'POST', body: { login, password } });
      const [right, wrong] = [await post(`demo-${login}`), await post('wrong')];
      expect(right).toMatchObject({ status: 401, text: wrong.text });
      expect(right.headers['set-cookie']).toBeUndefined();
    },
  );
});

/** Which of the records each sees. */
const sees: Readonly<Partial<Record<keyof typeof people, readonly (keyof typeof ids)[]>>> = {
  cto: ['north', 'south', 'own', 'noSchool'],
  principal: ['north'],
  counsellor: ['north', 'own'],
  otherPrincipal: ['south'],
  staffRecords: ['staff'],
};

describe.each([
  'cto',
  'principal',
  'counsellor',
  'otherPrincipal',
  'staffRecords',
  'teacher',
  'auditor',
  'helpDesk',
  'approver',
] as const)('records, to %s', (who) => {
  const visible = new Set<string>(sees[who] ?? []);
  const may = sees[who] !== undefined;

  test.each(['north', 'south', 'staff', 'own', 'noSchool'] as const)('by id: %s', async (name) => {
    const reply = await clients[who].ask(`/api/blocks/${ids[name]}`);
    expect(reply.status).toBe(visible.has(name) ? 200 : may ? 404 : 403);
    if (reply.status !== 200) expect(reply.text).not.toMatch(/student\.|cook|\.test/);
  });

  test('in the list, narrowed or not, and as CSV', async () => {
    if (!may) return;
    const list = await clients[who].ask('/api/blocks');
    const hosts = (list.json['items'] as { host: string }[]).map(({ host }) => host).sort();
    expect(hosts).toEqual([...visible].map((name) => `${name.toLowerCase()}.test`).sort());
    const csv = (await clients[who].ask('/api/blocks.csv')).text;
    for (const name of Object.keys(ids)) {
      const host = `${name.toLowerCase()}.test`;
      expect(csv.includes(host)).toBe(visible.has(name));
      const narrow = await clients[who].ask(`/api/blocks?host=${host}`);
      expect((narrow.json['items'] as unknown[]).length).toBe(visible.has(name) ? 1 : 0);
    }
    for (const school of ['north', 'south', 'east'])
      for (const { schools } of (await clients[who].ask(`/api/blocks?school=${school}`)).json['items'] as {
        schools: string[];
      }[])
        expect(schools).toContain(school);
  });

  test('in the counts', async () => {
    const reply = await clients[who].ask('/api/today');
    if (reply.status === 403) return;
    const blocks = reply.json['blocks'] as { total: number } | null;
    expect(blocks?.total ?? null).toBe(may ? visible.size : null);
  });

  test('in requests for a review', async () => {
    const list = await clients[who].ask('/api/reviews');
    if (list.status === 403) {
      expect((await clients[who].ask('/api/reviews/v-north')).status).toBe(403);
      return;
    }
    const shown = (list.json['items'] as { id: string }[]).map(({ id }) => id.slice(2));
    expect(new Set(shown)).toEqual(new Set([...visible].filter((name) => name !== 'noSchool')));
    for (const name of ['north', 'south', 'staff', 'own']) {
      const one = await clients[who].ask(`/api/reviews/v-${name}`);
      expect(one.status).toBe(visible.has(name) ? 200 : 404);
      const answered = await clients[who].ask(`/api/reviews/v-${name}/answer`, {
        ...{ method: 'POST', body: { outcome: 'kept', note: 'no' }, headers: { 'if-match': '"stale"' } },
      });
      expect(answered.status).toBe(visible.has(name) ? 412 : 404);
    }
  });
});

describe('a request for a review', () => {
  test.each(['north', 'south', 'staff', 'own'] as const)(
    'of %s is listed to somebody and can be answered by them, and by nobody whose it is',
    async (name) => {
      const answering: string[] = [];
      for (const [who, client] of Object.entries(clients)) {
        const list = await client.ask('/api/reviews');
        const items = (list.json['items'] ?? []) as { id: string }[];
        const one = await client.ask(`/api/reviews/v-${name}`);
        expect(one.status === 200, who).toBe(items.some(({ id }) => id === `v-${name}`));
        // A wrong state stops whoever may answer, and nobody else comes so far.
        const answer = await client.ask(`/api/reviews/v-${name}/answer`, {
          ...{ method: 'POST', body: { outcome: 'kept', note: 'no' }, headers: { 'if-match': '"stale"' } },
        });
        if (answer.status === 412) answering.push(who);
      }
      expect(answering).toEqual(
        {
          north: ['cto', 'principal'],
          south: ['cto', 'otherPrincipal'],
          staff: ['staffRecords'],
          own: ['cto'],
        }[name],
      );
    },
  );
});

test('who answers requests of staff does not see their own', async () => {
  const { key, login, name } = people.staffRecords;
  const [record = ''] = house.write({
    ...{ person: { key, login, name }, schools: [], about: 'staff', host: 'hr.test' },
  });
  const asked = { id: 'v-hr', record, subject: key, at: house.state.now, kind: 'needed' } as const;
  await house.repository.acts.addReview(
    { ...asked, text: 'for hr', host: 'hr.test', rule: 'games' },
    { nonce: asked.id, expires: 0 },
  );
  expect((await clients.staffRecords.ask('/api/reviews')).text).not.toContain('v-hr');
  expect((await clients.staffRecords.ask('/api/reviews/v-hr')).status).toBe(404);
});

describe('asking about a person', () => {
  test.each([
    ['principal', 'student.n', 200],
    ['principal', 'student.s', 404],
    ['principal', 'teacher.north', 404],
    ['counsellor', 'student.n', 200],
    ['helpDesk', 'student.s', 200],
    ['cto', 'teacher.north', 200],
    ['cto', 'nobody-at-all', 404],
    ['teacher', 'student.n', 403],
    ['auditor', 'student.n', 403],
  ] as const)('%s about %s: %i', async (who, login, status) => {
    expect((await clients[who].ask(`/api/people?login=${login}`)).status).toBe(status);
    const asked = { url: 'http://games.demo.test/', person: login };
    const why = await clients[who].ask('/api/why', { method: 'POST', body: asked });
    expect(why.status).toBe(status);
  });

  test('somebody of another school and nobody at all are told alike', async () => {
    const texts = await Promise.all(
      ['student.s', 'student.x'].map(async (login) =>
        (await clients.principal.ask(`/api/people?login=${login}`)).text.replace(login, ''),
      ),
    );
    expect(texts[0]).toBe(texts[1]);
  });
});
