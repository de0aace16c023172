import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditEntry } from '../../../store/audit/chain.ts';
import { migrate } from '../../../store/migrate.ts';
import type { EmergencyRow } from '../../../store/repository/emergencies.ts';
import { Repository } from '../../../store/repository/repository.ts';
import { repositorySteps } from '../../../store/repository/schema.ts';
import { openWriter } from '../../../store/sqlite.ts';
import { freshFolder } from '../folder.ts';

const fresh = freshFolder();
let path = '';
let repository: Repository;
beforeEach(() => {
  path = join(fresh(), 'hallpass.db');
  repository = Repository.open(path);
});
afterEach(() => repository.close());

const closed = (id: string, host: string | null = 'bad.test'): EmergencyRow => ({
  ...{ id, kind: host === null ? 'floor-only' : 'closed', host, at: 1_000, until: 5_000 },
  ...{ actor: null, login: 'root', reason: 'a test', approvedAt: null, approver: null },
});
const act = (action: string): AuditEntry => ({
  ...{ at: 1, actor: null, login: 'root', action, subject: null, detail: {} },
});
const add = ({ approvedAt: _at, approver: _who, ...row }: EmergencyRow) =>
  repository.emergencies.add(row, act('add'));
const acts = async (): Promise<string[]> => {
  const all: string[] = [];
  for await (const { action } of repository.audit.entries()) all.unshift(action);
  return all;
};

it('only one of each is open', async () => {
  const { emergencies } = repository;
  await add(closed('a'));
  await add(closed('b', 'other.test'));
  await add(closed('f', null));
  await expect(add(closed('c'))).rejects.toThrow();
  await expect(add(closed('g', null))).rejects.toThrow();
  await emergencies.end('a', 2_000, act('end'));
  await add(closed('c'));
  expect((await emergencies.open()).map(({ id }) => id)).toEqual(['b', 'f', 'c']);
});

it('what is approved or ended already leaves nothing on the trail', async () => {
  const { emergencies } = repository;
  await add(closed('a'));
  await emergencies.approve('a', 2_000, 'pat', act('approve'));
  await expect(emergencies.approve('a', 2_000, 'pat', act('twice'))).rejects.toThrow(/waits for approval/);
  await emergencies.end('a', 2_000, act('end'));
  await expect(emergencies.end('a', 2_500, act('twice'))).rejects.toThrow(/is open/);
  await expect(emergencies.approve('a', 2_500, 'pat', act('late'))).rejects.toThrow(/waits for approval/);
  expect(await acts()).toEqual(['add', 'approve', 'end']);
});

it('of several that were open before, the one that holds longest stays', async () => {
  await repository.close();
  path = join(fresh(), 'hallpass.db');
  const before = openWriter(path, { lockTimeout: 1_000 });
  migrate(before, path, repositorySteps.slice(0, -1));
  const rows = [
    "('f1', 'floor-only', NULL, 10, 200, NULL)",
    "('f2', 'floor-only', NULL, 10, 100, NULL)",
    "('long', 'closed', 'bad.test', 10, 900, NULL)",
    "('kept', 'closed', 'bad.test', 10, 100, 50)",
    "('other', 'closed', 'other.test', 10, 100, NULL)",
  ].map((row) => row.replace(/\)$/, ", 'root', 'a test')"));
  before.exec(
    `INSERT INTO emergencies (id, kind, host, at, until, approved_at, login, reason) VALUES ${rows.join()}`,
  );
  before.close();
  repository = Repository.open(path);
  expect((await repository.emergencies.open()).map(({ id }) => id).sort()).toEqual(['f1', 'kept', 'other']);
});
