/** What the portal answers, request by request; how it looks is in tests/browser/portal.test.ts. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import type { Grant } from '../../policy/decision.ts';
import { sealForm } from '../../policy/form-token.ts';
import type { FormToken } from '../../policy/form-token.ts';
import type { Person } from '../../policy/subject.ts';
import { options } from '../../pages/options.ts';
import type { PortalRequest } from '../../portal/parts.ts';
import { options as portalOptions } from '../../portal/options.ts';
import { Portal } from '../../portal/portal.ts';
import { Journal } from '../../store/journal/journal.ts';
import { newestTunnel, ownBlock, ownBlocks } from '../../store/own-blocks.ts';
import { Repository } from '../../store/repository/repository.ts';
import { aup, policy } from '../proxy/harness.ts';
import { freshFolder } from '../store/folder.ts';
import { clause, person as someone, record } from '../store/samples.ts';

const fresh = freshFolder();
const formKey = Buffer.alloc(32, 3);
const now = Date.UTC(2026, 8, 1, 9, 5);
const personOf = (n: number, groups: readonly string[]): Person => ({
  ...{ ...someone(n), schools: ['north'] },
  groups: groups.map((name) => ({ key: name, name, dn: `cn=${name}` })),
});
const ann = personOf(1, ['students']);
const bob = personOf(2, ['students']);
const kim = personOf(3, ['little-ones']);

const withChildren = policy.replace(
  'audiences:\n',
  'audiences:\n  little: { title: Little ones, groups: [little-ones], voice: young }\n',
);

const aupForChildren = `${aup}\n> For younger students: First we learn, then we play.\n`;

/** A rule that an earlier policy had. */
const earlier = {
  ...{ publicTitle: { en: 'Closed on the network', es: 'Cerrado en la red' }, publicClause: 'school-use' },
  ...{ sensitive: true, continue: null },
};

let journal: Journal;
let repository: Repository;
let portal: Portal;
let granted: Grant[];
let errors: unknown[];

beforeEach(() => {
  const folder = fresh();
  journal = Journal.open(join(folder, 'journal.db'), { lockTimeout: 0 }, 0);
  repository = Repository.open(join(folder, 'hallpass.db'));
  granted = [];
  errors = [];
  const compiled = compileEdition({ policy: withChildren, aup: [aupForChildren] }, []);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const image = openImage(compiled.image);
  const { database } = journal;
  portal = new Portal({
    pages: options.parse({}),
    portal: portalOptions.parse({}),
    ...{ retention: 90 * 86_400_000, formKey, image: () => image, now: () => now, acts: repository.acts },
    aup: {
      versions: async () => [
        { id: image.id.aupVersion, since: now, until: null },
        { id: 'a-before', since: now - 86_400_000, until: now },
      ],
      version: async (id) => (id === 'a-before' ? image.program.aup : null),
    },
    records: {
      own: async (person, after, limit) => ownBlocks(database, person, after, limit),
      one: async (person, id) => ownBlock(database, person, id),
      newestTunnel: async (person, since) => newestTunnel(database, person, since),
    },
    earlierRule: async (version, rule) => (version === 'p-then' && rule === 'removed' ? earlier : null),
    grant: async (grant) => void granted.push(grant),
    onError: (error) => errors.push(error),
  });
});
afterEach(async () => {
  journal.close();
  await repository.close();
});

async function ask(changes: Partial<PortalRequest> = {}) {
  const answer = await portal.answer({
    ...{ method: 'GET', path: '/', query: '', contentType: null, acceptLanguage: null, ip: '10.0.0.1' },
    ...{ body: Buffer.alloc(0), person: ann, signedInBy: 'proxy' as const, ...changes },
  });
  return {
    status: answer.status,
    headers: new Map(answer.headers),
    html: Buffer.from(answer.body).toString(),
  };
}
const post = (path: string, fields: Record<string, string>, changes: Partial<PortalRequest> = {}) =>
  ask({
    ...{ method: 'POST', path, contentType: 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(fields).toString()),
    ...changes,
  });
const seal = (changes: Partial<FormToken> = {}): string =>
  sealForm(formKey, {
    ...{ subject: ann.key, record: 'r-1', rule: 'warned', host: 'slow.test', url: 'http://slow.test/a?b=c' },
    ...{ continue: 60_000, expires: now + 1_000, nonce: 'n-1', ...changes },
  });

