import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AbpHeaders } from '../../../policy/compile/abp-match.ts';
import { HostIndexBuilder } from '../../../policy/compile/host-index-build.ts';
import { HostHits, HostIndex } from '../../../policy/compile/host-index.ts';
import { hostSeeds } from '../../../policy/compile/host-text.ts';
import { itemOf } from '../../../policy/compile/items.ts';
import { EXPRESSION_FLAGS } from '../../../policy/compile/regex-safety.ts';
import { Glob } from '../../../policy/compile/url-glob.ts';
import { PossibleTargets, UrlHits } from '../../../policy/compile/url-hits.ts';
import { UrlIndexBuilder } from '../../../policy/compile/url-index-build.ts';
import { UrlIndex, urlSections } from '../../../policy/compile/url-index.ts';
import { isPathPrefix } from '../../../policy/compile/url-paths.ts';
import { parseUrlPattern } from '../../../policy/model/patterns.ts';
import { canonicalPath, fullyDecoded } from '../../../policy/path.ts';

type Kind = 'path' | 'exact path' | 'glob' | 'regex' | 'abp';
interface Entry {
  readonly kind: Kind;
  readonly text: string;
  readonly target: number;
  readonly except?: boolean;
}

const seeds = hostSeeds('e-1');
const split = (text: string): [host: string, path: string] => {
  const slash = text.indexOf('/');
  return [text.slice(0, slash), text.slice(slash)];
};
const pattern = (text: string) => {
  const read = parseUrlPattern(text);
  if (!read.ok) throw new Error(`${text}: ${read.hint}`);
  return read.value;
};

function build(entries: readonly Entry[], hosts: readonly string[] = []) {
  const hostBuilder = new HostIndexBuilder(seeds);
  for (const host of hosts) hostBuilder.add(host, itemOf('subtree', 999), 0);
  const builder = new UrlIndexBuilder(hostBuilder);
  for (const { kind, text, target, except = false } of entries) {
    const entry = { target, except, origin: 0 };
    const refused = add(builder, kind, text, entry);
    if (refused !== null) throw new Error(`${text}: ${refused}`);
  }
  const hostIndex = new HostIndex(hostBuilder.finish());
  return { hostIndex, sections: builder.finish(hostIndex) };
}

function add(
  builder: UrlIndexBuilder,
  kind: Kind,
  text: string,
  entry: { target: number; except: boolean; origin: number },
): string | null {
  const [host, path] = split(text);
  if (kind === 'path' || kind === 'exact path')
    return builder.path(host, kind === 'exact path', path, entry) ? null : 'no host';
  if (kind === 'regex') return builder.regex(text, entry);
  if (kind === 'abp') return builder.abp(text, entry);
  const glob = pattern(text);
  builder.glob(glob.host, glob.path, entry);
  return null;
}

interface Asked {
  readonly host: string;
  readonly rawPath: string;
  readonly query?: string;
  readonly scheme?: 'http' | 'https';
  readonly headers?: Partial<AbpHeaders>;
}

class World {
  readonly #hosts: HostIndex;
  readonly #urls: UrlIndex;
  readonly #hits = new HostHits();
  readonly #out = new UrlHits();

  constructor(entries: readonly Entry[], hosts?: readonly string[]) {
    const { hostIndex, sections } = build(entries, hosts);
    this.#hosts = hostIndex;
    this.#urls = new UrlIndex(sections, hostIndex);
  }

