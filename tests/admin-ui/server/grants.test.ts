/** Overrides and research in the interface: made by somebody in charge for others, and authorised by who is signed in. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse } from './house.ts';
import type { Client, House, Reply } from './house.ts';

const folder = mkdtempSync(join(tmpdir(), 'hallpass-admin-'));
let house: House;
let [cto, approver] = [] as unknown as [Client, Client];
beforeAll(async () => {
  house = await openHouse({ folder });
  [cto, approver] = [await house.signIn('cto'), await house.signIn('superintendent')];
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});

const override = (who: Client, body: object): Promise<Reply> =>
  who.ask('/api/grants/overrides', {
    ...{ method: 'POST', body: { place: 'games.demo.test', minutes: 60, reason: 'a project', ...body } },
  });
const research = (who: Client, person: string, minutes = 60): Promise<Reply> =>
  who.ask('/api/grants/research', {
    ...{ method: 'POST', body: { person, minutes, reason: 'unit on propaganda' } },
  });
const idIn = ({ json }: Reply): string => (json['grant'] as { id: string }).id;
const listed = async () => (await approver.ask('/api/grants')).json['items'] as { id: string }[];

test('an override is made, seen by others in charge, counted in by Why?, and ended', async () => {
  const made = await override(cto, { person: 'student.n' });
  expect(made).toMatchObject({ status: 201, json: { notes: [] } });
  expect(made.json['grant']).toMatchObject({
    ...{ kind: 'override', for: { kind: 'person', name: 'student.n' }, place: 'games.demo.test', by: 'cto' },
    ...{ authorisedBy: null, reason: 'a project' },
  });
  expect(await listed()).toEqual([made.json['grant']]);
  const why = { url: 'http://games.demo.test/', person: 'student.n' };
  const ask = async () => (await cto.ask('/api/why', { method: 'POST', body: why })).json;
  expect(await ask()).toMatchObject({ action: 'allow', rule: 'override' });
  expect(JSON.stringify((await ask())['trace'])).toContain(
    `somebody in charge opened it (grant \`${idIn(made)}\`)`,
  );
  const ended = await approver.ask(`/api/grants/${idIn(made)}`, { method: 'DELETE' });
  expect(ended).toMatchObject({ status: 200, json: { items: [] } });
  expect(await ask()).toMatchObject({ action: 'block' });
  const acts = (await house.acts()).filter(({ action }) => action.startsWith('grant.'));
  expect(acts.map(({ actor, action, subject }) => [actor, action, subject])).toEqual([
    ['key-cto', 'grant.override', 'key-student.n'],
    ['key-superintendent', 'grant.end', 'key-student.n'],
  ]);
});

test('research is authorised by who makes it, for somebody else of the staff', async () => {
  const made = await research(approver, 'teacher.north');
  expect(made).toMatchObject({
    status: 201,
    json: { grant: { authorisedBy: 'superintendent', place: null } },
  });
  expect(await research(approver, 'superintendent')).toMatchObject({ status: 409, json: { code: 'grant' } });
  expect(await research(cto, 'student.n')).toMatchObject({ status: 409, json: { code: 'grant' } });
  expect((await research(cto, 'teacher.north', 721)).status).toBe(400);
  await cto.ask(`/api/grants/${idIn(made)}`, { method: 'DELETE' });
});

test.each([
  [{ person: 'cto' }, 409, 'grant'],
  [{ group: 'technology' }, 409, 'grant'],
  [{ person: 'nobody-at-all' }, 404, 'unknown-user'],
  [{ group: 'nobody-at-all' }, 404, 'unknown-group'],
  [{ person: 'student.n', group: 'staff' }, 400, 'bad-input'],
  [{}, 400, 'bad-input'],
  [{ group: 'staff', place: 'com' }, 400, 'bad-input'],
  [{ group: 'staff', minutes: 43_201 }, 400, 'bad-input'],
  [{ group: 'staff', reason: '' }, 400, 'bad-input'],
])('an override of %j is refused', async (body, status, code) => {
  expect(await override(cto, body)).toMatchObject({ status, json: { code } });
  expect(await listed()).toEqual([]);
});

test('whoever looks at what is open for whom is on the audit trail before it is shown', async () => {
  const made = await override(cto, { person: 'student.n' });
  await listed();
  expect((await house.acts()).at(-1)).toMatchObject({
    ...{ action: 'grants.view', actor: 'key-superintendent', detail: { people: 'key-student.n' } },
  });
  await cto.ask(`/api/grants/${idIn(made)}`, { method: 'DELETE' });
});
