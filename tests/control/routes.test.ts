/** What the command line may name, and what is meant by it. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createRoutes } from '../../control/routes.ts';
import type { RoutesParts } from '../../control/routes.ts';

let server: Server | null = null;
afterEach(() => new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve))));

const open = [
  { id: 'e-floor', kind: 'floor-only', host: null },
  { id: 'e-first1', kind: 'closed', host: 'dup.example' },
  { id: 'e-second', kind: 'closed', host: 'dup.example' },
  { id: 'e-other1', kind: 'closed', host: 'other.example' },
];

test.for<[string, readonly string[]]>([
  ['floor-only', ['e-floor']],
  ['dup.example', ['e-first1', 'e-second']],
  ['second', ['e-second']],
  ['closed', []],
  ['nothing', []],
])('`emergency end %s` ends %j', async ([id, wanted]) => {
  const ended: string[] = [];
  const emergencies = {
    list: () => open,
    notYetIn: () => [],
    end: async (_by: unknown, each: string) => void ended.push(each),
  };
  server = createServer(createRoutes({ emergencies, onError: () => undefined } as unknown as RoutesParts));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { status } = await fetch(`http://127.0.0.1:${port}/emergency/end`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id }),
  });
  expect(ended).toEqual(wanted);
  expect(status).toBe(wanted.length > 0 ? 200 : 409);
});
