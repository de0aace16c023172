/** What somebody in charge opens for others: who may open what for whom, for how long, and what they are told. */
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Grants } from '../../control/grants.ts';
import type { OverrideAsked, ResearchAsked } from '../../control/grants.ts';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import type { Image } from '../../policy/compile/image.ts';
import type { SharedGrant } from '../../policy/decision.ts';
import type { Person } from '../../policy/subject.ts';
import { Repository } from '../../store/repository/repository.ts';
import { freshFolder } from '../store/folder.ts';
import { aup } from './house.ts';

const policy = `hallpass: 1
title: A small district
timeZone: America/Denver
audiences:
  students: { title: Students, groups: [students], voice: student }
  young: { title: Young, groups: [grade-7], voice: young }
  staff: { title: Staff, groups: [staff], voice: staff }
crisis: { hosts: [help.test] }
illegal:
  - { id: never, title: Illegal, publicTitle: Closed, clause: games, match: { hosts: [worst.test] }, action: block }
locked:
  - { id: floor, title: Floor, publicTitle: Closed, clause: games, match: { hosts: [bad.test] }, action: block }
  - { id: young, title: For some, publicTitle: Closed, clause: games, for: [young], match: { hosts: [some.test] }, action: block }
  - { id: page, title: A page, publicTitle: Closed, clause: games, match: { urls: ['mixed.test/bad/**'] }, action: block }
rules:
  - { id: games, title: Games, publicTitle: Games, clause: games, for: [students], match: { hosts: [games.test] }, action: block }
default: { action: allow, publicTitle: Everything else, noClause: what no rule names is allowed }
`;
const fresh = freshFolder();
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const group = (name: string) => ({ key: `g-${name}`, name, dn: `cn=${name},dc=test` });
const person = (login: string, ...groups: readonly string[]): Person => ({
  ...{ key: `key-${login}`, login, name: `Person ${login}`, groups: groups.map(group), schools: [] },
});
const people = [person('cto', 'staff'), person('tina', 'staff'), person('sam', 'students')];
const [cto = person('?')] = people;
const operator = { key: null, login: 'root (command line)', groups: [] };

