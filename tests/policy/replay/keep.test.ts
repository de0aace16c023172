/** What a record keeps of a decision. */
import { describe, expect, test } from 'vitest';
import { compileEdition } from '../../../policy/compile/edition.ts';
import { openImage } from '../../../policy/compile/image.ts';
import { decide } from '../../../policy/decide.ts';
import type { Grant } from '../../../policy/decision.ts';
import type { RawTarget } from '../../../policy/facts.ts';
import { requestFacts, withAliases, withResponse } from '../../../policy/facts.ts';
import { keep } from '../../../policy/replay/keep.ts';
import { keptText, mostKept, readKept } from '../../../policy/replay/kept.ts';
import type { Kept } from '../../../policy/replay/kept.ts';
import { replay } from '../../../policy/replay/replay.ts';
import type { RequestFacts } from '../../../policy/request.ts';
import type { Subject } from '../../../policy/subject.ts';

const aup = '---\ntitle: A\nadopted: 2026-08-01\nlanguage: en\n---\n### 1 One {#one}\n\nText.\n';
const rule = (id: string, match: string, action = 'block'): string =>
  `  - { id: ${id}, title: A, publicTitle: A, clause: one, match: ${match}, action: ${action} }`;
const policy = `hallpass: 1
title: A
timeZone: America/Denver
audiences: { students: { title: Students, groups: [students] }, staff: { title: Staff, groups: [staff] } }
networks: { lab: { title: Lab, cidrs: [10.0.0.0/8] } }
crisis: { hosts: [help.test] }
categories: { games: { title: Games } }
rules:
${rule('search', '{ search: [buy weapons] }')}
${rule('robot', "{ hosts: [cdn.test], userAgents: ['*robot*'] }")}
${rule('query', "{ expressions: ['[?&]v=fun'] }")}
${rule('games', '{ categories: [games] }')}
default: { action: allow, publicTitle: Open, noClause: none }
`;
const compiled = compileEdition({ policy, aup: [aup] }, [
  { name: 'ours', text: '@category games\ngames.test\nx.test/play\nx.test/watch?v=secret\n' },
]);
if (!compiled.ok) throw new Error(JSON.stringify(compiled));
const image = openImage(compiled.image);
const at = Date.UTC(2026, 8, 1, 15);

function get(address: string, fields: Readonly<Record<string, string>> = {}): RequestFacts {
  const url = new URL(address);
  const head = { fields: { keys: Object.keys(fields), get: (key: string) => fields[key] } };
  const target: RawTarget = {
    scheme: 'http',
    ...{ rawHost: url.hostname, port: 80, method: 'GET' },
    ...{ rawPath: url.pathname, rawQuery: url.search.slice(1) },
  };
  const found = requestFacts(target, head);
  if (!found.ok) throw new Error(found.code);
  return found.facts;
}
const student: Subject = {
  ip: '10.0.0.1',
  identity: {
    ...{ key: 'k', login: 'ann', name: 'Ann', schools: [] },
    groups: [{ key: 'g', name: 'students', dn: 'cn=students' }],
  },
};
function kept(facts: RequestFacts, subject = student, grants: readonly Grant[] = []): Kept | null {
  return keep({ image, facts, subject, grants, at, decision: decide(image, facts, subject, grants, at) });
}

describe('a record keeps', () => {
  test('the audiences, the network and the entry that matched', () => {
    expect(kept(get('http://play.games.test/a?b=c'))).toMatchObject({
      ...{ v: 1, identity: 'known', audiences: ['students'], network: 'lab' },
      entry: '`games.test` is in category `games` by list `ours`, line 2',
    });
  });

  test('whether a condition held that read the search or a field, and not what it read', () => {
    const facts = get('http://cdn.test/a', { 'user-agent': 'A Robot 1' });
    expect(kept(facts)?.asked.truths).toEqual({ search: { search: false }, robot: { userAgents: true } });
    expect(JSON.stringify(kept(facts))).not.toMatch(/Robot|weapons/);
  });

  test('whether the address was in a place of a rule, where there was a query to tell', () => {
    expect(kept(get('http://x.test/a?v=fun'))?.asked.truths).toMatchObject({ query: { place: true } });
    expect(kept(get('http://x.test/play'))?.asked.truths).toEqual({ search: { search: false } });
  });

  test('no entry that would tell the query', () => {
    const found = kept(get('http://x.test/watch?v=secret'));
    expect(found?.asked.truths).toMatchObject({ games: { place: true } });
    expect(found).not.toHaveProperty('entry');
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  test('the type of the answer, and other names in DNS where they counted', () => {
    const facts = withResponse(get('http://a.test/'), { mediaType: 'text/html', size: 1 });
    expect(kept(withAliases(facts, ['b.test', 'c.games.test']))?.asked).toMatchObject({
      ...{ response: { type: 'text/html' }, aliases: ['c.games.test'] },
    });
  });

  test('the grants that counted, and whether a page brought the request along', () => {
    const grant: Grant = {
      kind: 'override',
      subjectKind: 'group',
      ...{ id: 'o', subject: 'g', host: 'page.test', path: null, expires: at + 1 },
    };
    const facts = get('http://games.test/a', {
      'sec-fetch-dest': 'image',
      referer: 'http://page.test/secret',
    });
    const other = { ...grant, id: 'other', host: 'other.test' };
    const found = kept(facts, student, [other, grant]);
    expect(found?.grants).toEqual([{ kind: 'override', id: 'o', host: 'page.test', path: null }]);
    expect(found?.asked.broughtBy).toEqual(['o']);
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  test('what was put over the policy, as far as it was about this', () => {
    const closed = ['shut.test', 'else.test'].map((host) => ({ id: host, host, until: null }));
    const under = image.under({ floorOnly: { id: 'f', began: at, until: at + 1 }, closed });
    const facts = get('http://www.shut.test/');
    const decision = decide(under, facts, student, [], at);
    expect(keep({ image: under, facts, subject: student, grants: [], decision, at })?.emergency).toEqual({
      ...{ floorOnly: true, closed: ['shut.test'] },
    });
  });

  test('of crisis help nothing, ever', () => {
    expect(kept(get('http://help.test/?who=me'))).toBeNull();
  });

  test('nothing where it would say something else than the record', () => {
    const facts = get('http://games.test/');
    const decision = decide(image, get('http://open.test/'), student, [], at);
    expect(keep({ image, facts, subject: student, grants: [], decision, at })).toBeNull();
  });
});

describe('as text', () => {
  const some = kept(get('http://games.test/?a=b')) as Kept;

  test('is read again as it was written', () => {
    expect(readKept(keptText(some))).toEqual(some);
    expect(readKept(null)).toBeNull();
    expect(readKept('{"v":2}')).toBeNull();
  });

  test('is no longer than it may be; what has no room is said', () => {
    const truths = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`rule-number-${String(i)}`, { place: true }]),
    );
    const text = keptText({ ...some, entry: 'x'.repeat(1_000), asked: { ...some.asked, truths } }) ?? '';
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(mostKept);
    expect(readKept(text)?.left).toEqual(['the entry that matched', 'what held of 200 rules']);
    expect(keptText({ ...some, audiences: Array.from({ length: 999 }, () => 'too-many') })).toBeNull();
  });
});

test('a record without an address that can be read is not decided again', () => {
  const record = { url: 'gopher://a', method: 'GET', ip: '10.0.0.1', person: null, at };
  expect(replay(image, record, kept(get('http://games.test/')) as Kept, true)).toBeNull();
});
