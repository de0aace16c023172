/**
 * A store of ten thousand mixed records, recorded as the proxy records them, is decided again record by record. Which: hosts,
 * addresses by their query, searches, fields, schedules, overrides and what their pages bring along, research, notices that
 * somebody went past, types of answers, what is only observed, emergencies, names in DNS, addresses inside addresses.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileInThread } from '../../control/compiler.ts';
import { replays } from '../../control/replays.ts';
import type { Replay } from '../../control/replays.ts';
import { Retracer } from '../../control/retrace.ts';
import { openImage } from '../../policy/compile/image.ts';
import type { Image } from '../../policy/compile/image.ts';
import { tableList, tableNames } from '../../policy/compile/tables.ts';
import { decide } from '../../policy/decide.ts';
import type { Grant } from '../../policy/decision.ts';
import { noEmergency } from '../../policy/emergency.ts';
import type { Emergency } from '../../policy/emergency.ts';
import type { RawTarget } from '../../policy/facts.ts';
import { requestFacts, tunnelFacts, withAliases, withResponse } from '../../policy/facts.ts';
import type { RequestFacts } from '../../policy/request.ts';
import type { Identity, Person } from '../../policy/subject.ts';
import { recordOf } from '../../proxy/journal.ts';
import { openJournalReader, queryBlocks } from '../../store/blocks.ts';
import type { Block } from '../../store/blocks.ts';
import { Journal } from '../../store/journal/journal.ts';
import type { BlockRecord } from '../../store/record.ts';
import { Repository } from '../../store/repository/repository.ts';
import { root } from '../integration/district.ts';
import { freshFolder } from '../store/folder.ts';
import { aup } from './house.ts';

const most = 10_000;
const fresh = freshFolder();

const rule = (id: string, match: string, action: string, more = ''): string =>
  `  - { id: ${id}, title: A rule, publicTitle: A rule, clause: games, match: ${match}, action: ${action}${more} }`;
const policy = `hallpass: 1
title: A mixed district
timeZone: America/Denver
audiences:
  staff: { title: Staff, groups: [staff], voice: staff }
  students: { title: Students, groups: [students] }
  young: { title: Young, age: { under: 11 }, groups: [students], voice: young }
networks:
  lab: { title: Lab, cidrs: [10.1.0.0/16], unidentified: students }
schedules:
  class-hours: { windows: [{ days: [mon, tue, wed, thu, fri], from: '08:00', to: '15:00' }] }
crisis: { hosts: [help.test] }
categories: { games: { title: Games }, adult: { title: Adult }, ads: { title: Ads } }
locked:
${rule('adult', '{ categories: [adult] }', 'block')}
${rule('harm', '{ search: [buy weapons] }', 'block')}
rules:
${rule('open-by-query', "{ expressions: ['^video\\.test/watch\\?(.*&)?v=lesson'] }", 'allow', ', log: true')}
${rule('videos', '{ urls: [video.test/watch] }', 'block', ', for: [students]')}
${rule('ads', '{ categories: [ads] }', 'block', ', quiet: true')}
${rule('robots', "{ userAgents: ['*roblox*'] }", 'block')}
${rule('frames', '{ hosts: [frames.test], fetch: { dest: [iframe] } }', 'block')}
${rule('forwarded', '{ headers: [x-forwarded-for] }', 'warn')}
${rule('big', '{ hosts: [drop.test], upload: { over: 1KB } }', 'block')}
${rule('types', "{ mediaTypes: ['video/*'], hosts: [media.test] }", 'block')}
${rule('lessons', '{ categories: [games] }', 'block', ', for: [students], when: [class-hours]')}
${rule('games', '{ categories: [games] }', 'warn', ', for: [students, young], log: true')}
${rule('trial', '{ hosts: [trial.test] }', 'block', ', observe: true')}
${rule('staff-logged', '{ hosts: [logged.test] }', 'monitor', ', for: [staff]')}
default: { action: allow, publicTitle: Open, noClause: what no rule names is allowed }
`;
const list = (more: string): string => `@category games
games.test
@category adult
adult.test
x.test/gallery?id=9
term free nudes
@category ads
abp /banner/*$third-party
${more}`;
const lists = (more: string) => [
  { name: 'mixed', text: list(more) },
  ...tableNames.map((name) => ({
    name: tableList(name),
    text: readFileSync(join(root, 'rules', `${name}.yaml`), 'utf8'),
  })),
];
const documents = { policy, aup: [aup] };

/** The same numbers each time (xorshift32). */
let state = 0x2545_f491;
const below = (n: number): number => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % n;
};
const one = <T>(values: readonly T[]): T => values[below(values.length)] as T;