describe('what is shown', () => {
  test('one’s own records and nobody else’s', async () => {
    const mine = record({ host: 'mine.test', person: someone(1) });
    const theirs = record({ host: 'theirs.test', person: someone(2) });
    journal.append([mine, theirs]);
    const { html, headers } = await ask();
    expect(html).toContain('mine.test');
    expect(html).not.toContain('theirs.test');
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect((await ask({ path: `/records/${mine.id}` })).status).toBe(200);
    expect((await ask({ path: `/records/${theirs.id}` })).status).toBe(404);
  });

  test('on top what was just refused, and never what was let through', async () => {
    const tunnel = { method: 'CONNECT', kind: 'repeat', person: someone(1) } as const;
    journal.append([record({ ...tunnel, at: now - 2_000, host: 'noted.test', enforced: false })]);
    expect((await ask()).html).not.toContain('was just closed');
    journal.append([record({ ...tunnel, at: now - 3_000, host: 'refused.test' })]);
    expect((await ask()).html).toContain('refused.test was just closed');
  });

  test('the clause of a record as it was adopted then', async () => {
    const mine = record({
      rule: 'games',
      clause: { ...clause, id: 'games', text: 'What it said in spring.' },
    });
    journal.append([mine]);
    expect((await ask({ path: `/records/${mine.id}` })).html).toContain('What it said in spring.');
  });

  test('of a sensitive rule that is gone, what its own policy says in public', async () => {
    const mine = record({
      rule: 'removed',
      policyVersion: 'p-then',
      clause: { ...clause, text: 'Its clause.' },
    });
    journal.append([mine]);
    for (const path of ['/', `/records/${mine.id}`]) {
      const { html } = await ask({ path });
      expect(html).toContain('Closed on the network');
      expect(html).not.toMatch(/Its clause|removed/);
    }
    expect((await ask({ path: `/records/${mine.id}` })).html).toContain('The network is for school work.');
  });

  test('of a rule that nobody knows any more, neither title nor clause', async () => {
    const tunnel = { method: 'CONNECT', kind: 'repeat', at: now - 1_000 } as const;
    const mine = record({ ...tunnel, rule: 'unknown', clause: { ...clause, text: 'Its clause.' } });
    journal.append([mine]);
    for (const path of ['/', `/records/${mine.id}`]) {
      const { html } = await ask({ path });
      expect(html).toContain('a rule of an earlier policy');
      expect(html).not.toMatch(/Its clause|unknown|Acceptable Use Policy \d/);
    }
  });

  test('the clause in their own words to the youngest, and as adopted to everybody else', async () => {
    const tunnel = { method: 'CONNECT', kind: 'repeat', at: now - 1_000, rule: 'games' } as const;
    const games = { ...clause, text: 'Games wait until after class.' };
    const kims = record({ ...tunnel, person: someone(3), clause: games });
    const anns = record({ ...tunnel, person: someone(1), clause: games });
    journal.append([kims, anns]);
    for (const [person, id] of [
      [kim, kims.id],
      [ann, anns.id],
    ] as const) {
      for (const path of ['/', `/records/${id}`]) {
        const { html } = await ask({ path, person });
        expect(html.includes('First we learn, then we play.')).toBe(person === kim);
        expect(html.includes('Games wait until after class.')).toBe(person === ann);
      }
    }
  });

  test('what a hostile name or address holds is text', async () => {
    const evil = '"><script>alert(1)</script>';
    journal.append([record({ host: evil, url: `http://x.test/${evil}`, rule: evil })]);
    const { html } = await ask({ person: { ...ann, name: evil, login: evil, schools: [evil] } });
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;');
  });

  test('to whoever is not signed in, the policy and nothing else', async () => {
    const nobody = { person: null };
    expect((await ask({ path: '/aup', ...nobody })).html).toContain('Games wait until after class.');
    expect((await ask({ path: '/aup/a-before', ...nobody })).status).toBe(200);
    expect((await ask({ path: '/aup/other', ...nobody })).status).toBe(404);
    expect((await ask(nobody)).html).toContain('Nobody is signed in here');
    expect((await post('/reviews', { token: seal(), kind: 'needed' }, nobody)).status).toBe(403);
  });

  test('an earlier policy as one that is not in force, also on paper', async () => {
    const current = (await ask({ path: '/aup' })).html;
    expect(current).toMatch(/In force since September 1, 2026 at 4:05\sAM\. /);
    expect(current).not.toContain('not the policy in force');
    const { html } = await ask({ path: '/aup/a-before' });
    expect(html).toMatch(/In force from August 31, 2026 at 4:05\sAM until September 1, 2026 at 4:05\sAM/);
    expect(html).toContain('<strong>This is an earlier version. It is not the policy in force.</strong>');
    const note = /<div class="aup"[^]*?<nav/.exec(html)?.[0] ?? '';
    expect(note).not.toMatch(/In force since|that the filter follows/);
    const spanish = await ask({ path: '/aup/a-before', acceptLanguage: 'es' });
    expect(spanish.html).toContain('No es la política en vigor.');
  });

  test('no page may be framed, run or load anything', async () => {
    const { headers, html } = await ask();
    const csp = headers.get('Content-Security-Policy') ?? '';
    expect(csp).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(csp).not.toMatch(/unsafe|script/);
    expect(html).not.toMatch(/<script| on[a-z]+=/i);
  });
});

