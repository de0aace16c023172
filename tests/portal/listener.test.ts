/** The portal at its own address. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { options } from '../../pages/options.ts';
import { listenPortal } from '../../portal/listener.ts';
import { Portal } from '../../portal/portal.ts';
import type { HttpListener } from '../../threads/http-listener.ts';
import { openImage } from '../../policy/compile/image.ts';
import { ann, basic, compile, policy } from '../proxy/harness.ts';
import { options as portalOptions } from '../../portal/options.ts';

let listener: HttpListener;
const errors: unknown[] = [];

beforeAll(async () => {
  const image = openImage(compile(policy));
  const portal = new Portal({
    pages: options.parse({}),
    portal: portalOptions.parse({ pac: { proxy: 'filter.test:3128', direct: ['Intranet.Test'] } }),
    ...{ retention: 86_400_000, formKey: Buffer.alloc(32), image: () => image },
    aup: {
      versions: async () => [{ id: image.id.aupVersion, since: 0, until: null }],
      version: async () => null,
    },
    records: {
      own: async () => ({ items: [], next: null }),
      one: async () => null,
      newestTunnel: async () => null,
    },
    earlierRule: async () => null,
    acts: { reviewsOf: async () => [], addReview: async () => 'added', addGrant: async () => 'added' },
    grant: async () => undefined,
    onError: (error) => errors.push(error),
  });
  const signIn = async (field: string | null) => {
    if (field === basic('ann')) return { kind: 'verified', person: ann } as const;
    if (field === basic('busy')) return { kind: 'busy', retryAfter: 7 } as const;
    if (field === basic('down')) return { kind: 'unavailable' } as const;
    return { kind: 'unknown', retryAfter: 0 } as const;
  };
  const onError = (error: unknown) => errors.push(error);
  listener = await listenPortal({ portal, realm: 'School', signIn, onError }, '127.0.0.1:0');
});
afterAll(() => listener.close());

const ask = (path: string, login: string | null, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${listener.port}${path}`, {
    ...init,
    headers: { ...init.headers, ...(login === null ? {} : { Authorization: basic(login) }) },
  });

test('asks who it is, and shows them theirs', async () => {
  const asked = await ask('/', null);
  expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([
    401,
    'Basic realm="School", charset="UTF-8"',
  ]);
  const answer = await ask('/', 'ann');
  expect(answer.status).toBe(200);
  const html = await answer.text();
  expect(html).toContain('Hello, Ann Example');
  expect(html).toContain('on this page, with your school account');
  expect(answer.headers.get('set-cookie')).toBeNull();
});

test('shows the policy to everybody, also to whom it cannot sign in', async () => {
  expect((await ask('/aup', null)).status).toBe(200);
  expect((await ask('/aup', 'nobody')).status).toBe(200);
});

test('tells devices where the proxy is, without a sign-in', async () => {
  const pac = await ask('/proxy.pac', null);
  expect([pac.status, pac.headers.get('content-type')]).toEqual([200, 'application/x-ns-proxy-autoconfig']);
  expect(await pac.text()).toBe(await (await ask('/wpad.dat', null)).text());
  expect((await ask('/proxy.pac', null, { method: 'POST' })).status).toBe(405);
});

test('says when to come back, and what is the matter', async () => {
  const busy = await ask('/', 'busy');
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '7']);
  const down = await ask('/', 'down');
  expect(await down.text()).toContain('Nobody is signed in here');
});

test('takes no form that is longer than any of its own', async () => {
  expect((await ask('/reviews', 'ann', { method: 'POST', body: 'a'.repeat(20_000) })).status).toBe(413);
});

test('answers HEAD without a body', async () => {
  const answer = await ask('/', 'ann', { method: 'HEAD' });
  expect([answer.status, await answer.text()]).toEqual([200, '']);
  expect(errors).toEqual([]);
});

/** Sends a head, and of its body nothing. */
const headAlone = (lines: readonly string[]) =>
  new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port: listener.port });
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.on('end', () => resolve(text)).on('error', reject);
    socket.write(['POST /reviews HTTP/1.1', 'Host: portal.test', ...lines, '', ''].join('\r\n'));
  });

test.each([
  ['who has not signed in', ['Content-Length: 100'], 401],
  ['a form that says to be too long', ['Content-Length: 20000', `Authorization: ${basic('ann')}`], 413],
  ['whom nobody can sign in now', ['Content-Length: 100', `Authorization: ${basic('down')}`], 403],
])(
  'answers %s without waiting for a body, and hangs up',
  async (_who, lines, status) => {
    const answer = await headAlone(lines);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    expect(answer).toMatch(/^connection: close\r$/im);
  },
  3_000,
);

test('waits for the body of a form no longer than is decent', async () => {
  const began = performance.now();
  const answer = await headAlone(['Content-Length: 100', `Authorization: ${basic('ann')}`]);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(performance.now() - began).toBeLessThan(18_000);
}, 25_000);
