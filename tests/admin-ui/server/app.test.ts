/** What machines ask of the admin listener, and what every answer carries. */
import { afterEach, describe, expect, test } from 'vitest';
import { routes } from '../../../admin-ui/api/routes.ts';
import { freshFolder } from '../../store/folder.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';

const fresh = freshFolder();
const open: House[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((house) => house.close()));
});

async function start(failures: () => readonly string[], warnings: readonly string[] = []): Promise<House> {
  const health = { report: () => ({ failures: failures(), warnings }) };
  const house = await openHouse({ folder: fresh(), health });
  open.push(house);
  return house;
}

describe('the admin listener', () => {
  test('is alive whatever else is wrong', async () => {
    const house = await start(() => ['the journal cannot be written']);
    expect(await house.ask('/healthz')).toMatchObject({ status: 200, json: { status: 'ok' } });
  });

  test('is ready when nothing is amiss', async () => {
    const house = await start(() => []);
    expect(await house.ask('/readyz')).toMatchObject({ status: 200, json: { status: 'ready' } });
  });

  test('says why it is not ready, as problem details', async () => {
    const house = await start(() => ['no policy is in force', 'proxy-2 has not the newest edition']);
    const reply = await house.ask('/readyz');
    expect(reply.status).toBe(503);
    expect(reply.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(reply.json).toEqual({
      type: 'about:blank',
      status: 503,
      title: 'Not Ready',
      detail: 'no policy is in force; proxy-2 has not the newest edition',
      reasons: ['no policy is in force', 'proxy-2 has not the newest edition'],
    });
  });

  test('stays ready, and says what is to be mended, while it makes up for it', async () => {
    const house = await start(() => [], ['no directory server answers']);
    const reply = await house.ask('/readyz');
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({ status: 'degraded', reasons: ['no directory server answers'] });
  });

  test('asks for health anew each time', async () => {
    let reasons: string[] = ['starting'];
    const house = await start(() => reasons);
    expect((await house.ask('/readyz')).status).toBe(503);
    reasons = [];
    expect((await house.ask('/readyz')).status).toBe(200);
  });

  test.each(['/', '/blocks', '/healthz', '/readyz', '/nothing.txt', '/api/session', '/api/nothing'])(
    '%s carries the security headers',
    async (path) => {
      const { headers } = await (await start(() => [])).ask(path);
      const csp = String(headers['content-security-policy']);
      expect(csp).toContain("default-src 'none'");
      expect(csp).toContain("script-src 'self';");
      expect(csp).toContain("frame-ancestors 'none'");
      expect(csp).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['cross-origin-opener-policy']).toBe('same-origin');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['x-powered-by']).toBeUndefined();
    },
  );

  test('makes another nonce for the styles of each page', async () => {
    const house = await start(() => []);
    const nonces = await Promise.all(
      [1, 2].map(
        async () =>
          /'nonce-([^']+)'/.exec(String((await house.ask('/')).headers['content-security-policy']))?.[1],
      ),
    );
    expect(nonces[0]).toMatch(/^[\w+/]{22}==$/);
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  test.each([
    ['GET', '/nothing.txt'],
    ['GET', '/api/nothing'],
    ['GET', '/assets/nothing.js'],
    ['GET', '/assets/..%2f..%2fpackage.json'],
    ['POST', '/healthz'],
    ['GET', '/..%2f..%2fetc/passwd'],
    ['TRACE', '/api/session'],
    ['PUT', '/api/session'],
  ])('%s %s is a problem of status 404', async (method, path) => {
    const reply = await (await start(() => [])).ask(path, { method });
    expect(reply.status).toBe(404);
    expect(reply.json).toMatchObject({ status: 404, title: 'Not Found' });
  });

  test('keeps what failed inside for the log', async () => {
    const failure = new Error('secret of the inside');
    const house = await start(() => {
      throw failure;
    });
    const reply = await house.ask('/readyz');
    expect(reply.status).toBe(500);
    expect(reply.text).not.toContain('secret');
    expect(house.state.errors).toEqual([failure]);
  });

  test('describes its interface as OpenAPI 3.1, with every operation, for everybody', async () => {
    const { json } = await (await start(() => [])).ask('/api/openapi.json');
    expect(json['openapi']).toBe('3.1.0');
    const paths = json['paths'] as Record<string, Record<string, { operationId: string }>>;
    const named = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((each) => each.operationId),
    );
    expect(named.sort()).toEqual(Object.keys(routes).sort());
  });
});
