/** A record decided again under the edition of its time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { compileInThread } from '../../control/compiler.ts';
import { Retracer } from '../../control/retrace.ts';
import type { RetraceParts } from '../../control/retrace.ts';
import { openImage } from '../../policy/compile/image.ts';
import type { Image } from '../../policy/compile/image.ts';
import type { Kept } from '../../policy/replay/kept.ts';
import type { Block } from '../../store/blocks.ts';
import { Repository } from '../../store/repository/repository.ts';
import { root } from '../integration/district.ts';
import { freshFolder } from '../store/folder.ts';
import { people } from '../admin-ui/server/house.ts';

const fresh = freshFolder();
const read = (file: string): string => readFileSync(join(root, 'rules', file), 'utf8');
const lists = [{ name: 'demo', text: read('demo/demo.list') }];
const documents = { policy: read('starter/policy.yaml'), aup: [read('starter/aup.md')] };
const later = { ...documents, policy: documents.policy.replace('- id: games\n', '- id: play\n') };

async function compiled(asked: typeof documents) {
  const result = await compileInThread({ documents: asked, files: { policy: 'p', aup: ['a'] }, lists });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}
let [before, now] = [] as unknown as [Image, Image];
beforeAll(async () => {
  [before, now] = [openImage((await compiled(documents)).image), openImage((await compiled(later)).image)];
});

const blockOf = (image: Image, changes: Partial<Block> = {}): Block => ({
  ...{ id: 'x', at: '2026-09-01T14:00:00Z', userId: people.student.key, user: 'student.n', name: 'N' },
  ...{
    schools: ['north'],
    ip: '10.0.0.1',
    method: 'GET',
    url: 'http://games.demo.test/a',
    host: 'games.demo.test',
  },
  ...{
    rule: 'games',
    clause: 'games',
    clauseText: null,
    action: 'block',
    enforced: true,
    about: 'student',
    grants: [],
    kept: null,
    count: 1,
  },
  ...{ policyVersion: image.id.policyVersion, edition: image.id.edition },
  ...changes,
});

async function retracer(changes: Partial<RetraceParts> = {}): Promise<Retracer> {
  const repository = Repository.open(join(fresh(), 'hallpass.db'));
  const digests = Object.entries(before.id.lists);
  const snapshots = digests.map(([name, digest]) => ({
    digest,
    text: lists.find((each) => each.name === name)?.text ?? '',
  }));
  await repository.publish({ documents, id: before.id, at: 1, note: '', cause: 'policy' }, snapshots);
  return new Retracer({
    ...{ current: () => now, repository, compile: compileInThread },
    person: async (key) => (key === people.student.key ? people.student : null),
    ...changes,
  });
}

test('under an edition of before, with its trace', async () => {
  const retraced = await (await retracer()).retrace(blockOf(before));
  expect(retraced).toMatchObject({ state: 'again', agrees: true, action: 'block', rule: 'games' });
  expect(retraced.state === 'again' && retraced.trace.at(-1)).toMatchObject({
    rule: 'games',
    outcome: 'matched',
  });
});

test('under the one in force', async () => {
  const retrace = await retracer();
  expect(await retrace.retrace(blockOf(now, { rule: 'play' }))).toMatchObject({ agrees: true, rule: 'play' });
  expect(await retrace.retrace(blockOf(now))).toMatchObject({ agrees: false, rule: 'play' });
});

test('of a tunnel, and of nobody', async () => {
  const tunnel = { method: 'CONNECT', url: 'https://games.demo.test', userId: null, action: 'block' };
  expect(await (await retracer()).retrace(blockOf(before, tunnel))).toMatchObject({
    state: 'again',
    rule: 'games',
  });
});

test('by what the record keeps, whoever the person is now', async () => {
  const kept: Kept = {
    v: 1,
    identity: 'known',
    asked: { response: 'unknown' },
    ...{ audiences: ['students'], network: null, emergency: { closed: ['games.demo.test'] } },
  };
  const retrace = await retracer({ person: () => Promise.reject(new Error('down')) });
  const block = blockOf(before, { kept, userId: 'gone', rule: 'closed-now', clause: null });
  expect(await retrace.retrace(block)).toMatchObject({ agrees: true, basis: 'kept', unknown: [] });
  expect(await retrace.retrace({ ...block, rule: 'games' })).toMatchObject({ agrees: false });
});

test('of a record that keeps nothing, with what is not known', async () => {
  const retraced = await (await retracer()).retrace(blockOf(before));
  expect(retraced).toMatchObject({ basis: 'now', used: [] });
  expect(retraced.state === 'again' && retraced.unknown.join()).toContain('the query');
});

test.each([
  ['an edition that nobody knows', { edition: 'e-0' }, {}, 'not stored any more'],
  ['a site that somebody closed at once', { rule: 'closed-now' }, {}, 'a switch for an emergency'],
  ['a person who has left', { userId: 'gone' }, {}, 'not in the directory any more'],
  ['a directory that is down', {}, { person: () => Promise.reject(new Error('down')) }, 'cannot be asked'],
])('not: %s', async (_what, block, parts, reason) => {
  const retraced = await (await retracer(parts)).retrace(blockOf(before, block));
  expect(retraced).toMatchObject({ state: 'gone' });
  expect(retraced.state === 'gone' && retraced.reason).toContain(reason);
});

test('with the grants that it rested on, as far as they are still there', async () => {
  const repository = Repository.open(join(fresh(), 'hallpass.db'));
  const at = Date.parse('2026-09-01T13:00:00Z');
  await repository.givenGrants.add(
    {
      ...{ id: 'o-1', kind: 'override', subject: people.student.key, subjectKind: 'person' },
      ...{ subjectName: 'student.n', host: 'games.demo.test', path: null, at, expires: at + 7_200_000 },
      ...{ actor: null, login: 'root', authoriser: null, authorisedBy: null, reason: 'a project' },
    },
    { at, actor: null, login: 'root', action: 'grant.override', subject: null, detail: {} },
  );
  const retrace = new Retracer({
    ...{ current: () => now, repository, compile: compileInThread },
    person: async () => people.student,
  });
  const opened = blockOf(now, { rule: 'override', action: 'allow', grants: ['o-1'] });
  expect(await retrace.retrace(opened)).toMatchObject({ agrees: true, rule: 'override' });
  expect(await retrace.retrace({ ...opened, grants: [] })).toMatchObject({ agrees: false });
  await repository.close();
});
