/** What is wrong with a question is said in words that mend it, and all of it at once. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRoutes } from '../../control/routes.ts';
import type { RoutesParts } from '../../control/routes.ts';

let server: Server;
const errors: unknown[] = [];
beforeAll(async () => {
  const parts = {
    ...{ recordAct: async () => undefined, image: () => ({ id: {} }), imagesAt: async () => () => null },
    onError: (error: unknown) => void errors.push(error),
  };
  server = createServer(createRoutes(parts as unknown as RoutesParts));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function ask(path: string, body?: string) {
  const { port } = server.address() as AddressInfo;
  const headers = { 'content-type': 'application/json' };
  const url = `http://127.0.0.1:${String(port)}${path}`;
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', headers, body });
  return { status: response.status, detail: ((await response.json()) as { detail: string }).detail };
}

test.each<[string, string | undefined, string]>([
  [
    '/emergency/close',
    '{"host":"","reason":"x"}',
    '`host` is too short: the least is 1 character; `reason` is too short: say in a few words why',
  ],
  ['/emergency/close', '{"host":"a.test"}', '`reason` is missing: add it as a text'],
  ['/emergency/floor-only', '{"minutes":null,"reason":"a test"}', '`minutes` is empty: write a number'],
  [
    '/trace?ip=somewhere&minutes=0.01',
    undefined,
    '`ip` has no known form: write an IPv4 address or an IPv6 address; `minutes` is too small: the least is 0.05',
  ],
  ['/trace?ip=10.0.0.1&minutes=soon', undefined, '`minutes` is no number: write a number'],
  ['/blocks?schol=north', undefined, 'unknown key `schol`: did you mean `school`?'],
  [
    '/blocks?since=yesterday&code=1',
    undefined,
    '`since` does not have the right form: write a time with its offset, such as `2026-09-01T10:30:00-06:00`; ' +
      '`code` needs mending: no short code: write it as in 9F3C-21AB',
  ],
  ['/check', '{"url":"ftp://a.test"}', '`url` needs mending: not an http or https URL'],
  ['/emergency/close', '{"host":', 'the body is no JSON: look for a missing quote, bracket or comma'],
])('%s %s', async (path, body, detail) => {
  expect(await ask(path, body)).toEqual({ status: 400, detail });
  expect(errors).toEqual([]);
});
