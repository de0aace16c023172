import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditEntry } from '../../../store/audit/chain.ts';
import { sharedOf } from '../../../store/repository/given-grants.ts';
import type { GivenGrant } from '../../../store/repository/given-grants.ts';
import { Repository } from '../../../store/repository/repository.ts';
import { freshFolder } from '../folder.ts';

const fresh = freshFolder();
let path = '';
let repository: Repository;
beforeEach(() => {
  path = join(fresh(), 'hallpass.db');
  repository = Repository.open(path);
});
afterEach(() => repository.close());

const grant = (id: string, changes: Partial<GivenGrant> = {}): GivenGrant => ({
  ...{ id, kind: 'override', subject: 'g-7', subjectKind: 'group', subjectName: 'grade-7' },
  ...{ host: 'games.test', path: null, at: 1_000, expires: 5_000, actor: null, login: 'root' },
  ...{ authoriser: null, authorisedBy: null, reason: 'reward afternoon' },
  ...changes,
});
const research = (id: string, changes: Partial<GivenGrant> = {}): GivenGrant =>
  grant(id, {
    ...{ kind: 'research', subject: 'tina', subjectKind: 'person', subjectName: 't', host: null },
    ...{ authoriser: 'pat', authorisedBy: 'p', ...changes },
  });
const act = (action: string): AuditEntry => ({
  ...{ at: 1, actor: null, login: 'root', action, subject: null, detail: {} },
});
const acts = async (): Promise<string[]> => {
  const all: string[] = [];
  for await (const { action } of repository.audit.entries()) all.unshift(action);
  return all;
};

it('one is kept as it was made, until it ends or is ended', async () => {
  const { givenGrants } = repository;
  await givenGrants.add(grant('a'), act('grant.override'));
  await givenGrants.add(research('b', { expires: 3_000 }), act('grant.research'));
  expect(await givenGrants.open(2_000)).toEqual([grant('a'), research('b', { expires: 3_000 })]);
  expect(await givenGrants.open(3_000)).toEqual([grant('a')]);
  await givenGrants.end('a', 3_500, 'root', act('grant.end'));
  expect(await givenGrants.open(3_500)).toEqual([]);
  expect(await givenGrants.named(['a', 'b', 'c'])).toHaveLength(2);
  expect(await acts()).toEqual(['grant.override', 'grant.research', 'grant.end']);
});

it('one that cannot be stored, or ended, leaves nothing on the trail', async () => {
  const { givenGrants } = repository;
  await givenGrants.add(grant('a'), act('grant.override'));
  await expect(givenGrants.add(grant('a'), act('again'))).rejects.toThrow();
  await expect(givenGrants.add(research('b', { authoriser: 'tina' }), act('own'))).rejects.toThrow();
  await expect(givenGrants.add(grant('c', { expires: 1_000 }), act('no time'))).rejects.toThrow();
  await expect(givenGrants.end('nothing', 2_000, 'root', act('grant.end'))).rejects.toThrow();
  await givenGrants.end('a', 2_000, 'root', act('grant.end'));
  await expect(givenGrants.end('a', 2_500, 'root', act('twice'))).rejects.toThrow();
  expect(await acts()).toEqual(['grant.override', 'grant.end']);
});

it('the database itself changes nothing of a row but its end, once', async () => {
  await repository.givenGrants.add(grant('a'), act('grant.override'));
  const database = new DatabaseSync(path);
  expect(() => database.exec("UPDATE given_grants SET host = 'other.test'")).toThrow('only ever ended');
  expect(() => database.exec('UPDATE given_grants SET expires = 9')).toThrow('only ever ended');
  database.exec("UPDATE given_grants SET ended_at = 2, ended_by = 'x'");
  expect(() => database.exec('UPDATE given_grants SET ended_at = NULL, ended_by = NULL')).toThrow('once');
  database.close();
});

it('what held at a time is told also when it is over, with what a person went past then', async () => {
  const { givenGrants } = repository;
  await givenGrants.add(grant('a'), act('1'));
  await givenGrants.add(research('b'), act('2'));
  await givenGrants.end('a', 3_000, 'root', act('3'));
  const continued = { id: 'c', kind: 'continue', subject: 'tina', rule: 'video', host: 'v.test' } as const;
  await repository.acts.addGrant(
    { ...continued, record: 'r', reason: 'lesson', at: 1_500, expires: 9_000 },
    { nonce: 'n', expires: 1 },
  );
  const at = async (person: string | null, time: number) =>
    (await repository.grantsAt(person, time)).map(({ id }) => id);
  expect(await at('tina', 999)).toEqual([]);
  expect(await at('tina', 1_000)).toEqual(['a', 'b']);
  expect(await at('tina', 2_999)).toEqual(['a', 'b', 'c']);
  expect(await at('tina', 3_000)).toEqual(['b', 'c']);
  expect(await at('tina', 6_000)).toEqual(['c']);
  expect(await at('bob', 2_000)).toEqual(['a', 'b']);
  expect(await at(null, 2_000)).toEqual(['a']);
  expect((await repository.grantsNamed(['a', 'c'])).map(({ kind }) => kind)).toEqual([
    'override',
    'continue',
  ]);
  expect(await repository.grantsNamed([])).toEqual([]);
});

it('those that ended before a time are dropped; what is on the trail stays', async () => {
  const { givenGrants } = repository;
  await givenGrants.add(grant('over', { expires: 2_000 }), act('1'));
  await givenGrants.add(grant('ended', { expires: 90_000 }), act('2'));
  await givenGrants.add(grant('stays', { expires: 90_000 }), act('3'));
  await givenGrants.end('ended', 2_500, 'root', act('4'));
  await givenGrants.purge(3_000);
  expect((await givenGrants.named(['over', 'ended', 'stays'])).map(({ id }) => id)).toEqual(['stays']);
  expect(await acts()).toHaveLength(4);
});

it('decisions look at a part of it', () => {
  expect(sharedOf(grant('a', { path: '/lessons' }))).toEqual({
    ...{ kind: 'override', id: 'a', subject: 'g-7', subjectKind: 'group' },
    ...{ host: 'games.test', path: '/lessons', expires: 5_000 },
  });
  expect(sharedOf(research('b'))).toEqual({ kind: 'research', id: 'b', subject: 'tina', expires: 5_000 });
});