  #ask({ host, rawPath, query = '', scheme = 'https', headers }: Asked): UrlHits {
    this.#hosts.lookup(host, this.#hits);
    const url = { path: canonicalPath(rawPath), rawPath, query };
    const all = { dest: '', mode: '', site: '', initiator: '', ...headers };
    this.#urls.hits({ scheme, host }, { ...url, headers: all }, this.#hits, this.#out);
    return this.#out;
  }

  /** Targets: `!` in front of an exception, `~` of a loose hit, `+` of an important one. */
  hits(asked: Asked): string[] {
    const out = this.#ask(asked);
    return Array.from({ length: out.count }, (_, i) => {
      const marks = `${out.isExcept(i) ? '!' : ''}${out.isLoose(i) ? '~' : ''}${out.isImportant(i) ? '+' : ''}`;
      return `${marks}${out.target(i)}`;
    }).sort();
  }

  /** What was matched, in words. */
  texts(asked: Asked): string[] {
    const out = this.#ask(asked);
    return Array.from({ length: out.count }, (_, i) => this.#urls.textOf(out.sources[i] ?? 0));
  }

  possible(host: string): number[] {
    const found = new PossibleTargets();
    this.#hosts.lookup(host, this.#hits);
    this.#urls.possible(host, this.#hits, found);
    return [...found.targets.subarray(0, found.count)].sort((a, b) => a - b);
  }
}

const url = (text: string, scheme: 'http' | 'https' = 'https'): Asked => {
  const [host, rest] = split(text);
  const [rawPath = '', ...query] = rest.split('?');
  return { host, rawPath, query: query.join('?'), scheme };
};
const one = (kind: Kind, text: string) => new World([{ kind, text, target: 7 }]);

describe('a path prefix', () => {
  it.each([
    ['a.test/games', 'a.test/games', ['7']],
    ['a.test/games', 'a.test/games/x', ['7']],
    ['a.test/games', 'www.a.test/games?x=1', ['7']],
    ['a.test/games', 'a.test/Games', ['7']],
    ['a.test/games', 'a.test/gamesx', []],
    ['a.test/games', 'a.test/game', []],
    ['a.test/games', 'ba.test/games', []],
    ['a.test/games', 'a.test/x/games', []],
    ['a.test/watch?v=ab', 'a.test/watch?v=ab', ['7']],
    ['a.test/watch?v=ab', 'a.test/watch?v=ab&t=9', ['7']],
    ['a.test/watch?v=ab', 'a.test/watch?V=AB', ['7']],
    ['a.test/watch?v=ab', 'a.test/watch?v=abc', []],
    ['a.test/watch?v=ab', 'a.test/watch?t=9&v=ab', ['~7']],
    ['a.test/watch?v=ab', 'a.test/watch?t=9&v=ab&u=1', ['~7']],
    ['a.test/watch?v=ab', 'a.test/watch?t=9&v=abc', []],
    ['a.test/watch?v=ab', 'a.test/watch?xv=ab', []],
    ['a.test/watch?v=ab', 'a.test/watch?%76=%61b', ['~7']],
    ['a.test/watch?v=ab', 'a.test/x/watch?v=ab', []],
    ['a.test/watch?v', 'a.test/watch?t=9&v=ab', ['~7']],
    ['a.test/café', 'a.test/caf%C3%A9/x', ['7']],
    ['a.test/café', 'a.test/CAF%C3%89', ['7']],
    ['a.test/a', 'a.test/b/../a/c', ['7']],
    ['a.test/b', 'a.test/b/../a', ['~7']],
    ['192.0.2.7/x', '192.0.2.7/x', ['7']],
  ])('%s on %s: %j', (entry, asked, expected) => {
    expect(one('path', entry).hits(url(asked))).toEqual(expected);
  });

  it('of one host alone is not for those below', () => {
    expect(one('exact path', 'a.test/x').hits(url('a.test/x'))).toEqual(['7']);
    expect(one('exact path', 'a.test/x').hits(url('b.a.test/x'))).toEqual([]);
  });

  it('that is an exception holds by the canonical address only', () => {
    const world = new World([
      { kind: 'path', text: 'a.test/x', target: 7 },
      { kind: 'path', text: 'a.test/x/y', target: 7, except: true },
    ]);
    expect(world.hits(url('a.test/x/y/z'))).toEqual(['!7', '7']);
    expect(world.hits(url('a.test/x/y/../z'))).toEqual(['7']);
    expect(world.texts(url('a.test/x'))).toEqual(['a.test/x']);
  });
});

