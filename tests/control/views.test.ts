/** Looking at records is on record before anything is shown. */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { createRoutes } from '../../control/routes.ts';
import type { RoutesParts } from '../../control/routes.ts';
import { operatorHeader } from '../../control/views.ts';
import type { AuditEntry } from '../../store/audit/chain.ts';
import { StoreError } from '../../store/errors.ts';

let server: Server | null = null;
afterEach(() => new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve))));

/** The routes over a journal of one block, and what happened in order. */
async function start(
  recordAct: (act: AuditEntry) => Promise<void>,
): Promise<{ get: (path: string, operator?: string) => Promise<Response>; shown: () => number }> {
  let shown = 0;
  async function* blocks(): AsyncGenerator<string> {
    shown += 1;
    yield '{"url":"http://games.test/"}';
  }
  const parts = { recordAct, query: { blocks }, onError: () => undefined } as unknown as RoutesParts;
  server = createServer(createRoutes(parts));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    get: (path, operator) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        headers: operator === undefined ? {} : { [operatorHeader]: operator },
      }),
    shown: () => shown,
  };
}

test('who looks, and at what, is written before the first record is read', async () => {
  const acts: AuditEntry[] = [];
  const routes = await start(async (act) => {
    expect(routes.shown()).toBe(0);
    acts.push(act);
  });
  const path = '/blocks?user=student1&school=north-high&since=2026-09-01T08:00:00Z&code=9F3C-21AB';
  expect((await routes.get(path, 'carol')).status).toBe(200);
  expect(acts).toEqual([
    {
      at: expect.any(Number) as number,
      actor: null,
      login: 'carol (command line)',
      action: 'blocks.view',
      subject: 'student1',
      detail: { since: '2026-09-01T08:00:00.000Z', school: 'north-high', user: 'student1', code: '9f3c21ab' },
    },
  ]);
});

test.for([undefined, '', 'two words', 'x'.repeat(65)])(
  'an operator called %j stays unnamed',
  async (name) => {
    const logins: string[] = [];
    const routes = await start(async ({ login }) => void logins.push(login));
    await routes.get('/blocks', name);
    expect(logins).toEqual(['command line']);
  },
);

test('when it cannot be written, nothing is shown and the reason is', async () => {
  const routes = await start(async () => {
    throw new StoreError('audit-key', 'the key of the audit trail is not there: put the file back');
  });
  const response = await routes.get('/blocks');
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    status: 503,
    detail: 'the key of the audit trail is not there: put the file back',
  });
  expect(routes.shown()).toBe(0);
});
