/** The switches in the interface: what exists is changed by who has seen its state. */
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

interface Closed {
  readonly id: string;
  readonly etag: string;
  readonly approvedBy: string | null;
}
const closedIn = ({ json }: Reply): readonly Closed[] => json['closed'] as Closed[];
const close = async (host: string): Promise<Closed> => {
  const reply = await cto.ask('/api/emergency/closed-hosts', {
    ...{ method: 'POST', body: { host, reason: 'a test' } },
  });
  return closedIn(reply).at(-1) as Closed;
};
const approve = (who: Client, { id, etag }: Closed) =>
  who.ask(`/api/emergency/${id}/approval`, { method: 'POST', headers: { 'if-match': etag } });
const end = (who: Client, { id, etag }: Pick<Closed, 'id' | 'etag'>) =>
  who.ask(`/api/emergency/${id}`, { method: 'DELETE', headers: { 'if-match': etag } });

test('what somebody else has approved meanwhile is not ended by who has not seen it', async () => {
  const seen = await close('one.test');
  const approved = await approve(approver, seen);
  expect(approved).toMatchObject({ status: 201, json: { closed: [{ approvedBy: 'superintendent' }] } });
  expect(await end(cto, seen)).toMatchObject({ status: 412, json: { code: 'changed' } });
  const [now] = closedIn(await cto.ask('/api/emergency'));
  expect(now).toMatchObject({ approvedBy: 'superintendent' });
  expect(await end(cto, now as Closed)).toMatchObject({ status: 200, json: { closed: [] } });
  expect(await end(cto, now as Closed)).toMatchObject({ status: 409, json: { code: 'emergency' } });
});

test('another site that is closed meanwhile stands in nobody’s way', async () => {
  const [first, second] = [await close('one.test'), await close('two.test')];
  expect((await approve(approver, first)).status).toBe(201);
  expect((await end(cto, second)).status).toBe(200);
  expect((await approve(approver, first)).status).toBe(412);
  const [left] = closedIn(await cto.ask('/api/emergency'));
  expect((await end(cto, left as Closed)).status).toBe(200);
});

test('approving and ending say which state was seen', async () => {
  const { id } = await close('one.test');
  for (const [method, path] of [
    ['POST', `/api/emergency/${id}/approval`],
    ['DELETE', `/api/emergency/${id}`],
  ] as const)
    expect(await approver.ask(path, { method })).toMatchObject({ status: 428, json: { code: 'if-match' } });
  const [left] = closedIn(await cto.ask('/api/emergency'));
  expect((await end(cto, left as Closed)).status).toBe(200);
});

test('the locked rules alone are ended by the state that was seen, too', async () => {
  const set = await cto.ask('/api/emergency/floor-only', {
    ...{ method: 'POST', body: { minutes: 5, reason: 'a test' } },
  });
  const { id, etag } = set.json['floorOnly'] as { id: string; etag: string };
  expect((await end(cto, { id, etag: '"another"' })).status).toBe(412);
  expect(await end(cto, { id, etag })).toMatchObject({ status: 200, json: { floorOnly: null } });
});

test('who switched something and why is told to those who could; that it is on, to everybody', async () => {
  const seen = await close('one.test');
  await approve(approver, seen);
  const [told] = closedIn(await approver.ask('/api/emergency'));
  expect(told).toMatchObject({ by: 'cto', reason: 'a test', approved: true, approvedBy: 'superintendent' });
  for (const login of ['auditor', 'principal.north']) {
    const [shown] = closedIn(await (await house.signIn(login)).ask('/api/emergency'));
    expect(shown).toMatchObject({
      host: 'one.test',
      approved: true,
      by: null,
      reason: null,
      approvedBy: null,
    });
  }
  await end(cto, told as Closed);
});

test('a proxy thread that is late with a change is named', async () => {
  house.state.late.push('proxy-2');
  expect((await cto.ask('/api/emergency')).json['notYetIn']).toEqual(['proxy-2']);
  house.state.late.pop();
  expect((await cto.ask('/api/emergency')).json['notYetIn']).toEqual([]);
});