describe('a pattern', () => {
  it.each<[Kind, string, string, string[]]>([
    ['glob', 'a.test/b/*', 'a.test/b/c', ['7']],
    ['glob', 'a.test/b/*', 'a.test/b', []],
    ['glob', 'a.test/b/*', 'www.a.test/b/c', []],
    ['glob', '**.a.test/b/**', 'x.y.a.test/b', ['7']],
    ['glob', '*.a.test/b', 'x.a.test/B', ['7']],
    ['glob', '*.a.test/b', 'a.test/b', []],
    ['glob', 'www*.a.test/**', 'www2.a.test/', ['7']],
    ['glob', '**/casino/*', 'any.test/casino/x', ['7']],
    ['glob', '**/casino/*', 'any.test/x?casino/x', []],
    ['glob', 'a.test/open/**', 'a.test/open/../closed', ['~7']],
    ['regex', 'casino[0-9]+', 'any.test/x/mycasino77', ['7']],
    ['regex', '^a\\.test/', 'a.test/x', ['7']],
    ['regex', '^a\\.test/', 'ba.test/x', []],
    ['regex', 'CASINO', 'any.test/Casino', ['7']],
    ['regex', 'q=sex$', 'any.test/s?q=sex', ['7']],
    ['regex', 'q=sex$', 'any.test/s?q=se%78', ['~7']],
    ['regex', '.test/[a-z]$', 'any.test/x', ['7']],
    ['abp', '||ads.test^$image', 'ads.test/x.png', ['7']],
    ['abp', '||ads.test^$image', 'ads.test/x.js', []],
    ['abp', '||ads.test/banner', 'www.ads.test/banner/x', ['7']],
    ['abp', '||ads.test/banner', 'ads.test/x/banner', []],
    ['abp', '||ads.test/banner', 'ads.test.evil.test/banner', []],
    ['abp', '||ads.', 'x.ads.evil.test/', ['7']],
    ['abp', '||ads.', 'xads.evil.test/', []],
    ['abp', '/banner/*/ad_', 'any.test/banner/x/y/ad_1', ['7']],
    ['abp', '/banner/*/ad_', 'any.test/banner/ad_1', []],
    ['abp', '&adid=', 'any.test/x?a=1&adid=2', ['7']],
    ['abp', 'banner.gif|', 'any.test/banner.gif', ['7']],
    ['abp', 'banner.gif|', 'any.test/banner.gif?x', []],
    ['abp', '|https://any.', 'any.test/', ['7']],
    ['abp', '|http://any.', 'any.test/', []],
    ['abp', 'foo.swf^', 'any.test/foo.swf', ['7']],
    ['abp', '^foo.swf^', 'any.test/foo.swf?x', ['7']],
    ['abp', '^foo.swf^', 'any.test/foo.swfx', []],
    ['abp', '/BannerAd/$match-case', 'any.test/BannerAd', ['7']],
    ['abp', '/BannerAd/$match-case', 'any.test/bannerad', []],
    ['abp', '/BannerAd/x$match-case', 'any.test/BannerAd/x', ['7']],
    ['abp', '/BannerAd/x$match-case', 'any.test/bannerad/x', []],
    ['abp', '/ban+er[0-9]/', 'any.test/bannner7', ['7']],
    ['abp', '/^https:\\/\\/any/', 'any.test/x', ['7']],
    ['abp', '@@||ads.test/ok', 'ads.test/ok', ['!7']],
    ['abp', '||ads.test/x$important', 'ads.test/x', ['+7']],
  ])('%s %s on %s: %j', (kind, text, asked, expected) => {
    expect(one(kind, text).hits(url(asked))).toEqual(expected);
  });

  it('says what it was', () => {
    const world = new World([
      { kind: 'glob', text: 'a.test/*', target: 1 },
      { kind: 'regex', text: 'xyz+', target: 2 },
      { kind: 'abp', text: '||a.test/xyz', target: 3 },
    ]);
    expect(world.texts(url('a.test/xyz')).sort()).toEqual(['abp ||a.test/xyz', 'regex xyz+', 'url a.test/*']);
  });
});

