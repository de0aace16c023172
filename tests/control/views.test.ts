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

const keys: Readonly<Record<string, string[]>> = { student1: ['key-1'], shared: ['key-1', 'key-2'] };

let server: Server | null = null;
afterEach(() => new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve))));

/** The routes over a journal of one block, and what happened in order. */
async function start(
  recordAct: (act: AuditEntry) => Promise<void>,
): Promise<{ get: (path: string, operator?: string) => Promise<Response>; shown: () => number }> {
  let shown = 0;
  async function* blocks(): AsyncGenerator<string> {
    shown += 1;
    yield '{"url":"http://games.test/","userId":"key-1"}\n{"userId":null}\n{"userId":"key-1"}\n';
    yield '{"url":"http://games.test/","userId":"key-2"}\n';
  }
  const remote = { keysNamed: async (user: string) => keys[user] ?? [] };
  const parts = { recordAct, query: { blocks, remote }, onError: () => undefined } as unknown as RoutesParts;
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
    if (acts.length === 0) expect(routes.shown()).toBe(0);
    acts.push(act);
  });
  const path = '/blocks?user=student1&school=north-high&since=2026-09-01T08:00:00Z&code=9F3C-21AB';
  expect((await routes.get(path, 'carol')).status).toBe(200);
  expect(acts.slice(0, 1)).toEqual([
    {
      at: expect.any(Number) as number,
      actor: null,
      login: 'carol (command line)',
      action: 'blocks.view',
      subject: 'key-1',
      detail: {
        ...{ since: '2026-09-01T08:00:00.000Z', school: 'north-high', user: 'student1', code: '9f3c21ab' },
        people: '',
      },
    },
  ]);
});

test.for(['/blocks', '/blocks?user=nobody'])(
  '%s: whom each page shows is written before it is sent',
  async (path) => {
    const people: unknown[] = [];
    let broken = false;
    const routes = await start(async ({ detail }) => {
      if (broken) throw new StoreError('audit-key', 'the key is gone');
      people.push(detail['people']);
      broken = people.length === 2;
    });
    // The second page cannot be written, and so is not sent.
    const got = routes.get(path).then((response) => response.text());
    await expect(got).rejects.toThrow();
    expect(people).toEqual(['', 'key-1']);
  },
);

test('a login that several have had stands for each of them', async () => {
  const acts: AuditEntry[] = [];
  const routes = await start(async (act) => void acts.push(act));
  await (await routes.get('/blocks?user=shared')).text();
  expect(acts.map(({ subject, detail }) => [subject, detail['people']])).toEqual([
    ['shared', 'key-1 key-2'],
    ['shared', 'key-1'],
    ['shared', 'key-2'],
  ]);
});

test.for([undefined, '', 'two words', 'x'.repeat(65)])(
  'an operator called %j stays unnamed',
  async (name) => {
    const logins: string[] = [];
    const routes = await start(async ({ login }) => void logins.push(login));
    await (await routes.get('/blocks', name)).text();
    expect(new Set(logins)).toEqual(new Set(['command line']));
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