let image: Image;
beforeAll(() => {
  const compiled = compileEdition({ policy, aup: [aup] }, []);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  image = openImage(compiled.image);
});
const opened: Repository[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function start(folder = fresh(), clock = { now: Date.UTC(2026, 8, 1) }) {
  const repository = Repository.open(join(folder, 'hallpass.db'));
  opened.push(repository);
  const delivered: (readonly SharedGrant[])[] = [];
  const state = { late: [] as string[], down: false };
  const answered = <T>(found: T): Promise<T> =>
    state.down ? Promise.reject(new Error('no server answers')) : Promise.resolve(found);
  const grants = new Grants({
    ...{ table: repository.givenGrants, image: () => image, now: () => clock.now },
    deliver: async (all) => {
      delivered.push(all);
      return state.late;
    },
    findPerson: (login) => answered(people.find((each) => each.login === login) ?? null),
    groupsNamed: (text) =>
      answered(
        text === 'twice'
          ? [group('a'), group('b')]
          : text === 'students' || text === 'staff'
            ? [group(text)]
            : [],
      ),
  });
  await grants.start();
  const acts = async () => {
    const all = [];
    for await (const entry of repository.audit.entries()) all.unshift(entry);
    return all;
  };
  return { folder, clock, grants, delivered, state, acts };
}
const override = (changes: Partial<OverrideAsked> = {}): OverrideAsked => ({
  ...{ group: 'students', place: 'games.test', lasts: 2 * hour, reason: 'reward afternoon' },
  ...changes,
});
const sams = (place: string): OverrideAsked => override({ group: undefined, person: 'sam', place });
const research = (changes: Partial<ResearchAsked> = {}): ResearchAsked => ({
  ...{ person: 'tina', authoriser: 'cto', lasts: 2 * hour, reason: 'unit on propaganda' },
  ...changes,
});

describe('an override', () => {
  test('for a group holds in every thread when the call returns, and is on record', async () => {
    const { grants, delivered, acts, clock } = await start();
    const { grant, notes } = await grants.override(operator, override({ place: ' HTTPS://Games.TEST/ ' }));
    expect(notes).toEqual([]);
    expect(delivered).toEqual([
      [],
      [
        {
          ...{ kind: 'override', id: grant.id, subject: 'g-students', subjectKind: 'group' },
          ...{ host: 'games.test', path: null, expires: clock.now + 2 * hour },
        },
      ],
    ]);
    expect(grants.list()).toEqual([grant]);
    expect(await acts()).toMatchObject([
      {
        ...{ actor: null, login: 'root (command line)', action: 'grant.override', subject: null },
        detail: { id: grant.id, for: 'students', group: 'g-students', host: 'games.test' },
      },
    ]);
    expect((await acts())[0]?.detail).toMatchObject({ path: null, reason: 'reward afternoon' });
  });

  test('for a person and a page names them by key, and the page in canonical form', async () => {
    const { grants, acts } = await start();
    const { grant, notes } = await grants.override(cto, sams('games.test/Lessons/%2e/One//'));
    expect(grant).toMatchObject({ subject: 'key-sam', subjectKind: 'person', subjectName: 'sam' });
    expect(grant).toMatchObject({ host: 'games.test', path: '/lessons/one', actor: 'key-cto' });
    expect(notes).toEqual(['it opens over http alone: of an https address the filter sees no path']);
    expect(await acts()).toMatchObject([{ actor: 'key-cto', subject: 'key-sam' }]);
  });

  test.each([
    ['bad.test', 'it stays closed: rule `floor` is locked'],
    ['www.worst.test', 'it stays closed: rule `never` closes what is illegal'],
    ['mixed.test/bad/a', 'it stays closed: rule `page` is locked'],
    ['help.test', 'it is open to everybody already: it is help in a crisis, or a test'],
    ['library.test', 'nothing closes it to them at this time'],
  ])('of %s says to who makes it: %s', async (place, says) => {
    const { grants } = await start();
    expect((await grants.override(cto, sams(place))).notes).toContain(says);
  });

  test('for a group says which locked rule may close it to some of them', async () => {
    const { grants } = await start();
    const notes = async (place: string) => (await grants.override(cto, override({ place }))).notes;
    expect(await notes('some.test')).toEqual([
      'it stays closed to those whom rule `young` is for: it is locked',
    ]);
    expect(await notes('bad.test')).toEqual(['it stays closed: rule `floor` is locked']);
    expect(await notes('library.test')).toEqual([]);
  });

  test('for a group is made by who is not in it, and at the command line', async () => {
    const { grants } = await start();
    await grants.override(person('head', 'heads'), override({ group: 'staff' }));
    await grants.override(operator, override({ group: 'staff' }));
    expect(grants.list()).toHaveLength(2);
  });

  test.each([
    [override({ lasts: 31 * day }), /1m to 30d/],
    [override({ lasts: 1_000 }), /1m to 30d/],
    [override({ lasts: NaN }), /1m to 30d/],
    [override({ place: 'com' }), /would open every site/],
    [override({ place: '*.test' }), /is no host/],
    [override({ place: 'games.test/a?b' }), /leave it out/],
    [override({ person: 'sam' }), /either a person or a group/],
    [override({ group: undefined }), /either a person or a group/],
    [override({ group: 'nobody' }), /no group `nobody`/],
    [override({ group: 'twice' }), /several groups/],
    [override({ group: undefined, person: 'nobody' }), /no person `nobody`/],
    [override({ group: undefined, person: 'cto' }), /for themselves/],
    [override({ group: 'staff' }), /a group that they are in: ask somebody who is not in `staff`/],
  ])('that is none: %j', async (asked, says) => {
    const { grants, acts } = await start();
    await expect(grants.override(cto, asked)).rejects.toThrow(says);
    expect([grants.list(), await acts()]).toEqual([[], []]);
  });
});

describe('research', () => {
  test('is for one adult, by another, each by name', async () => {
    const { grants, delivered, acts, clock } = await start();
    const { grant, notes } = await grants.research(operator, research());
    expect(grant).toMatchObject({ subject: 'key-tina', authoriser: 'key-cto', authorisedBy: 'cto' });
    expect(notes.join()).toMatch(/illegal stays closed.*recorded/);
    expect(delivered.at(-1)).toEqual([
      { kind: 'research', id: grant.id, subject: 'key-tina', expires: clock.now + 2 * hour },
    ]);
    expect(await acts()).toMatchObject([
      { action: 'grant.research', subject: 'key-tina', detail: { authorisedBy: 'cto', for: 'tina' } },
    ]);
  });

  test.each([
    [research({ lasts: 12 * hour + 1 }), /1m to 12h/],
    [research({ person: 'sam' }), /is for staff.*`sam`/],
    [research({ authoriser: 'sam' }), /authorised by staff.*`sam`/],
    [research({ authoriser: 'tina' }), /nobody authorises their own/],
    [research({ person: 'cto', authoriser: 'tina' }), /nobody authorises their own/],
    [research({ authoriser: 'nobody' }), /no person `nobody`/],
  ])('that is none: %j', async (asked, says) => {
    const { grants } = await start();
    await expect(grants.research(cto, asked)).rejects.toThrow(says);
    expect(grants.list()).toEqual([]);
  });
});

test('one is ended before its time, in every thread and on record', async () => {
  const { grants, delivered, acts } = await start();
  const { grant } = await grants.override(operator, override());
  await grants.end(cto, grant.id);
  expect([grants.list(), delivered.at(-1)]).toEqual([[], []]);
  expect((await acts()).map(({ login, action }) => `${login} ${action}`)).toEqual([
    'root (command line) grant.override',
    'cto grant.end',
  ]);
  await expect(grants.end(cto, grant.id)).rejects.toMatchObject({ code: 'grant' });
});

test('one that is over is not listed, and cannot be ended', async () => {
  const { grants, clock } = await start();
  const { grant } = await grants.override(operator, override({ lasts: minute }));
  clock.now += minute;
  expect(grants.list()).toEqual([]);
  await expect(grants.end(cto, grant.id)).rejects.toMatchObject({ code: 'grant' });
});

test('a thread that is late is named to who makes one', async () => {
  const { grants, state } = await start();
  state.late = ['proxy-2'];
  const { notes } = await grants.override(operator, override());
  expect(notes.at(-1)).toBe('not yet in force everywhere: proxy-2 did not answer');
});

test('while no directory answers, nothing is opened', async () => {
  const { grants, state } = await start();
  state.down = true;
  for (const asked of [override(), sams('games.test')])
    await expect(grants.override(operator, asked)).rejects.toMatchObject({ code: 'directory-unavailable' });
});

test('what was opened before a restart holds after it, and what has ended does not', async () => {
  const first = await start();
  await first.grants.override(operator, override());
  await first.grants.override(operator, override({ lasts: minute, place: 'short.test' }));
  await opened.splice(0)[0]?.close();
  const second = await start(first.folder, { now: first.clock.now + hour });
  expect(second.delivered).toMatchObject([[{ host: 'games.test' }]]);
});
