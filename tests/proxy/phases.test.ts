/** What is known only later, what a request is given on its way, and what a block shows. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Harness, RecordingOrigin } from './harness.ts';
import { basic, ok, policy, RawClient, startHarness, startOrigin, statuses } from './harness.ts';
import { DnsStub } from './upstream/dns-stub.ts';

let dns: DnsStub;
let harness: Harness;
/** What the origin says to `/typed`. */
let answer = '';
let origin: RecordingOrigin;
const clients: RawClient[] = [];
const types: Readonly<Record<string, string>> = { mp4: 'video/mp4', html: 'text/html; charset=utf-8' };

beforeAll(async () => {
  dns = await DnsStub.start(({ type }) => (type === 'A' ? { answers: ['127.10.0.1'], ttl: 60 } : {}));
  dns.setAliases({ 'shop.alias.test': 'blocked.test', 'lessons.alias.test': 'cdn.test' });
  harness = await startHarness({ dns: { servers: [dns.server] } });
  origin = await startOrigin((socket, all) => {
    if (!all.endsWith('\r\n\r\n')) return;
    if (/\/typed HTTP(?!.* HTTP)/s.test(all)) return void socket.write(answer, 'latin1');
    const [, ending = ''] = /\.(\w+)(?:\?\S*)? HTTP\/1\.1\r\n(?!.*\.\w+ HTTP)/s.exec(all) ?? [];
    socket.write(ok('body', ending in types ? `Content-Type: ${types[ending] ?? ''}\r\n` : ''), 'latin1');
  });
});
afterAll(async () => {
  harness.plane.close();
  await origin.close();
  await dns.stop();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  harness.records.length = 0;
  forget();
});

const withRule = (rule: string, more = ''): string =>
  policy.replace('rules:', `${more}rules:\n  - { title: T, publicTitle: Closed, clause: games, ${rule} }`);

interface Asked {
  readonly method?: string;
  readonly as?: string | null;
  readonly fields?: string;
}

async function get(host: string, path = '/', { method = 'GET', as = 'ann', fields = '' }: Asked = {}) {
  const client = new RawClient(harness.port);
  clients.push(client);
  const at = `${host}:${String(origin.port)}`;
  const who = as === null ? '' : `Proxy-Authorization: ${basic(as)}\r\n`;
  client.send(
    `${method} http://${at}${path} HTTP/1.1\r\nHost: ${at}\r\nAccept: text/plain\r\n${who}${fields}\r\n`,
  );
  const head = await client.until((all) => all.includes('\r\n\r\n'));
  return { status: statuses(head)[0], head };
}
/** What the origin got since {@link forget}, or since the test began. */
const seen: number[] = [];
const atOrigin = (): string => origin.received.map((bytes, i) => bytes.slice(seen[i] ?? 0)).join('');
function forget(): void {
  for (const [i, bytes] of origin.received.entries()) seen[i] = bytes.length;
}

