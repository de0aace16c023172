/** What is decided and what is enforced: policies that observe, notices at tunnels, and going on past them. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { ContinueGrant } from '../../policy/decision.ts';
import type { Harness, RecordingOrigin } from './harness.ts';
import { always, ann, basic, ok, policy, RawClient, startHarness, startOrigin, statuses } from './harness.ts';

let harness: Harness;
let origin: RecordingOrigin;
const clients: RawClient[] = [];

beforeAll(async () => {
  harness = await startHarness();
  origin = await startOrigin(always(ok('through')));
});
afterAll(async () => {
  harness.plane.close();
  await origin.close();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await harness.publish(policy);
  harness.records.length = 0;
});

function client(): RawClient {
  const opened = new RawClient(harness.port);
  clients.push(opened);
  return opened;
}
const signedIn = `Proxy-Authorization: ${basic('ann')}\r\n`;

async function get(host: string): Promise<number | undefined> {
  const c = client().send(
    `GET http://${host}:${origin.port}/ HTTP/1.1\r\nHost: ${host}:${origin.port}\r\nAccept: text/plain\r\n${signedIn}\r\n`,
  );
  return statuses(await c.until((all) => all.includes('\r\n\r\n')))[0];
}
async function tunnel(host: string): Promise<RawClient> {
  const at = `${host}:${origin.port}`;
  const c = client().send(`CONNECT ${at} HTTP/1.1\r\nHost: ${at}\r\n${signedIn}\r\n`);
  await c.until((all) => all.includes('\r\n\r\n'));
  return c;
}
const manner = (line: string): string => policy.replace('timeZone:', `${line}\ntimeZone:`);
const goingOn = (lasts: number): ContinueGrant => ({
  ...{ id: 'g-1', kind: 'continue', subject: ann.key, rule: 'warned', host: 'slow.test' },
  expires: Date.now() + lasts,
});

test('a policy that observes records what would be, and lets it go on', async () => {
  await harness.publish(manner('mode: observe'));
  expect([await get('blocked.test'), await get('games.test'), await get('slow.test')]).toEqual([
    200, 200, 200,
  ]);
  expect(harness.records).toMatchObject([
    { action: 'block', rule: 'closed', enforced: false },
    { action: 'block', rule: 'games', enforced: false, about: 'student', person: { login: 'ann' } },
    { action: 'warn', rule: 'warned', enforced: false },
  ]);
  expect(await harness.plane.status()).toMatchObject({ blocks: 0 });
});

test('tunnels that were opened under such a policy close when it begins to enforce', async () => {
  await harness.publish(manner('mode: observe'));
  const c = await tunnel('blocked.test');
  expect(statuses(c.received)).toEqual([200]);
  await harness.publish(policy);
  await c.untilEnd();
  expect(harness.records.map(({ action }) => action)).toEqual(['block', 'block']);
});

test('a warn refuses a tunnel and is recorded as a warn', async () => {
  expect(statuses((await tunnel('slow.test')).received)).toEqual([403]);
  expect(harness.records).toMatchObject([{ action: 'warn', rule: 'warned', method: 'CONNECT' }]);
});

test('with `tunnelWarn: allow` it is recorded, and the tunnel opens', async () => {
  await harness.publish(manner('tunnelWarn: allow'));
  expect(statuses((await tunnel('slow.test')).received)).toEqual([200]);
  expect(harness.records).toMatchObject([{ action: 'warn', rule: 'warned', method: 'CONNECT' }]);
  expect(await get('slow.test')).toBe(403);
});

test.each([
  ['over plain http, from nowhere known', '', true],
  ['over plain http, from the same site', 'Referer: http://slow.test:PORT/\r\n', true],
  ['over plain http, from another site', 'Referer: http://evil.test/\r\n', false],
  ['as a document', 'Sec-Fetch-Dest: document\r\nReferer: http://evil.test/\r\n', true],
  ['as a frame', 'Sec-Fetch-Dest: iframe\r\n', false],
])('a notice that is asked for %s has forms and no frame, or neither', async (_how, fields, hasForms) => {
  const at = `slow.test:${origin.port}`;
  const sent = fields.replace('PORT', String(origin.port));
  const c = client().send(
    `GET http://${at}/ HTTP/1.1\r\nHost: ${at}\r\nAccept: text/html\r\n${sent}${signedIn}\r\n`,
  );
  const answer = await c.until((all) => all.includes('</html>'));
  expect(answer.includes('<form method="post"')).toBe(hasForms);
  expect(answer.includes("frame-ancestors 'none'")).toBe(hasForms);
  expect(answer.includes('target="_top"')).toBe(!hasForms);
});

test('who was granted to go on goes on, until it ends: then their tunnel closes, and another stays', async () => {
  await harness.plane.grant([goingOn(60_000)]);
  const [c, other] = [await tunnel('slow.test'), await tunnel('ok.test')];
  expect([await get('slow.test'), ...statuses(c.received)]).toEqual([200, 200]);
  expect(harness.records).toEqual([]);
  await harness.plane.grant([goingOn(1)]);
  await c.untilEnd();
  expect(harness.records).toMatchObject([{ action: 'warn', rule: 'warned', method: 'CONNECT' }]);
  expect(other.ended).toBe(false);
  expect(await get('slow.test')).toBe(403);
});

test('a grant does not outlive the account', async () => {
  await harness.plane.grant([goingOn(60_000)]);
  expect(await get('slow.test')).toBe(200);
  await harness.plane.accountsGone([ann.key]);
  expect(await get('slow.test')).toBe(403);
});

test('with floor-only the ordered rules are set aside until its end, and open tunnels follow', async () => {
  const closed = { id: 'c', host: 'slow.test', until: null };
  const open = await tunnel('ok.test');
  const floorOnly = { id: 'f', began: Date.now(), until: Date.now() + 400 };
  await harness.plane.emergency({ floorOnly, closed: [closed] });
  expect(await get('games.test')).toBe(200);
  expect(await get('slow.test')).toBe(403);
  expect(harness.records.at(-1)).toMatchObject({ rule: 'closed-now', action: 'block', enforced: true });
  await expect.poll(() => get('games.test')).toBe(403);
  await harness.plane.emergency({ floorOnly: null, closed: [{ ...closed, host: 'ok.test' }] });
  await open.untilEnd();
  expect(await get('slow.test')).not.toBe(200);
  await harness.plane.emergency({ floorOnly: null, closed: [] });
});

test('floor-only ends with a clock that is set back, and open tunnels follow', async () => {
  const now = Date.now();
  const floorOnly = { id: 'f', began: now, until: now + 60_000 };
  await harness.plane.emergency({ floorOnly, closed: [] });
  expect(await get('games.test')).toBe(200);
  const clock = vi.spyOn(Date, 'now').mockReturnValue(now - 86_400_000);
  try {
    await expect.poll(() => get('games.test')).toBe(403);
  } finally {
    clock.mockRestore();
    await harness.plane.emergency({ floorOnly: null, closed: [] });
  }
});

test('an emergency outlives a publication', async () => {
  await harness.plane.emergency({
    floorOnly: null,
    closed: [{ id: 'c', host: 'ok.test', until: null }],
  });
  await harness.publish(manner('mode: observe'));
  expect(await get('ok.test')).toBe(403);
  await harness.plane.emergency({ floorOnly: null, closed: [] });
  expect(await get('ok.test')).toBe(200);
});

test('a watched person is told of with each decision, whoever else is there, and never with help in a crisis', async () => {
  const watch = { id: 'w', person: ann.key, ip: null, until: Date.now() + 2_000 };
  await harness.plane.watch(watch);
  await get('ok.test');
  await get('games.test');
  await get('hotline.test');
  const c = client().send('GET http://games.test/?secret=1 HTTP/1.1\r\nHost: games.test\r\n\r\n');
  await c.until((all) => all.includes('\r\n\r\n'));
  await expect.poll(() => harness.watched.length).toBeGreaterThan(1);
  expect(harness.watched).toMatchObject([
    { id: 'w', login: 'ann', address: `http://ok.test:${origin.port}/`, action: 'allow' },
    { id: 'w', login: 'ann', action: 'block', rule: 'games', method: 'GET' },
  ]);
  await harness.plane.unwatch('w');
  await get('games.test');
  expect(harness.watched).toHaveLength(2);
});

test('a watched device is told of with the questions that it is asked, until the time is over', async () => {
  const seen = harness.watched.length;
  await harness.plane.watch({ id: 'd', person: null, ip: '127.0.0.1', until: Date.now() + 600 });
  const c = client().send('GET http://games.test/?secret=1 HTTP/1.1\r\nHost: games.test\r\n\r\n');
  await c.until((all) => all.includes('\r\n\r\n'));
  await expect
    .poll(() => harness.watched.slice(seen))
    .toMatchObject([{ id: 'd', login: null, action: 'sign-in', rule: null, address: 'http://games.test/' }]);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await get('games.test');
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(harness.watched).toHaveLength(seen + 1);
});

test('requests are counted by the school of their network', async () => {
  await harness.publish(
    policy.replace(
      /\nrules:/,
      '\nnetworks: { lab: { title: Lab, cidrs: [127.0.0.0/8], schools: [north] } }\nrules:',
    ),
  );
  await get('ok.test');
  await get('games.test');
  expect((await harness.plane.status()).schools['north']).toBe(2);
});