describe('a rule of Adblock Plus', () => {
  const asked = (headers: Partial<AbpHeaders>): Asked => ({ ...url('ads.test/x'), headers });
  it.each<[string, Partial<AbpHeaders>, boolean]>([
    ['||ads.test/x$third-party', { initiator: 'site.test' }, true],
    ['||ads.test/x$third-party', { initiator: 'www.ads.test' }, false],
    ['||ads.test/x$third-party', {}, false],
    ['||ads.test/x$third-party', { site: 'cross-site' }, true],
    ['||ads.test/x$third-party', { site: 'same-site', initiator: 'site.test' }, false],
    ['||ads.test/x$~third-party', {}, true],
    ['||ads.test/x$script', { dest: 'script' }, true],
    ['||ads.test/x$script', { dest: 'image' }, false],
    ['||ads.test/x$script', {}, false],
    ['||ads.test/x$~script', { dest: 'image' }, true],
    ['||ads.test/x$websocket', { mode: 'websocket', dest: 'empty' }, true],
    ['||ads.test/x$document', {}, true],
    ['||ads.test/x$domain=site.test', { initiator: 'www.site.test' }, true],
    ['||ads.test/x$domain=site.test', { initiator: 'other.test' }, false],
    ['||ads.test/x$domain=~site.test', { initiator: 'other.test' }, true],
    ['||ads.test/x$domain=~site.test', { initiator: 'site.test' }, false],
    ['*$script,domain=site.test,denyallow=ads.test', { initiator: 'site.test', dest: 'script' }, false],
    ['*$script,domain=site.test,denyallow=cdn.test', { initiator: 'site.test', dest: 'script' }, true],
  ])('%s for %j: %s', (rule, headers, expected) => {
    expect(one('abp', rule).hits(asked(headers))).toEqual(expected ? ['7'] : []);
  });
});