describe('a rule about answers', () => {
  const videos = withRule("id: videos, for: [students], match: { mediaTypes: ['video/*'] }, action: block");

  test('closes the answer that it is about, records it, and lets others pass', async () => {
    await harness.publish(videos);
    expect((await get('ok.test', '/a.html')).status).toBe(200);
    const { status, head } = await get('ok.test', '/a.mp4');
    expect(status).toBe(403);
    expect(head).not.toContain('body');
    expect(harness.records).toMatchObject([
      { rule: 'videos', action: 'block', person: { login: 'ann' }, method: 'GET' },
    ]);
  });

  test('asks who it is only where the answer makes it matter', async () => {
    await harness.publish(videos);
    expect((await get('ok.test', '/a.html', { as: null })).status).toBe(200);
    expect((await get('ok.test', '/a.mp4', { as: null })).status).toBe(407);
    expect((await get('ok.test', '/a.mp4', { as: 'bob' })).status).toBe(200);
  });

  test('sends nothing ahead that does more than ask', async () => {
    await harness.publish(
      withRule("id: only-pages, match: { mediaTypes: ['text/html'] }, action: allow").replace(
        'default: { action: allow',
        'default: { action: block',
      ),
    );
    expect((await get('ok.test', '/a.html')).status).toBe(200);
    expect((await get('ok.test', '/a.mp4')).status).toBe(403);
    forget();
    expect(
      (await get('ok.test', '/a.html', { method: 'POST', fields: 'Content-Length: 0\r\n' })).status,
    ).toBe(403);
    expect(atOrigin()).toBe('');
  });

  test.each([
    ['parameters in quotes', 'video/mp4; codecs="avc1.4D401F, mp4a.40.2"', 403],
    ['a second value that is no type', 'video/mp4, x', 403],
    ['a second value that is any type', 'video/mp4, */*', 403],
    ['the last of two types', 'video/mp4, text/html', 200],
    ['upper case', 'Video/MP4', 403],
  ])('reads a media type with %s', async (_, type, status) => {
    await harness.publish(videos);
    answer = ok('body', `Content-Type: ${type}\r\n`);
    expect((await get('ok.test', '/typed')).status).toBe(status);
  });

  test('is not escaped by an offer of another protocol that is not passed on', async () => {
    await harness.publish(videos);
    expect((await get('ok.test', '/a.mp4', { fields: 'Connection: Upgrade\r\nUpgrade: x\r\n' })).status).toBe(
      403,
    );
    expect(atOrigin().match(/^GET /gm)).toHaveLength(1);
  });

  test('closes the answer to what was sent for more than to look, and sends it once', async () => {
    await harness.publish(withRule("id: videos, match: { mediaTypes: ['video/*'] }, action: block"));
    const sent = { method: 'POST', fields: 'Content-Length: 0\r\n' };
    expect((await get('ok.test', '/a.mp4', sent)).status).toBe(403);
    expect((await get('ok.test', '/a.html', sent)).status).toBe(200);
    expect(atOrigin().match(/^POST \/a\.mp4/gm)).toHaveLength(1);
  });

  test('sends a GET with a body once', async () => {
    await harness.publish(videos);
    const client = new RawClient(harness.port);
    clients.push(client);
    const at = `ok.test:${String(origin.port)}`;
    client.send(
      `GET http://${at}/a.mp4 HTTP/1.1\r\nHost: ${at}\r\nProxy-Authorization: ${basic('ann')}\r\nContent-Length: 4\r\n\r\n\r\n\r\n`,
    );
    expect(statuses(await client.until((all) => all.includes('\r\n\r\n')))[0]).toBe(403);
    expect(atOrigin().match(/^GET \/a\.mp4/gm)).toHaveLength(1);
  });

  test('ends for an address inside another, too', async () => {
    await harness.publish(withRule("id: images, match: { mediaTypes: ['image/*'] }, action: allow"));
    expect((await get('ok.test', '/translate.html?u=http://blocked.test/')).status).toBe(200);
    expect((await get('ok.test', '/translate?u=http://blocked.test/')).status).toBe(403);
    expect(atOrigin().match(/^GET \/translate\?/gm)).toHaveLength(1);
  });

  test('leaves a search safe that is sent ahead', async () => {
    const obliging = withRule("id: pages, match: { mediaTypes: ['text/html'] }, action: allow")
      .replace(
        'students: { title: Students,',
        'students: { title: Students, obligations: { safeSearch: true },',
      )
      .replace('default: { action: allow', 'default: { action: block');
    await harness.publish(obliging);
    expect((await get('ok.test', '/search.html?q=a&safe=off')).status).toBe(200);
    expect(atOrigin()).toMatch(/^GET \/search\.html\?q=a&safe=active /);
  });

  test('judges every answer on a connection by itself', async () => {
    await harness.publish(videos);
    const statusesOf = [];
    for (const path of ['/a.html', '/a.mp4', '/b.html']) statusesOf.push((await get('ok.test', path)).status);
    expect(statusesOf).toEqual([200, 403, 200]);
  });
});

