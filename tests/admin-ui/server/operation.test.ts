/** What is wrong with a request is said in words that mend it, and all of it at once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse } from './house.ts';
import type { Client, House } from './house.ts';

const folder = mkdtempSync(join(tmpdir(), 'hallpass-admin-'));
let house: House;
let cto: Client;
beforeAll(async () => {
  house = await openHouse({ folder });
  cto = await house.signIn('cto');
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});

test('each fault of a body is told', async () => {
  const body = { minutes: 500, reason: 'x' };
  const { status, json } = await cto.ask('/api/emergency/floor-only', { method: 'POST', body });
  const reasons = [
    '`minutes` is too large: the most is 120',
    '`reason` is too short: say in a few words why',
  ];
  expect([status, json]).toEqual([
    400,
    expect.objectContaining({ code: 'bad-input', detail: `body: ${reasons.join('; ')}`, reasons }),
  ]);
});

test('a key of the query that is not known is named, with the one that was meant', async () => {
  const { status, json } = await cto.ask('/api/blocks?limit=10&scool=north-high');
  expect([status, json['detail']]).toEqual([400, 'query: unknown key `scool`: did you mean `school`?']);
});