describe('the URL index', () => {
  const word = fc.constantFrom('casino', 'game', 'sex', 'a', 'b', 'x1');
  const host = fc.constantFrom('a.test', 'b.a.test', 'c.b.a.test', 'game.test', '192.0.2.7');
  const path = fc
    .array(fc.oneof(word, fc.constantFrom('', '..', 'caf%C3%A9', '%67ame', 'Game', 'a;b')), { maxLength: 4 })
    .map((segments) => `/${segments.join('/')}`);
  const query = fc
    .array(fc.tuple(word, word, fc.constantFrom('=', '', '%3d', '=%2573', '=%C3%89', '%')), { maxLength: 3 })
    .map((pairs) => pairs.map(([name, value, mark]) => `${name}${mark}${value}`).join('&'));
  const asked = fc.record({ host, rawPath: path, query });
  const pathEntry = fc.tuple(host, path, query).map(([name, raw, text]) => {
    const canonical = canonicalPath(raw).toLowerCase();
    return `${name}${canonical === '/' ? '/x' : canonical}${text === '' ? '' : `?${text}`}`;
  });
  const globHost = fc.constantFrom('a.test', '*.a.test', '**.a.test', '**', 'g*.test', '*.*.test', '**.b.**');
  const globPath = fc
    .array(fc.oneof(word, fc.constantFrom('*', '**', 'g*', '*o')), { maxLength: 4 })
    .map((segments) => `/${segments.join('/')}`);
  const glob = fc
    .tuple(globHost, globPath)
    .map(([name, text]) => name + text)
    .filter((text) => parseUrlPattern(text).ok);
  const regex = fc
    .array(fc.oneof(word, fc.constantFrom('(game|sex)', '[a-z]', '.*', '/', '\\.', '^', '$', '\\?', 's?')), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join(''));
  const abp = fc
    .tuple(
      fc.constantFrom('', '||', '|', '@@', '@@||'),
      fc.array(fc.oneof(word, host, fc.constantFrom('*', '^', '/', '.', 'https://', '=')), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.constantFrom('', '|', '$important'),
    )
    .map(([mark, parts, end]) => mark + parts.join('') + end);
  const entry = fc.oneof(
    ...[
      fc.record({ kind: fc.constantFrom<Kind>('path', 'exact path'), text: pathEntry }),
      fc.record({ kind: fc.constant<Kind>('glob'), text: glob }),
      fc.record({ kind: fc.constant<Kind>('regex'), text: regex }),
      fc.record({ kind: fc.constant<Kind>('abp'), text: abp }),
    ].map((some) => fc.tuple(some, fc.boolean()).map(([each, except]) => ({ ...each, except }))),
  );

  it('finds what a walk through all entries finds', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 30 }),
        fc.array(asked, { maxLength: 30 }),
        (some, addresses) => {
          const entries = some.map((each, target) => ({ ...each, target })).filter(usable);
          const world = new World(entries, ['a.test', 'b.a.test']);
          for (const address of addresses) {
            const expected = entries.flatMap((each) => expectedHit(each, address)).sort();
            expect([address, entries, world.hits(address)]).toEqual([address, entries, expected]);
          }
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });

  it('says beforehand all that can come of a host', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 20 }),
        fc.array(asked, { maxLength: 20 }),
        (some, addresses) => {
          const entries = some.map((each, target) => ({ ...each, target })).filter(usable);
          const world = new World(entries);
          for (const address of addresses) {
            const possible = world.possible(address.host);
            for (const hit of world.hits(address))
              if (!hit.startsWith('!')) expect(possible).toContain(Number(hit.replace(/^\D+/, '')));
          }
        },
      ),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
    );
  });

  it('says what can come of a host, and no more than that where the host decides', () => {
    const world = new World([
      { kind: 'path', text: 'a.test/x', target: 1 },
      { kind: 'exact path', text: 'a.test/x', target: 2 },
      { kind: 'glob', text: '*.a.test/x', target: 3 },
      { kind: 'glob', text: 'g*.test/x', target: 4 },
      { kind: 'abp', text: '||a.test/x', target: 5 },
      { kind: 'path', text: 'a.test/x', target: 6, except: true },
    ]);
    expect(world.possible('a.test')).toEqual([1, 2, 5]);
    expect(world.possible('b.a.test')).toEqual([1, 3, 5]);
    expect(world.possible('game.test')).toEqual([4]);
    expect(world.possible('b.test')).toEqual([]);
    expect(one('regex', 'casino').possible('b.test')).toEqual([7]);
    expect(one('abp', '/casino/').possible('b.test')).toEqual([7]);
    expect(one('glob', '**/casino').possible('b.test')).toEqual([7]);
  });

  it('finds each of many patterns of one host, and of any', () => {
    const entries = Array.from({ length: 300 }, (_, i): Entry[] => [
      { kind: 'glob', text: `video.test/channel${i}/*`, target: 3 * i },
      { kind: 'regex', text: `(word|other)${i}x+$`, target: 3 * i + 1 },
      { kind: 'path', text: `video.test/c${i}`, target: 3 * i + 2 },
    ]).flat();
    const world = new World(entries);
    for (let i = 0; i < 300; i++) {
      expect(world.hits(url(`video.test/channel${i}/x`))).toEqual([`${3 * i}`]);
      expect(world.hits(url(`any.test/other${i}xx`))).toEqual([`${3 * i + 1}`]);
      expect(world.hits(url(`video.test/c${i}?x`))).toEqual([`${3 * i + 2}`]);
    }
  });

  it('refuses more than a few patterns that have no text', () => {
    const builder = new UrlIndexBuilder(new HostIndexBuilder(seeds));
    const entry7 = { target: 7, except: false, origin: 0 };
    const refused = Array.from({ length: 40 }, (_, i) => builder.regex(`[a-z]${i % 10}$`, entry7));
    expect(refused.filter((why) => why === null)).toHaveLength(32);
    expect(refused.at(-1)).toMatch(/no text by which/);
    expect(builder.regex('casino', entry7)).toBeNull();
    expect(builder.regex('(a+)+b', entry7)).toMatch(/very long/);
    expect(builder.abp('/(aaaa+)+b/', entry7)).toMatch(/very long/);
    expect(builder.counts).toEqual({ paths: 0, patterns: 33, always: 32 });
  });

  it('answers for the longest address', () => {
    const world = new World([
      { kind: 'path', text: 'a.test/a', target: 1 },
      { kind: 'glob', text: '**/a/**/a/**/b', target: 2 },
      { kind: 'regex', text: 'aaaa.*bbbb', target: 3 },
      { kind: 'abp', text: '/aaaa*aaaa*bbbb', target: 4 },
    ]);
    const long = `/${'a/'.repeat(8_000)}a`;
    expect(world.hits({ host: 'a.test', rawPath: long, query: 'aaaa'.repeat(4_000) })).toEqual(['1']);
    expect(world.hits({ host: 'a.test', rawPath: '/', query: `${'é'.repeat(4_000)}aaaabbbb` })).toEqual([
      '3',
    ]);
  });

  it('is these bytes: whoever changes them increases FORMAT_VERSION', () => {
    const { sections } = build([
      { kind: 'path', text: 'a.test/x?y=1', target: 1 },
      { kind: 'glob', text: 'g*.test/x/**', target: 2 },
      { kind: 'regex', text: '(casino|poker)[0-9]', target: 3 },
      { kind: 'abp', text: '||a.test/x$image', target: 4, except: true },
    ]);
    const hash = createHash('sha256');
    for (const name of urlSections) hash.update(sections[name]);
    expect(Object.keys(sections).sort()).toEqual(urlSections.toSorted());
    expect(hash.digest('hex').slice(0, 16)).toBe('c0a553d563b30b39');
  });
});