describe('other names in DNS', () => {
  test('close a host where a rule closes them, before anything is sent', async () => {
    await harness.publish(policy);
    expect((await get('lessons.alias.test')).status).toBe(200);
    forget();
    expect((await get('shop.alias.test')).status).toBe(403);
    expect(atOrigin()).toBe('');
    expect(harness.records).toMatchObject([{ rule: 'closed', host: 'shop.alias.test' }]);
    expect(harness.records[0]?.kept).toContain('"aliases":["blocked.test"]');
  });

  test('count on a connection that somebody else opened', async () => {
    await harness.publish(
      withRule('id: staff-shop, for: [staff], match: { hosts: [shop.alias.test] }, action: allow'),
    );
    expect((await get('shop.alias.test', '/', { as: 'bob' })).status).toBe(200);
    expect((await get('shop.alias.test', '/', { as: 'ann' })).status).toBe(403);
  });

  test('refuse a tunnel', async () => {
    await harness.publish(policy);
    const client = new RawClient(harness.port);
    clients.push(client);
    const at = `shop.alias.test:${String(origin.port)}`;
    client.send(`CONNECT ${at} HTTP/1.1\r\nHost: ${at}\r\n\r\n`);
    expect(statuses(await client.until((all) => all.includes('\r\n\r\n')))).toEqual([403]);
  });
});

test('a quiet block shows no page and is recorded all the same', async () => {
  await harness.publish(withRule('id: ads, match: { hosts: [ok.test] }, action: block, quiet: true'));
  const { status, head } = await get('ok.test');
  expect(status).toBe(403);
  expect(head).toContain('Content-Length: 0\r\n');
  expect(harness.records).toMatchObject([{ rule: 'ads' }]);
});

describe('obligations', () => {
  const obliged = policy.replace(
    'students: { title: Students,',
    'students: { title: Students, obligations: { safeSearch: true, youtube: strict, tenants: { google: [a.example, b.example] } },',
  );
  test('make a search safe, whatever the client says, and change nothing else of it', async () => {
    await harness.publish(obliged);
    await get('ok.test', '/search?q=a%20b&Safe=off&x=%zz&safe=0', {
      fields: 'Cookie: a=1; safe=off; b=2\r\n',
    });
    expect(atOrigin()).toMatch(/^GET \/search\?q=a%20b&x=%zz&safe=active HTTP\/1\.1\r\n/);
    expect(atOrigin()).toContain('Cookie: a=1; b=2\r\n');
  });

  test('are not asked for who is not in the audience', async () => {
    await harness.publish(obliged);
    await get('ok.test', '/search?q=a&safe=off', { as: 'bob', fields: 'YouTube-Restrict: None\r\n' });
    expect(atOrigin()).toMatch(/^GET \/search\?q=a&safe=off /);
    expect(atOrigin()).toContain('YouTube-Restrict: None\r\n');
  });

  test('replace the fields that a client brings', async () => {
    await harness.publish(obliged);
    await get('hotline.test', '/', { fields: 'YouTube-Restrict: None\r\n' });
    expect(atOrigin()).toContain('YouTube-Restrict: None\r\n');
    forget();
    await get('xn--bcher-kva.test', '/', {
      fields: 'YouTube-Restrict: None\r\nX-GoogApps-Allowed-Domains: c.example\r\n',
    });
    expect(atOrigin().match(/YouTube-Restrict: .*/g)).toEqual(['YouTube-Restrict: Strict']);
    expect(atOrigin().match(/X-GoogApps-Allowed-Domains: .*/g)).toEqual([
      'X-GoogApps-Allowed-Domains: a.example,b.example',
    ]);
  });

  test('are a reason to ask who it is', async () => {
    await harness.publish(obliged);
    expect((await get('ok.test', '/search?q=a', { as: null })).status).toBe(407);
    expect((await get('slow.test', '/', { as: null })).status).toBe(403);
  });
});

describe('an address inside another', () => {
  test('is decided too', async () => {
    await harness.publish(policy);
    expect((await get('ok.test', '/translate?u=http://blocked.test/')).status).toBe(403);
    expect((await get('ok.test', '/translate?u=http://games.test/', { as: 'bob' })).status).toBe(200);
    expect(harness.records).toMatchObject([{ rule: 'closed', host: 'ok.test' }]);
  });
});
