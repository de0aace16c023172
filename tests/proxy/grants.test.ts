/** What somebody in charge opened for others, on real sockets: for whom, where, with what, and until when. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OverrideGrant, SharedGrant } from '../../policy/decision.ts';
import type { Harness, RecordingOrigin } from './harness.ts';
import {
  always,
  ann,
  basic,
  bob,
  ok,
  policy,
  RawClient,
  startHarness,
  startOrigin,
  statuses,
} from './harness.ts';

/** `blocked.test` is closed by the floor; games are closed to students, and slow.test is warned of, by ordered rules. */
const withFloor = policy
  .replace('rules:\n  - id: closed', 'locked:\n  - id: closed')
  .replace('  - id: bad-path', 'rules:\n  - id: bad-path');

let harness: Harness;
let origin: RecordingOrigin;
const clients: RawClient[] = [];

beforeAll(async () => {
  harness = await startHarness();
  await harness.publish(withFloor);
  origin = await startOrigin(always(ok('through')));
});
afterAll(async () => {
  harness.plane.close();
  await origin.close();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await harness.plane.share([]);
  harness.records.length = 0;
});

const send = async (head: string): Promise<RawClient> => {
  const client = new RawClient(harness.port);
  clients.push(client);
  client.send(head);
  await client.until((all) => all.includes('\r\n\r\n'));
  return client;
};
const signedIn = (login: string | null): string =>
  login === null ? '' : `Proxy-Authorization: ${basic(login)}\r\n`;

async function get(login: string | null, host: string, path = '/', fields = ''): Promise<number | undefined> {
  const at = `${host}:${origin.port}`;
  const head = `GET http://${at}${path} HTTP/1.1\r\nHost: ${at}\r\nAccept: text/plain\r\n`;
  return statuses((await send(`${head}${signedIn(login)}${fields}\r\n`)).received)[0];
}
async function tunnel(login: string | null, host: string): Promise<RawClient> {
  const at = `${host}:${origin.port}`;
  return send(`CONNECT ${at} HTTP/1.1\r\nHost: ${at}\r\n${signedIn(login)}\r\n`);
}

const [students] = ann.groups;
const override = (changes: Partial<OverrideGrant> = {}): OverrideGrant => ({
  ...{ id: 'o-1', kind: 'override', subject: students?.key ?? '', subjectKind: 'group' },
  ...{ host: 'games.test', path: null, expires: Date.now() + 60_000 },
  ...changes,
});
const research = (subject: string, lasts = 60_000): SharedGrant => ({
  ...{ id: 'r-1', kind: 'research', subject, expires: Date.now() + lasts },
});

test('an override for a group opens what an ordered rule closes, until it is ended', async () => {
  expect(await get('ann', 'games.test')).toBe(403);
  await harness.plane.share([override()]);
  expect(await get('ann', 'games.test')).toBe(200);
  const open = await tunnel('ann', 'games.test');
  expect(statuses(open.received)).toEqual([200]);
  await harness.plane.share([]);
  expect(await get('ann', 'games.test')).toBe(403);
  await open.untilEnd();
  expect(harness.records.map(({ action, rule }) => `${action} ${rule}`)).toEqual(
    Array.from({ length: 3 }, () => 'block games'),
  );
});

test('it is for whom it names: another is asked about nothing more, and nobody is somebody', async () => {
  await harness.plane.share([override({ host: 'slow.test' })]);
  expect(await get('ann', 'slow.test')).toBe(200);
  expect(await get('bob', 'slow.test')).toBe(403);
  expect(await get(null, 'slow.test')).toBe(407);
  expect(await get(null, 'ok.test')).toBe(200);
  await harness.plane.share([override({ host: 'slow.test', subject: bob.key, subjectKind: 'person' })]);
  expect(await get('ann', 'slow.test')).toBe(403);
  expect(await get('bob', 'slow.test')).toBe(200);
});