const group = (name: string) => ({ key: `key-${name}`, name, dn: `cn=${name},dc=test` });
const someone = (n: number, groups: string[], born: string | null): Person => ({
  ...{ key: `key-${String(n)}`, login: `user${String(n)}`, name: `User ${String(n)}`, born },
  ...{ groups: groups.map(group), schools: ['north'] },
});
const people: readonly Identity[] = [
  someone(1, ['staff'], '1980-01-31'),
  someone(2, ['students'], '2012-05-05'),
  someone(3, ['students', 'chess'], '2017-10-01'),
  someone(4, [], null),
  'unidentified',
  'unknown',
];
const urls = [
  ...[
    'http://games.test/',
    'http://play.games.test/level/2?name=ann',
    'http://adult.test/a',
    'http://x.test/gallery?id=9',
  ],
  ...[
    'http://x.test/gallery?id=1',
    'http://video.test/watch?v=lesson7',
    'http://video.test/watch?v=fun',
    'http://help.test/',
  ],
  ...[
    'http://www.google.com/search?q=buy+large+weapons',
    'http://www.google.com/search?q=free+nudes',
    'http://trial.test/',
  ],
  ...[
    'http://site.test/banner/1.png',
    'http://frames.test/embedded',
    'http://drop.test/put',
    'http://media.test/clip',
  ],
  ...[
    'http://logged.test/',
    'http://cdn.test/picture',
    'http://closed.test/?why=1',
    'http://10.1.2.3/x',
    'http://other.test/',
  ],
  'http://translate.google.com/translate?sl=es&u=http%3A%2F%2Fadult.test%2Fa%3Fb%3Dc',
];
const heads = [
  {},
  { 'user-agent': 'Mozilla/5.0 Roblox/2' },
  { 'sec-fetch-dest': 'iframe', referer: 'http://games.test/page' },
  { 'sec-fetch-dest': 'image', referer: 'http://games.test/page' },
  { 'x-forwarded-for': '192.0.2.1' },
  { 'content-length': '5000' },
];
const emergencies: readonly Emergency[] = [
  noEmergency,
  noEmergency,
  noEmergency,
  { floorOnly: { id: 'f', began: 0, until: Infinity }, closed: [] },
  { floorOnly: null, closed: [{ id: 'c', host: 'closed.test', until: null }] },
];

function factsOf(image: Image): RequestFacts {
  const url = new URL(one(urls));
  if (below(5) === 0) {
    const tunnel = tunnelFacts(url.hostname, 443, 'unobtainable', image.extractors);
    if (!tunnel.ok) throw new Error(tunnel.code);
    return tunnel.facts;
  }
  const fields = new Map(Object.entries(one(heads)));
  const target: RawTarget = {
    scheme: 'http',
    ...{ rawHost: url.hostname, port: 80, method: one(['GET', 'POST']) },
    ...{ rawPath: url.pathname, rawQuery: url.search.slice(1) },
  };
  const head = { fields: { keys: [...fields.keys()], get: (key: string) => fields.get(key) } };
  const found = requestFacts(target, head, image.extractors);
  if (!found.ok) throw new Error(found.code);
  const named = below(8) === 0 ? withAliases(found.facts, ['cdn.other.test', 'ads.adult.test']) : found.facts;
  return below(2) === 0
    ? withResponse(named, { mediaType: one(['video/mp4', 'text/html']), size: 1 })
    : named;
}

function grantsFor(identity: Identity, at: number): Grant[] {
  const key = typeof identity === 'string' ? 'key-2' : identity.key;
  const expires = at + 1_000;
  const all: Grant[] = [
    { kind: 'continue', id: 'went-on', subject: key, rule: 'games', host: 'games.test', expires },
    {
      kind: 'override',
      id: 'club',
      subject: 'key-chess',
      subjectKind: 'group',
      host: 'games.test',
      path: null,
      expires,
    },
    {
      kind: 'override',
      id: 'page',
      subject: key,
      subjectKind: 'person',
      host: 'video.test',
      path: '/watch',
      expires,
    },
    { kind: 'research', id: 'study', subject: key, expires },
  ];
  return all.filter(() => below(3) === 0);
}

