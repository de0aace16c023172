/** What a draft would have done to a sample. */
import { describe, expect, it } from 'vitest';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import { readSubjects } from '../../policy/lint/subjects.ts';
import { Preview } from '../../policy/preview.ts';
import type { SampleCell } from '../../policy/sample.ts';
import { textOf } from '../rules/read.ts';

const policyText = (rules: readonly string[], more = '') => `hallpass: 1
title: T
timeZone: UTC
audiences:
  kids: { title: Kids, groups: [kids] }
  teens: { title: Teens, groups: [teens] }
schedules: { lessons: { windows: [{ days: [mon], from: '08:00', to: '15:00' }] } }
categories: { games: { title: Games }, press: { title: { en: News } } }
lists: { l: { category: games, hosts: [games.test] }, p: { category: press, hosts: [daily.test] } }
${more}
rules:${rules.length === 0 ? ' []' : ''}
${rules.map((rule, i) => `  - { id: r${String(i + 1)}, title: R, publicTitle: R, noClause: n, ${rule} }`).join('\n')}
default: { action: allow, publicTitle: D, noClause: n }
`;
const aup = '---\ntitle: A\nadopted: 2026-08-03\nlanguage: en\n---\n\n## 1 Games {#games}\n\nG.\n';
const subjects = readSubjects(textOf('protected-subjects.yaml'), 'protected-subjects.yaml');

function image(rules: readonly string[], more?: string) {
  const compiled = compileEdition({ policy: policyText(rules, more), aup: [aup] }, []);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return openImage(compiled.image);
}

/** A Monday. */
const morning = Date.parse('2026-10-12T10:00:00Z');
const cell = (part: Partial<SampleCell>): SampleCell => ({
  ...{ at: morning, audiences: 'kids', known: true, scheme: 'https', host: 'a.test', port: 443 },
  ...{ method: 'CONNECT', path: '', action: 'allow', count: 10, people: 5 },
  ...part,
});
const page = (part: Partial<SampleCell>) =>
  cell({ scheme: 'http', port: 80, method: 'GET', path: '/x', ...part });

function preview(
  before: readonly string[],
  after: readonly string[],
  cells: readonly SampleCell[],
  more?: string,
) {
  const work = new Preview({
    before: image(before),
    after: image(after, more),
    subjects: subjects.ok ? subjects.subjects : [],
  });
  for (const each of cells) work.add(each);
  return work.report();
}

const block = (match: string, rest = '') => `match: { ${match} }, action: block${rest}`;

