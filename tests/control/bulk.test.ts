/** Many questions, one a line. */
import { describe, expect, it, test } from 'vitest';
import { answersOf, Bulk } from '../../control/bulk.ts';
import { ask } from '../../control/check.ts';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import type { Person } from '../../policy/subject.ts';
import { aup } from './house.ts';

const policy = `hallpass: 1
title: T
timeZone: UTC
audiences:
  kids: { title: Kids, groups: [kids, 'cn=k,dc=test'] }
  minors: { title: Minors, age: { under: 17 } }
schedules: { lessons: { windows: [{ days: [tue], from: '08:00', to: '15:00' }] } }
rules:
  - { id: games, title: G, publicTitle: G, clause: games, for: [kids], match: { hosts: [games.test] }, action: block }
  - { id: old, title: O, publicTitle: O, noClause: n, for: [minors], match: { hosts: [old.test] }, action: warn }
  - { id: up, title: U, publicTitle: U, noClause: n, match: { hosts: [up.test], methods: [POST], headers: [X-Up] }, action: block }
  - { id: late, title: L, publicTitle: L, noClause: n, match: { hosts: [late.test] }, when: [lessons], action: block }
default: { action: allow, publicTitle: D, noClause: n }
`;
const compiled = compileEdition({ policy, aup: [aup] }, []);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
const ann: Person = {
  key: 'a',
  login: 'ann',
  name: 'Ann',
  groups: [{ key: '1', name: 'kids', dn: 'cn=kids' }],
  schools: [],
};
const asked: string[] = [];
const parts = {
  image: openImage(compiled.image),
  policyVersion: compiled.id.policyVersion,
  findPerson: async (login: string) => {
    asked.push(login);
    if (login === 'down') throw new Error('no server answers');
    return login === 'ann' ? ann : null;
  },
  grants: async () => [],
  now: () => Date.parse('2026-10-13T10:00:00Z'),
};

async function answers(...lines: readonly unknown[]) {
  const bulk = new Bulk(parts);
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  const { text, failed } = await answersOf(bulk, texts, 1);
  const rows = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { rows, failed };
}
const one = async (line: unknown) => (await answers(line)).rows[0];

test.each<[string, object, object]>([
  ['nobody who is known', { url: 'http://games.test/' }, { action: 'allow', needs: ['identity'] }],
  [
    'somebody in a group',
    { url: 'http://games.test/', groups: ['KIDS'] },
    { action: 'block', rule: 'games', clause: 'games', tier: 'ordered', needs: [], enforced: true },
  ],
  [
    'somebody in a group by its DN',
    { url: 'http://games.test/', groups: 'cn=k,dc=test' },
    { action: 'block' },
  ],
  [
    'somebody in another group',
    { url: 'http://games.test/', groups: ['others'] },
    { action: 'allow', needs: [] },
  ],
  ['somebody in an audience', { url: 'https://games.test/x', audience: 'kids' }, { action: 'block' }],
  ['somebody in an audience by age', { url: 'http://old.test/', audience: ['minors'] }, { action: 'warn' }],
  [
    'somebody in no audience but everybody’s',
    { url: 'http://old.test/', audience: 'anyone' },
    { action: 'allow', needs: [] },
  ],
  ['a person of the directory', { url: 'http://games.test/', user: 'ann' }, { action: 'block' }],
  [
    'a method and a field',
    { url: 'http://up.test/', method: 'POST', headers: { 'x-up': '1' } },
    { action: 'block', rule: 'up' },
  ],
  [
    'another method',
    { url: 'http://up.test/', method: 'PUT', headers: { 'x-up': ['1', '2'] } },
    { action: 'allow' },
  ],
  ['the time of the question', { url: 'http://late.test/' }, { action: 'block' }],
  ['a time of its own', { url: 'http://late.test/', at: '2026-10-13T16:00:00Z' }, { action: 'allow' }],
  ['an address', { url: 'http://late.test/', from: '10.1.2.3' }, { action: 'block' }],
])('%s', async (_name, line, expected) => {
  expect(await one(line)).toMatchObject({ line: 1, ...expected });
});

test.each<[unknown, string]>([
  ['nonsense', 'the line is no JSON'],
  ['[1]', 'the line is no JSON object'],
  [{}, '`url` is no http or https URL'],
  [{ url: 'ftp://a.test' }, '`url` is no http or https URL'],
  [{ url: 'http://ä ö/' }, '`url` is no http or https URL'],
  [
    { url: 'http://a b/' },
    'the proxy would refuse `http://a b/`: the request target holds a character that no URI may hold',
  ],
  [{ url: 'http://a.test', wat: 1 }, 'unknown key `wat`'],
  [{ url: 'http://a.test', at: 'today' }, '`at` is no time such as 2026-09-01T10:30:00-06:00'],
  [{ url: 'http://a.test', at: '0000-01-01T00:00:00Z' }, '`at` is not within the years 1970 to 9998'],
  [{ url: 'http://a.test', at: '9999-12-31T23:59:59-23:59' }, '`at` is not within the years 1970 to 9998'],
  [{ url: 'http://a.test', from: 'home' }, '`from` is no IP address'],
  [
    { url: 'http://a.test', method: 'A B' },
    'the proxy would refuse `http://a.test`: the version is not `HTTP/1.0` or `HTTP/1.1`',
  ],
  [
    { url: 'http://a.test', headers: { a: 'b\r\nc: d' } },
    'the proxy would refuse `http://a.test`: a line ends in something other than CRLF',
  ],
  [{ url: 'http://a.test', audience: 'none' }, 'the policy has no audience `none`'],
  [
    { url: 'http://a.test', audience: 'kids', user: 'ann' },
    'say whose request it is by `user`, `groups` or `audience` alone',
  ],
  [
    { url: 'http://a.test', groups: ['kids'], audience: 'kids' },
    'say whose request it is by `user`, `groups` or `audience` alone',
  ],
  [{ url: 'http://a.test', user: 'nobody' }, 'the directory has no person `nobody`'],
  [{ url: 'http://a.test', user: 'down' }, 'the directory cannot be asked: no server answers'],
  [`{"url":"http://a.test/${'a'.repeat(70_000)}"}`, 'the line is longer than 65536 characters'],
])('%s is no question', async (line, error) => {
  expect(await answers(line)).toEqual({ rows: [{ line: 1, error }], failed: 1 });
});

describe('a file', () => {
  it('goes on after a line that is no question, and keeps its numbers over empty lines', async () => {
    const { rows, failed } = await answers('', { url: 'http://games.test' }, 'x', '\r', {
      url: 'http://late.test',
    });
    expect(rows.map(({ line, error }) => [line, error])).toEqual([
      [2, undefined],
      [3, 'the line is no JSON'],
      [5, undefined],
    ]);
    expect(failed).toBe(1);
  });

  it('asks the directory once for each login', async () => {
    asked.length = 0;
    await answers(...Array.from({ length: 5 }, () => ({ url: 'http://games.test', user: 'ann' })));
    expect(asked).toEqual(['ann']);
  });

  it('is answered as one question is', async () => {
    const asking = { url: 'http://games.test/a', audience: ['kids'], from: '127.0.0.1' };
    const { action, rule, needs } = await ask(parts, asking);
    expect(await one(asking)).toMatchObject({ action, rule, needs });
  });
});
