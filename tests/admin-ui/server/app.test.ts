import { afterEach, describe, expect, test } from 'vitest';
import { createAdminApp } from '../../../admin-ui/server/app.ts';
import { listen } from '../../../admin-ui/server/listen.ts';
import type { HttpListener } from '../../../threads/http-listener.ts';

const open: HttpListener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function start(
  failures: () => readonly string[],
  errors: unknown[] = [],
  warnings: readonly string[] = [],
): Promise<string> {
  const app = createAdminApp({
    health: { report: () => ({ failures: failures(), warnings }) },
    metrics: { clients: ['127.0.0.1'], measure: () => Promise.reject(new Error('not asked for here')) },
    version: '9.9.9',
    onError: (error) => errors.push(error),
  });
  const listener = await listen(app, '127.0.0.1:0');
  open.push(listener);
  return `http://127.0.0.1:${listener.port}`;
}

describe('the admin listener', () => {
  test('is alive whatever else is wrong', async () => {
    const base = await start(() => ['the journal cannot be written']);
    const response = await fetch(`${base}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  test('is ready when nothing is amiss', async () => {
    const base = await start(() => []);
    const response = await fetch(`${base}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ready' });
  });

  test('says why it is not ready, as problem details', async () => {
    const base = await start(() => ['no policy is in force', 'proxy-2 has not the newest edition']);
    const response = await fetch(`${base}/readyz`);
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await response.json()).toEqual({
      type: 'about:blank',
      status: 503,
      title: 'Not Ready',
      detail: 'no policy is in force; proxy-2 has not the newest edition',
      reasons: ['no policy is in force', 'proxy-2 has not the newest edition'],
    });
  });

  test('stays ready, and says what is to be mended, while it makes up for it', async () => {
    const base = await start(() => [], [], ['no directory server answers']);
    const response = await fetch(`${base}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'degraded', reasons: ['no directory server answers'] });
    expect(await (await fetch(`${base}/`)).text()).toContain('no directory server answers');
  });

  test('asks for health anew each time', async () => {
    let reasons: string[] = ['starting'];
    const base = await start(() => reasons);
    expect((await fetch(`${base}/readyz`)).status).toBe(503);
    reasons = [];
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
  });

  test('shows a page that says what runs and what is yet to come', async () => {
    const base = await start(() => []);
    const response = await fetch(`${base}/`);
    const html = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(html).toContain('Hallpass 9.9.9 is running');
    expect(html).toContain('come with a coming release');
    expect((await fetch(`${base}/home.css`)).headers.get('content-type')).toContain('text/css');
  });

  test('shows what is wrong as text, not as markup', async () => {
    const base = await start(() => ['cannot read `<b>x</b>`']);
    const html = await (await fetch(`${base}/`)).text();
    expect(html).toContain('&lt;b&gt;x&lt;/b&gt;');
    expect(html).not.toContain('<b>x</b>');
  });

  test.each(['/', '/healthz', '/readyz', '/nothing'])('%s carries the security headers', async (path) => {
    const base = await start(() => []);
    const { headers } = await fetch(`${base}${path}`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test.each([
    ['GET', '/nothing'],
    ['POST', '/healthz'],
    ['GET', '/..%2f..%2fetc/passwd'],
  ])('%s %s is a problem of status 404', async (method, path) => {
    const base = await start(() => []);
    const response = await fetch(`${base}${path}`, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ status: 404, title: 'Not Found' });
  });

  test('keeps what failed inside for the log', async () => {
    const errors: unknown[] = [];
    const failure = new Error('secret of the inside');
    const base = await start(() => {
      throw failure;
    }, errors);
    const response = await fetch(`${base}/readyz`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(errors).toEqual([failure]);
  });
});