describe('a preview', () => {
  it('of the same policy changes nothing', () => {
    const rules = [block('categories: [games]'), 'for: [kids], match: { hosts: [b.test] }, action: warn'];
    const cells = [
      cell({}),
      cell({ host: 'games.test', action: 'block' }),
      cell({ host: 'b.test', action: 'warn' }),
    ];
    expect(preview(rules, rules, cells)).toMatchObject({
      cells: 3,
      requests: 30,
      changed: 0,
      otherwise: 0,
      hosts: [],
      audiences: [],
    });
  });

  it('says which audiences and hosts would meet something else, and how often', () => {
    const report = preview(
      [block('hosts: [b.test]', ', for: [teens]')],
      [
        block('categories: [games]', ', for: [kids]'),
        'for: [kids], match: { hosts: [a.test] }, action: warn',
      ],
      [
        cell({ host: 'games.test', count: 3 }),
        cell({ host: 'games.test', count: 4, people: 25, at: morning + 3_600_000 }),
        cell({ host: 'games.test', audiences: 'teens' }),
        cell({ host: 'b.test', audiences: 'teens', action: 'block', count: 8 }),
        cell({ host: 'a.test', count: 2 }),
        cell({ host: 'other.test' }),
      ],
    );
    expect(report).toMatchObject({ requests: 37, changed: 17, otherwise: 0 });
    expect(report.audiences).toEqual([
      { audiences: ['kids'], requests: 19, closed: 7, opened: 0, noticed: 2 },
      { audiences: ['teens'], requests: 18, closed: 0, opened: 8, noticed: 0 },
    ]);
    expect(
      report.hosts.map(({ host, audiences, requests, people, before, after }) => [
        host,
        audiences.join(),
        requests,
        people,
        before.rule,
        after.rule,
      ]),
    ).toEqual([
      ['b.test', 'teens', 8, 5, 'r1', 'default'],
      ['games.test', 'kids', 7, 25, 'default', 'r1'],
      ['a.test', 'kids', 2, 5, 'default', 'r2'],
    ]);
  });

  it('goes by the hour, the method and the path', () => {
    const rules = [
      block('hosts: [a.test]', ', when: [lessons]'),
      block('urls: ["b.test/x/*"], methods: [GET]'),
    ];
    const { hosts } = preview([], rules, [
      cell({ count: 1 }),
      cell({ count: 2, at: morning + 8 * 3_600_000 }),
      page({ host: 'b.test', path: '/x/1', count: 4 }),
      page({ host: 'b.test', path: '/y/1', count: 8 }),
      page({ host: 'b.test', path: '/x/1', method: 'POST', count: 16 }),
      cell({ host: 'b.test', count: 32 }),
    ]);
    expect(hosts.map(({ host, requests }) => [host, requests])).toEqual([
      ['b.test', 4],
      ['a.test', 1],
    ]);
  });

  it('points out what looks wrong first: news, health, learning, and hosts that everybody knows for them', () => {
    const { hosts } = preview(
      [],
      [block('categories: [press]'), block('hosts: [wikipedia.org, big.test]')],
      [
        cell({ host: 'big.test', count: 1_000 }),
        cell({ host: 'www.daily.test' }),
        cell({ host: 'en.wikipedia.org', count: 20 }),
      ],
    );
    expect(hosts.map(({ host, wrong }) => [host, wrong])).toEqual([
      ['en.wikipedia.org', 'learning'],
      ['www.daily.test', 'news'],
      ['big.test', null],
    ]);
  });

  it('does not take for wrong what opens, or what was closed before', () => {
    const closed = [block('categories: [press]')];
    const [change, ...others] = preview(closed, [], [cell({ host: 'daily.test', action: 'block' })]).hosts;
    expect([change?.wrong, others]).toEqual([null, []]);
    expect(preview(closed, closed, [cell({ host: 'daily.test', action: 'block' })]).hosts).toEqual([]);
  });

  it('lets a draft that observes change nothing but what it opens', () => {
    const rules = [block('hosts: [a.test]')];
    expect(preview(rules, rules, [cell({ action: 'block' })], 'mode: observe').hosts[0]?.after).toEqual({
      action: 'allow',
      rule: 'r1',
    });
  });
});

describe('what a sample cannot tell', () => {
  it.each<[string, readonly string[], SampleCell, string]>([
    ['who it was', [block('hosts: [a.test]', ', for: [teens]')], cell({ known: false }), 'identity'],
    ['a search', [block('search: [fight club]')], page({}), 'request'],
    ['a field', [block('hosts: [a.test], headers: [X-A]')], page({}), 'request'],
    ['a query', [block('expressions: ["a.test/x[?]play=1"]')], page({}), 'request'],
    ['what is sent along', [block('upload: {}')], page({ method: 'POST' }), 'request'],
    ['the answer', [block('hosts: [a.test], mediaTypes: ["video/*"]')], page({}), 'response'],
  ])('%s', (_name, rules, each, lacks) => {
    expect(preview([], rules, [each])).toMatchObject({ changed: 0, undecided: { [lacks]: 10 } });
  });

  it.each<[string, string, SampleCell]>([
    ['a tunnel, in which nobody sees them', block('search: [fight club]'), cell({})],
    ['a rule for other people', block('search: [fight club]', ', for: [teens]'), page({})],
    [
      'a rule for another time',
      block('search: [fight club]', ', when: [lessons]'),
      page({ at: morning + 8 * 3_600_000 }),
    ],
    ['a rule for another method', block('methods: [POST], upload: {}'), page({})],
    ['an expression that the path alone meets', block('expressions: ["^a.test/x"]'), page({})],
  ])('is not %s', (_name, rule, each) => {
    expect(preview([], [rule], [each]).undecided).toEqual({ identity: 0, request: 0, response: 0 });
  });

  it('is no matter where a rule before it decides', () => {
    const rules = ['match: { hosts: [a.test] }, action: allow', block('search: [fight club]')];
    expect(preview([], rules, [page({})]).undecided.request).toBe(0);
  });

  it('tells of what was decided otherwise then', () => {
    expect(preview([], [], [cell({ action: 'block' })])).toMatchObject({ otherwise: 10, changed: 0 });
  });
});
