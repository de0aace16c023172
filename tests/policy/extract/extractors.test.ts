/** The tables: how they are read, kept and found again. */
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../policy/errors.ts';
import { compileExtractors } from '../../../policy/extract/compile.ts';
import { Extractors, noExtractors, noPlaces } from '../../../policy/extract/extractors.ts';
import { HostIndex } from '../../../policy/extract/host-index.ts';
import { PathForm } from '../../../policy/extract/path-form.ts';
import type { ExtractorSource } from '../../../policy/extract/source.ts';
import { requestFacts } from '../../../policy/facts.ts';
import { noFacts } from '../../../policy/request.ts';
import { extractors } from './fixture.ts';

const problemsOf = (text: string): string[] => {
  const made = compileExtractors([{ name: 'x.yaml', text }]);
  return made.ok ? [] : made.problems.map(formatProblem);
};

const asked = (rawHost: string, rawPath: string, rawQuery = '') =>
  ({ scheme: 'http', port: 80, method: 'GET', rawHost, rawPath, rawQuery }) as const;

describe('the tables', () => {
  it('hold at least fifteen engines', () => {
    expect(extractors.source.engines.length).toBeGreaterThanOrEqual(15);
  });

  it('go through JSON and say the same', () => {
    const again = new Extractors(JSON.parse(JSON.stringify(extractors.source)) as ExtractorSource);
    expect(again.source).toEqual(extractors.source);
    const request = asked('translate.google.com', '/translate', 'u=blocked.test');
    const [one, other] = [extractors, again].map((each) => requestFacts(request, null, each));
    expect(one?.ok && one.facts.inner.map(({ host }) => host)).toEqual(['blocked.test']);
    expect(one).toEqual(other);
  });

  it('may be added to by a later file, name by name', () => {
    const made = compileExtractors([
      { name: 'a.yaml', text: 'engines: { a: { hosts: [a.test], searches: [{ parameters: [q] }] } }' },
      { name: 'b.yaml', text: 'engines: { a: { hosts: [b.test], searches: [{ parameters: [p] }] } }' },
    ]);
    expect(made.ok && made.extractors.source.engines).toMatchObject([{ name: 'a', hosts: ['b.test'] }]);
  });

  it('may be absent: then nothing is known, and nothing is made', () => {
    const made = requestFacts(asked('translate.google.com', '/translate', 'u=http://blocked.test'));
    expect(made).toMatchObject({ ok: true, facts: { inner: [], url: { search: null } } });
    expect(made.ok && made.facts.inner).toBe(noFacts);
    expect(noExtractors.placesOf('google.com')).toBe(noPlaces);
  });

  it('cost a plain request no array of its own', () => {
    const made = requestFacts(asked('www.example.test', '/a/page.html', 'x=1'), null, extractors);
    expect(made.ok && made.facts.inner).toBe(noFacts);
    expect(extractors.placesOf('www.example.test')).toBe(noPlaces);
  });

  it.each([
    ['engines: { a: { hosts: [], searches: [] } }', 'x.yaml:1:24'],
    ['engines: { a: { hosts: [a b], searches: [{ parameters: [q] }] } }', 'x.yaml:1:25'],
    ['engines: { a: { hosts: [A.test], searches: [{ parameters: [q] }] } }', 'x.yaml:1:25'],
    ['engines: { a: { hosts: ["=a.*"], searches: [{ parameters: [q] }] } }', 'x.yaml:1:25'],
    ['engines: { a: { hosts: [a.test], searches: [{ paths: [search] }] } }', 'x.yaml:1:55'],
    ['engines: { a: { hosts: [a.test], searches: [{ paths: [/Search] }] } }', 'x.yaml:1:55'],
    ['engines: { a: { hosts: [a.test], searches: [{ paths: ["/{url}/x"] }] } }', 'x.yaml:1:55'],
    ['engines: { a: { hosts: [a.test], search: [] } }', 'unknown key `search`'],
    ['carriers: { a: { hosts: [a.test] } }', 'nothing says where `a` holds the address'],
    ['carriers: { a: { paths: [/x], coding: cache } }', 'nothing says where `a` holds the address'],
    ['carriers: { a: { paths: [/x], coding: yahoo } }', '`a` needs hosts'],
    ['carriers: { a: { query: true } }', '`a` would be found on every host'],
    ['carriers: { a: { hosts: ["=a.test"], coding: label } }', '`a` needs plain hosts'],
    ['carriers: [', 'x.yaml:1:'],
  ])('%s is refused: %s', (text, complaint) => {
    expect(problemsOf(text).join('\n')).toContain(complaint);
  });
});

describe('a host is found', () => {
  const index = new HostIndex<string>();
  for (const pattern of ['a.test', 'b.a.test', '=c.test', 'wide.*', 'in.wide.*']) index.add(pattern, pattern);
  const none: readonly string[] = [];

  it.each([
    ['a.test', ['a.test']],
    ['x.a.test', ['a.test']],
    ['b.a.test', ['b.a.test', 'a.test']],
    ['x.b.a.test', ['b.a.test', 'a.test']],
    ['ba.test', []],
    ['a.test.evil', []],
    ['c.test', ['=c.test']],
    ['x.c.test', []],
    ['wide.com', ['wide.*']],
    ['www.wide.co.uk', ['wide.*']],
    ['wide.com.br', ['wide.*']],
    ['in.wide.de', ['in.wide.*', 'wide.*']],
    ['x.in.wide.de', ['in.wide.*', 'wide.*']],
    ['xin.wide.de', ['wide.*']],
    ['wide.evil.test', []],
    ['wide', []],
    ['notwide.com', []],
    ['10.1.2.3', []],
    ['2001:db8::1', []],
    ['', []],
  ])('%s: %j', (host, expected) => {
    expect([...index.find(host, none)].sort()).toEqual([...expected].sort());
    if (expected.length === 0) expect(index.find(host, none)).toBe(none);
  });
});

describe('a path form', () => {
  it.each([
    ['/', '/', ''],
    ['/', '/x', null],
    ['/**', '/', ''],
    ['/**', '/x/y', ''],
    ['/search', '/search', ''],
    ['/search', '/SEARCH/', ''],
    ['/search', '/search/x', null],
    ['/search', '/research', null],
    ['/search/**', '/search', ''],
    ['/search/**', '/search/a/b', ''],
    ['/*/search', '/de/search', ''],
    ['/*/search', '/search', null],
    ['/s/{words}', '/s/a-b', 'a-b'],
    ['/s/{words}', '/s', null],
    ['/s/{words}/**', '/s/a/b', 'a'],
    ['/web/*/{url}', '/web/2020/http:/a/b', 'http:/a/b'],
    ['/web/*/{url}', '//web//2020//http://a/b', 'http://a/b'],
    ['/web/*/{url}', '/web/2020', null],
    ['/x/{scheme}/{url}', '/x/https/a.test', 'a.test'],
    ['/x/{scheme}/{url}', '/x/ftp/a.test', null],
    ['/{id}/{url}', '/0123456789abcdef/u', 'u'],
    ['/{id}/{url}', '/0123/u', null],
    ['/**/go.php', '/go.php', ''],
    ['/**/go.php', '/a/b/go.php', ''],
    ['/**/go.php', '/a/go.php/b', null],
  ])('%s of %s: %j', (form, path, held) => {
    expect(new PathForm(form).match(path)?.held ?? null).toBe(held);
  });
});