const at0 = Date.UTC(2026, 8, 1, 9);
/** What the proxy records of a fortnight. */
function recorded(images: readonly Image[]): BlockRecord[] {
  const records: BlockRecord[] = [];
  const under = images.flatMap((image) => emergencies.map((put) => image.under(put)));
  for (let n = 0; records.length < most; n++) {
    const image = one(under);
    const facts = factsOf(image);
    const subject = { ip: one(['10.1.2.3', '192.0.2.7']), identity: one(people) };
    const at = at0 + n * 30_000;
    const grants = grantsFor(subject.identity, at);
    const decision = decide(image, facts, subject, grants, at);
    if (!decision.log || decision.needs.includes('identity')) continue;
    records.push(recordOf({ image, facts, subject, grants, decision, at, kind: 'page' }));
  }
  return records;
}

describe('a store of ten thousand mixed records', () => {
  let retracer: Retracer;
  let blocks: Block[];
  const records: BlockRecord[] = [];
  beforeAll(async () => {
    const folder = fresh();
    const editions = await Promise.all(
      ['games2.test', 'games3.test'].map(async (more) => {
        const compiled = await compileInThread({
          documents,
          files: { policy: 'p', aup: ['a'] },
          lists: lists(more),
        });
        if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
        return { more, compiled };
      }),
    );
    const repository = Repository.open(join(folder, 'hallpass.db'));
    for (const { more, compiled } of editions) {
      const snapshots = Object.entries(compiled.id.lists).map(([name, digest]) => ({
        ...{ digest, text: lists(more).find((each) => each.name === name)?.text ?? '' },
      }));
      await repository.publish({ documents, id: compiled.id, at: 1, note: '', cause: 'policy' }, snapshots);
    }
    records.push(...recorded(editions.map(({ compiled }) => openImage(compiled.image))));
    const path = join(folder, 'journal.db');
    const journal = Journal.open(path, { lockTimeout: 1_000 }, at0);
    for (let i = 0; i < records.length; i += 500) journal.append(records.slice(i, i + 500));
    journal.close();
    const database = openJournalReader(path);
    blocks = [...queryBlocks(database)];
    database.close();
    retracer = new Retracer({
      ...{ current: () => null, repository, compile: compileInThread },
      person: () => Promise.reject(new Error('nobody is asked')),
    });
  }, 120_000);

  test('is decided again as it was, every record', { timeout: 120_000 }, async () => {
    expect(blocks).toHaveLength(most);
    const lines = blocks.map((block) => JSON.stringify(block));
    let same = 0;
    for await (const text of replays(retracer, lines, false)) {
      const replay = JSON.parse(text) as Replay;
      expect(replay.again).toMatchObject({ state: 'again', agrees: true, basis: 'kept' });
      same++;
    }
    expect(same).toBe(most);
  });

  test('is mixed', () => {
    const rules = new Set(blocks.map((block) => block.rule));
    expect([...rules].sort()).toEqual(
      [
        ...[
          'ads',
          'adult',
          'big',
          'closed-now',
          'default',
          'forwarded',
          'frames',
          'games',
          'harm',
          'lessons',
        ],
        ...['open-by-query', 'override', 'robots', 'staff-logged', 'trial', 'types', 'videos'],
      ].sort(),
    );
    const kept = blocks.flatMap((block) => block.kept ?? []);
    expect(kept).toHaveLength(most);
    expect(new Set(kept.flatMap(({ grants = [] }) => grants.map(({ id }) => id)))).toEqual(
      new Set(['went-on', 'club', 'page', 'study']),
    );
    for (const has of [
      kept.some(({ inner }) => inner?.address === 'http://adult.test/a'),
      kept.some(({ asked }) => asked.aliases?.includes('ads.adult.test')),
      kept.some(({ emergency }) => emergency?.floorOnly === true),
      kept.some(({ asked }) => asked.broughtBy !== undefined),
      blocks.some(({ enforced }) => !enforced),
    ])
      expect(has).toBe(true);
  });

  test('keeps little, and nothing that nobody may keep', () => {
    const texts = records.map(({ kept }) => kept ?? '');
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(700);
    for (const secret of ['ann', 'fun', 'lesson7', 'weapons', 'nudes', 'Roblox', '192.0.2.1', 'large'])
      expect(texts.find((text) => text.includes(secret))).toBeUndefined();
  });

  test('says which kept values it used', async () => {
    const byQuery = blocks.find((block) => block.rule === 'open-by-query');
    const again = byQuery === undefined ? undefined : await retracer.retrace(byQuery);
    if (again?.state !== 'again') throw new Error('not decided again');
    expect(again.used).toContainEqual({ rule: 'open-by-query', condition: 'place', held: true, inner: null });
    expect(again.trace.at(-1)?.reason).toContain('the record keeps');
  });
});