test('a page that it opened brings its pictures along, and no page of another site', async () => {
  await harness.plane.share([override()]);
  const from = (host: string, dest: string): string =>
    `Referer: http://${host}/level/1\r\nSec-Fetch-Dest: ${dest}\r\nSec-Fetch-Mode: no-cors\r\n`;
  expect(await get('ann', 'slow.test', '/a.png', from('games.test', 'image'))).toBe(200);
  expect(await get('ann', 'slow.test', '/a.png', from('games.test', 'document'))).toBe(403);
  expect(await get('ann', 'slow.test', '/a.png', from('games.test', 'iframe'))).toBe(403);
  expect(await get('ann', 'slow.test', '/a.png', from('ok.test', 'image'))).toBe(403);
  expect(await get('ann', 'slow.test', '/a.png', 'Referer: http://games.test/\r\n')).toBe(403);
  expect(await get('ann', 'blocked.test', '/a.png', from('games.test', 'image'))).toBe(403);
});

test('one page, and what is below it', async () => {
  await harness.plane.share([override({ path: '/lessons' })]);
  expect(await get('ann', 'games.test', '/lessons')).toBe(200);
  expect(await get('ann', 'games.test', '/Lessons/2?x=1')).toBe(200);
  expect(await get('ann', 'games.test', '/%6cessons/2')).toBe(200);
  expect(await get('ann', 'games.test', '/lessons2')).toBe(403);
  expect(await get('ann', 'games.test', '/lessons/../play')).toBe(403);
  expect(statuses((await tunnel('ann', 'games.test')).received)).toEqual([403]);
});

test('what the floor closes stays closed', async () => {
  await harness.plane.share([override({ host: 'blocked.test' })]);
  expect(await get('ann', 'blocked.test')).toBe(403);
  expect(harness.records).toMatchObject([{ rule: 'closed', action: 'block', grants: [] }]);
});

test('research lifts the floor for a teacher, on record, and for no student', async () => {
  await harness.plane.share([research(bob.key)]);
  expect(await get('bob', 'blocked.test')).toBe(200);
  expect(harness.records).toMatchObject([
    { action: 'allow', about: 'staff', person: { login: 'bob' }, host: 'blocked.test', grants: ['r-1'] },
  ]);
  expect(await get('ann', 'blocked.test')).toBe(403);
  await harness.plane.share([research(ann.key)]);
  expect(await get('ann', 'blocked.test')).toBe(403);
  expect(await get('bob', 'blocked.test')).toBe(403);
});

test('each ends by its own time, and its tunnels with it; others stay', async () => {
  const soon = Date.now() + 1_000;
  await harness.plane.share([override({ expires: soon }), override({ id: 'o-2', host: 'slow.test' })]);
  const [short, long, plain] = [
    await tunnel('ann', 'games.test'),
    await tunnel('ann', 'slow.test'),
    await tunnel(null, 'ok.test'),
  ];
  expect([short, long, plain].map(({ received }) => statuses(received)[0])).toEqual([200, 200, 200]);
  await short.untilEnd();
  expect(Date.now()).toBeGreaterThanOrEqual(soon);
  expect([long.ended, plain.ended]).toEqual([false, false]);
  expect(harness.records).toMatchObject([{ rule: 'games', method: 'CONNECT', host: 'games.test' }]);
  expect(await get('ann', 'games.test')).toBe(403);
});

test('a tunnel that research opened closes with it', async () => {
  await harness.plane.share([research(bob.key, 600)]);
  const open = await tunnel('bob', 'blocked.test');
  expect(statuses(open.received)).toEqual([200]);
  await open.untilEnd();
  expect(harness.records.map(({ action, grants }) => [action, ...grants])).toEqual([
    ['allow', 'r-1'],
    ['block'],
  ]);
});

test('they outlive a publication', async () => {
  await harness.plane.share([override()]);
  await harness.publish(withFloor.replace('Test district', 'Another edition'));
  expect(await get('ann', 'games.test')).toBe(200);
});