/** Whether the builder takes it; the reference must not know more than that. */
function usable({ kind, text }: Entry): boolean {
  try {
    build([{ kind, text, target: 0 }]);
    return true;
  } catch {
    return false;
  }
}

/** The slow definition: every entry against every spelling of the address. */
function expectedHit(entry: Entry & { except: boolean }, { host, rawPath, query = '' }: Asked): string[] {
  const path = canonicalPath(rawPath);
  const spellings = [
    [path, query],
    [path, fullyDecoded(query)],
    [rawPath, query],
  ] as const;
  const isExcept = entry.kind === 'abp' ? entry.text.startsWith('@@') : entry.except;
  const important = entry.kind === 'abp' && entry.text.endsWith('$important') ? '+' : '';
  const results = spellings.map(([each, text]) => isHit(entry, host, each.toLowerCase(), text.toLowerCase()));
  if (results[0] === 'strict') return [`${isExcept ? '!' : ''}${important}${entry.target}`];
  if (results.every((result) => result === null) || isExcept) return [];
  return [`~${important}${entry.target}`];
}

function isHit({ kind, text }: Entry, host: string, path: string, query: string): 'strict' | 'loose' | null {
  const strict = (is: boolean) => (is ? 'strict' : null);
  const address = `${host}${path}${query === '' ? '' : `?${query}`}`;
  if (kind === 'regex') return strict(new RegExp(text, EXPRESSION_FLAGS).test(address));
  if (kind === 'abp') return strict(abpExpression(text).test(`https://${address}`));
  if (kind === 'glob') {
    const read = pattern(text);
    return strict(
      new Glob(read.host.replaceAll('.', '/')).testRaw(host.replaceAll('.', '/')) &&
        new Glob(read.path.slice(1)).testRaw(path.slice(1)),
    );
  }
  const [name, prefix] = split(text);
  const isAddress = /^[0-9.]+$/.test(host);
  const below = kind === 'path' && !isAddress && host.endsWith(`.${name}`);
  return host === name || below ? isPathPrefix(prefix, path, query) : null;
}

function abpExpression(rule: string): RegExp {
  const [, mark = '', text = '', end = ''] = /^(?:@@)?(\|\|?)?(.*?)(\|)?(?:\$important)?$/s.exec(rule) ?? [];
  if (mark === '' && end === '' && /^\/.+\/$/.test(text)) return new RegExp(text.slice(1, -1), 'is');
  const body = text
    .replace(/[.+?${}()|[\]\\/]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('^', '(?:[^a-z0-9.%_-]|$)');
  const begin = mark === '||' ? '^https:\\/\\/(?:[^/]*\\.)?' : mark === '|' ? '^' : '';
  return new RegExp(`${begin}${body}${end === '' ? '' : '$'}`, 'is');
}
