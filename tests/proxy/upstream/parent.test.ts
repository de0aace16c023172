/** The proxy of a regional network between Hallpass and the origins: a real Squid, and scripted ones. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { upstreamOptions } from '../../../proxy/upstream/options.ts';
import { parentOf } from '../../../proxy/upstream/parent-settings.ts';
import type { Harness, Overrides, RecordingOrigin } from '../harness.ts';
import { always, ok, RawClient, roundTrip, startHarness, startOrigin, statuses } from '../harness.ts';
import { squidMissing, startSquid } from '../squid.ts';
import type { Squid } from '../squid.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function behind(parent: object, overrides: Overrides = {}): Promise<Harness> {
  const harness = await startHarness({ upstream: { allow: ['127.10.0.0/16'], parent }, ...overrides });
  open.push(harness);
  return harness;
}
async function origin(reply: Parameters<typeof startOrigin>[0], host?: string): Promise<RecordingOrigin> {
  const started = await startOrigin(reply, host);
  open.push(started);
  return started;
}
const get = (host: string, path = '/', more = ''): string =>
  `GET http://${host}${path} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;

describe.skipIf(squidMissing !== null)('through a real Squid', () => {
  let squid: Squid;
  const account = 'district-1:s3cret';
  beforeAll(async () => {
    squid = await startSquid({
      hosts: { 'far.example': '127.10.0.9', 'denied.example': '127.10.0.9' },
      ...{ account, denied: 'denied.example' },
    });
  }, 30_000);
  afterAll(() => squid.stop());
  const parent = (more: object = {}) => ({
    ...{ address: `127.0.0.1:${squid.port}`, user: 'district-1', password: 's3cret' },
    ...more,
  });

  it('passes requests whose names only the parent knows, without the sign-in of the client', async () => {
    const far = await origin(always(ok('far away')), '127.10.0.9');
    const harness = await behind(parent());
    const answer = await roundTrip(
      harness.port,
      get(`far.example:${far.port}`, '/a?b=c', 'Proxy-Authorization: Basic eDp5\r\n'),
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 [^]*far away$/);
    expect(far.received[0]).toMatch(/^GET \/a\?b=c HTTP\/1.1\r\nHost: far.example:/);
    expect(far.received[0]).not.toMatch(/proxy-authorization/i);
    expect(await squid.log()).toContain(`GET http://far.example:${far.port}/a?b=c 200 district-1`);
  });

  it('keeps its connections to the parent, for whichever origin', async () => {
    const far = await origin(always(ok('x')), '127.10.0.9');
    const harness = await behind(parent());
    const client = new RawClient(harness.port);
    for (let i = 1; i <= 3; i++) {
      const host = i === 2 ? `127.10.0.9:${far.port}` : `far.example:${far.port}`;
      client.send(`GET http://${host}/${i} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await client.until((text) => statuses(text).length === i);
    }
    client.close();
    expect(statuses(client.received)).toEqual([200, 200, 200]);
  });

  it('opens a tunnel by CONNECT, with the first bytes of either side', async () => {
    const far = await origin((socket, all) => void socket.write(`echo ${all}`), '127.10.0.9');
    const harness = await behind(parent());
    const client = new RawClient(harness.port);
    const authority = `far.example:${far.port}`;
    client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    await client.until((text) => text.includes('\r\n\r\n'));
    client.send('hello');
    await client.until((text) => text.endsWith('echo hello'));
    client.close();
    expect(await squid.log()).toContainEqual(expect.stringContaining(`CONNECT ${authority} 200`));
  });

  it('says whose refusal it is: the parent asks for a sign-in, and nobody at school is asked for it', async () => {
    const harness = await behind(parent({ password: 'wrong' }));
    const answer = await roundTrip(harness.port, get('far.example:8080'));
    expect(answer).toMatch(/^HTTP\/1.1 502 /);
    expect(answer).toContain('The network beyond the school did not let this through');
    expect(answer).not.toMatch(/proxy-authenticate/i);
    const tunnel = await roundTrip(
      harness.port,
      'CONNECT far.example:8443 HTTP/1.1\r\nHost: far.example:8443\r\nConnection: close\r\n\r\n',
    );
    expect(tunnel).toMatch(/^HTTP\/1.1 502 /);
    expect(harness.log.join('')).toContain('parent-refused: the parent proxy answered 407');
  });

  it('passes the parent’s own page where it closes a page, and its refusal of a tunnel as one', async () => {
    const harness = await behind(parent());
    expect(await roundTrip(harness.port, get('denied.example'))).toMatch(/^HTTP\/1.1 403 /);
    const tunnel =
      'CONNECT denied.example:8443 HTTP/1.1\r\nHost: denied.example:8443\r\nConnection: close\r\n\r\n';
    expect(await roundTrip(harness.port, tunnel)).toMatch(/^HTTP\/1.1 502 /);
    expect(harness.log.join('')).toContain('the parent proxy answered 403');
  });

  it('blocks before anything is told to the parent', async () => {
    const harness = await behind(parent(), { dns: { hosts: {} } });
    expect(await roundTrip(harness.port, get('blocked.test'))).toMatch(/^HTTP\/1.1 403 /);
    expect((await squid.log()).join('\n')).not.toContain('blocked.test');
  });
});

describe('what the parent is not told', () => {
  const near = '127.10.0.1';
  const heard = async (host: string, more: object = {}): Promise<string> => {
    const proxy = await origin(always(ok('parent')), '127.0.0.1');
    const local = await origin(always(ok('direct')), near);
    const harness = await behind(
      { address: `127.0.0.1:${proxy.port}`, ...more },
      { dns: { hosts: { 'fixed.example': near, 'sub.district.example': near, library: near } } },
    );
    const authority = host.startsWith('127.') || !host.includes(':') ? `${host}:${local.port}` : host;
    const answer = await roundTrip(harness.port, get(authority));
    return answer.slice(answer.indexOf('\r\n\r\n') + 4).split('\n', 1)[0] ?? '';
  };

  it('names without a dot, names with a fixed address, addresses of the district', async () => {
    expect(await heard('library')).toBe('direct');
    expect(await heard('fixed.example')).toBe('direct');
    expect(await heard('127.10.0.1')).toBe('direct');
  });

  it('everything else', async () => {
    expect(await heard('far.example')).toBe('parent');
    expect(await heard('192.0.2.1.example')).toBe('parent');
    expect(await heard('8.8.8.8')).toBe('parent');
  });

  it('`except`: hosts with their sub-domains, and ranges', async () => {
    const except = ['district.example', '8.8.0.0/16'];
    const direct = await behind({ address: '127.0.0.1:9', except }, { dns: { servers: ['127.10.0.53:9'] } });
    for (const host of ['district.example', 'a.b.district.example']) {
      expect(await roundTrip(direct.port, get(host))).toContain('No site has this name');
    }
    expect(await heard('notdistrict.example', { except })).toBe('parent');
  });

  it('what the address rules refuse: it may not be asked instead', async () => {
    for (const host of ['10.0.0.1', '169.254.169.254', '127.0.0.1', 'localhost', 'a.localhost'])
      expect(await heard(host)).toMatch(/^This address is not open through the /);
  });

  it('itself: nobody reaches the parent as a site', async () => {
    const harness = await behind({ address: 'proxy.region.example:3128' }, { dns: { hosts: {} } });
    const answer = await roundTrip(harness.port, get('proxy.region.example:3128'));
    expect(answer).toContain('No site has this name');
  });
});

describe('a parent that fails', () => {
  it('is not there: the site is not to blame', async () => {
    const harness = await behind({ address: '127.0.0.1:9' });
    const answer = await roundTrip(harness.port, get('far.example'));
    expect(answer).toMatch(/^HTTP\/1.1 502 /);
    expect(answer).toContain('The way to the internet is interrupted');
    expect(harness.log.join('')).toContain('parent-unreachable: connect-refused: 127.0.0.1');
  });

  it.each([
    ['hangs up', '', /closed-early/],
    ['speaks something else', 'SSH-2.0-x\r\n\r\n', /bad-status-line|parent-unreachable/],
    ['sends a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`, /head-too-large/],
    ['waits', null, /response-timeout/],
  ])('%s where a tunnel was asked for', async (_name, reply, cause) => {
    const proxy = await origin((socket) => {
      if (reply === '') socket.destroy();
      else if (reply !== null) socket.write(reply);
    }, '127.0.0.1');
    const harness = await startHarness({
      upstream: { parent: { address: `127.0.0.1:${proxy.port}` }, responseTimeout: '1s' },
    });
    open.push(harness);
    const answer = await roundTrip(
      harness.port,
      'CONNECT far.example:8443 HTTP/1.1\r\nHost: far.example:8443\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 502 /);
    expect(harness.log.join('')).toMatch(cause);
  });

  it('says 100 and then 200 with the first bytes of the tunnel: they are the tunnel’s', async () => {
    const proxy = await origin((socket, all) => {
      if (all.endsWith('\r\n\r\n'))
        socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly');
    }, '127.0.0.1');
    const harness = await behind({ address: `127.0.0.1:${proxy.port}` });
    const client = new RawClient(harness.port);
    client.send('CONNECT far.example:8443 HTTP/1.1\r\nHost: far.example:8443\r\n\r\n');
    await client.until((text) => text.endsWith('\r\n\r\nearly'));
    client.close();
    expect(proxy.received[0]).toBe('CONNECT far.example:8443 HTTP/1.1\r\nHost: far.example:8443\r\n\r\n');
  });

  it('is given up with the client', async () => {
    const proxy = await origin(() => undefined, '127.0.0.1');
    const harness = await behind({ address: `127.0.0.1:${proxy.port}` });
    const client = new RawClient(harness.port);
    client.send('CONNECT far.example:8443 HTTP/1.1\r\nHost: far.example:8443\r\n\r\n');
    await expect.poll(() => proxy.received[0]).toContain('CONNECT');
    client.socket.resetAndDestroy();
    await expect
      .poll(() => proxy.sockets[0]?.readableEnded === true || proxy.sockets[0]?.destroyed)
      .toBe(true);
  });
});

describe('options', () => {
  const parentIn = (parent: object) => parentOf(upstreamOptions.parse({ parent }).parent);
  it('name the parent, and how Hallpass signs in there', () => {
    expect(parentIn({})).toBeNull();
    expect(parentIn({ address: '[fd00::1]:8080' })).toMatchObject({ host: 'fd00::1', port: 8080 });
    const signedIn = parentIn({ address: 'Proxy.Example:8080', user: 'Zoë', password: 'p:w' });
    expect(signedIn?.host).toBe('proxy.example');
    expect(Buffer.from(signedIn?.authorization?.slice(6) ?? '', 'base64').toString()).toBe('Zoë:p:w');
  });

  it.each([
    [{ user: 'x', password: 'y' }, /has no `address`/],
    [{ address: 'a.example:1', user: 'x' }, /has no password/],
    [{ address: 'a.example:1', password: 'x' }, /no `user`/],
    [{ address: 'a.example:1', user: 'x', passwordFile: '/nonexistent' }, /cannot be read/],
    [{ address: 'a.example' }, /a host and its port/],
    [{ address: 'a.example:0' }, /a host and its port/],
    [{ address: 'http://a.example:1' }, /a host and its port/],
    [{ address: 'a.example:1', except: ['10.0.0.1/8'] }, /10\.0\.0\.0\/8|bits/],
    [{ address: 'a.example:1', except: ['https://x'] }, /a host such as/],
  ])('%j is refused', (parent, message) => {
    expect(() => parentIn(parent)).toThrow(message);
  });
});