describe('a request to look at something', () => {
  test('says who reads it: of staff, other people than of students', async () => {
    const [mine, staffs] = [record(), record({ about: 'staff', host: 'staff.test' })];
    journal.append([mine, staffs]);
    const [ofStudent, ofStaff] = [
      await ask({ path: `/records/${mine.id}` }),
      await ask({ path: `/records/${staffs.id}` }),
    ];
    expect(ofStudent.html).toContain('Your principal and the district technology office read this');
    expect(ofStaff.html).toContain('named for records of staff read this');
    expect(ofStaff.html).not.toContain('principal');
  });

  test('is kept, and its state is shown', async () => {
    const mine = record({ person: someone(1) });
    journal.append([mine]);
    const token = seal({ record: mine.id, continue: null });
    const answer = await post('/reviews', { token, kind: 'mistake', text: ` it's <b>fine</b> ` });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, `/records/${mine.id}`]);
    const [review] = await repository.acts.reviewsOf(ann.key);
    expect(review).toMatchObject({ record: mine.id, kind: 'mistake', text: "it's <b>fine</b>", at: now });
    const { html } = await ask({ path: `/records/${mine.id}` });
    expect(html).toContain('Waiting for somebody to look');
    expect(html).toContain('&lt;b&gt;fine');
    expect(html).not.toContain('action="/reviews"');
  });

  test.each<[string, Record<string, string>, Partial<PortalRequest>, number]>([
    ['was made for somebody else', { token: seal({ subject: bob.key }), kind: 'needed' }, {}, 400],
    ['comes from somebody else', { token: seal(), kind: 'needed' }, { person: bob }, 400],
    ['is too old', { token: seal({ expires: now }), kind: 'needed' }, {}, 400],
    ['has no seal', { token: 'made-up', kind: 'needed' }, {}, 400],
    ['has no kind', { token: seal() }, {}, 400],
    ['has another kind', { token: seal(), kind: 'other' }, {}, 400],
    ['is no form', { token: seal(), kind: 'needed' }, { contentType: 'text/plain' }, 400],
  ])('that %s is refused', async (_, fields, changes, status) => {
    expect((await post('/reviews', fields, changes)).status).toBe(status);
    expect(await repository.acts.reviewsOf(ann.key)).toEqual([]);
    expect(await repository.acts.reviewsOf(bob.key)).toEqual([]);
  });

  test('counts once', async () => {
    const fields = { token: seal(), kind: 'needed' };
    await post('/reviews', fields);
    expect((await post('/reviews', fields)).status).toBe(409);
  });
});

describe('going on past a notice', () => {
  test('is granted for the rule’s time, kept with its reason, and leads back', async () => {
    const { status, html } = await post('/continue', { token: seal(), reason: 'lesson' });
    expect(status).toBe(200);
    expect(html).toContain('content="0;url=http://slow.test/a?b=c"');
    expect(granted).toMatchObject([
      { subject: ann.key, rule: 'warned', host: 'slow.test', expires: now + 60_000 },
    ]);
    expect(await repository.acts.liveGrants(now)).toEqual(granted);
  });

  test.each<[string, Record<string, string>, Partial<PortalRequest>]>([
    ['where nobody can go on', { token: seal({ continue: null }), reason: 'lesson' }, {}],
    ['without a reason', { token: seal() }, {}],
    ['for a reason of one’s own', { token: seal(), reason: 'bored' }, {}],
    ['by somebody else', { token: seal(), reason: 'lesson' }, { person: bob }],
    ['by one of the youngest', { token: seal({ subject: kim.key }), reason: 'lesson' }, { person: kim }],
  ])('is refused %s', async (_, fields, changes) => {
    expect((await post('/continue', fields, changes)).status).toBe(400);
    expect(granted).toEqual([]);
  });

  test('counts once', async () => {
    const fields = { token: seal(), reason: 'lesson' };
    await post('/continue', fields);
    expect((await post('/continue', fields)).status).toBe(409);
    expect(granted).toHaveLength(1);
  });
});

test.each([
  ['POST', '/'],
  ['DELETE', '/aup'],
  ['GET', '/reviews'],
  ['GET', '/continue'],
])('%s %s is not possible', async (method, path) => {
  expect((await ask({ method, path })).status).toBe(405);
});

test('what fails inside is told to the house, and to the reader only that it did', async () => {
  journal.close();
  const { status, html } = await ask();
  expect(status).toBe(503);
  expect(html).not.toContain('database');
  expect(errors).toHaveLength(1);
  journal = Journal.open(join(fresh(), 'journal.db'), { lockTimeout: 0 }, 0);
});

test('the language is the reader’s', async () => {
  expect((await ask({ acceptLanguage: 'es-MX,en;q=0.5' })).html).toContain('Lo que se guardó sobre ti');
});
