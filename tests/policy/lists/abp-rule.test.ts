import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abpTwin, abpTypes, parseAbpRule, plainAbpHost } from '../../../policy/lists/abp-rule.ts';
import type { AbpPattern, AbpRule } from '../../../policy/lists/abp-rule.ts';

function rule(text: string): AbpRule {
  const read = parseAbpRule(text);
  if (!read.ok) throw new Error(read.why);
  return read.rule;
}

/** The pattern written out again, so that a case is one line. */
function shown(pattern: AbpPattern): string {
  if (pattern.kind === 'regex') return `/${pattern.source}/`;
  const parts = pattern.parts.map((part) =>
    part.kind === 'text' ? `"${part.text}"` : part.kind === 'any' ? '*' : '^',
  );
  return [pattern.anchor, ...parts, ...(pattern.end ? ['end'] : [])].join(' ');
}

describe('the pattern of a rule', () => {
  it.each([
    ['/banner/ads', 'none "/banner/ads"'],
    ['||ads.test^', 'host "ads.test" ^'],
    ['||ads.test/a*b^c', 'host "ads.test/a" * "b" ^ "c"'],
    ['|https://ads.test/', 'start "https://ads.test/"'],
    ['/swf/ad.swf|', 'none "/swf/ad.swf" end'],
    ['||ads.test^|', 'host "ads.test" ^ end'],
    ['||zip^', 'host "zip" ^'],
    ['||bücher.test/ä', 'host "xn--bcher-kva.test/ä"'],
    ['a**banner', 'none "a" * "banner"'],
    [String.raw`/ads\d+$/`, String.raw`/ads\d+$/`],
    [String.raw`/ads\d+$/$script`, String.raw`/ads\d+$/`],
    ['/path/file.js', 'none "/path/file.js"'],
    ['/price$/list', 'none "/price$/list"'],
    ['/a$b/c$image', 'none "/a$b/c"'],
  ])('%s is %s', (text, wanted) => {
    expect(shown(rule(text).pattern)).toBe(wanted);
  });

  it('is at any place in any case, unless it says otherwise', () => {
    expect(rule('/Banner.gif')).toEqual({
      exception: false,
      pattern: {
        kind: 'parts',
        anchor: 'none',
        parts: [{ kind: 'text', text: '/Banner.gif' }],
        end: false,
      },
      matchCase: false,
      types: null,
      thirdParty: null,
      domains: { include: [], exclude: [] },
      denyallow: [],
      important: false,
      badfilter: false,
      document: false,
    });
  });
});

describe('the options of a rule', () => {
  const types = (text: string) => [...(rule(text).types ?? [])];
  const but = (...not: string[]) => abpTypes.filter((type) => !not.includes(type));

  it.each([
    ['/ads.js$match-case', { matchCase: true }],
    ['/ads.js$third-party', { thirdParty: true }],
    ['/ads.js$~first-party', { thirdParty: true }],
    ['/ads.js$~third-party', { thirdParty: false }],
    ['/ads.js$1p', { thirdParty: false }],
    ['/ads.js$important', { important: true }],
    ['/ads.js$badfilter', { badfilter: true }],
    ['/ads.js$all', { types: null }],
    ['/ads.js$domain=A.test|~b.A.test', { domains: { include: ['a.test'], exclude: ['b.a.test'] } }],
    ['/ads.js$from=a.test', { domains: { include: ['a.test'], exclude: [] } }],
    ['*$domain=bücher.test', { domains: { include: ['xn--bcher-kva.test'], exclude: [] } }],
    ['*$script,domain=a.test,denyallow=b.test|c.test', { denyallow: ['b.test', 'c.test'] }],
    ['@@||a.test^$document', { exception: true, document: true, types: new Set(['document']) }],
    ['||a.test^$document', { exception: false, document: false, types: new Set(['document']) }],
    ['/ads.js$_,script,__', { types: new Set(['script']) }],
  ])('%s', (text, wanted) => {
    expect(rule(text)).toMatchObject(wanted);
  });

  it('name kinds of requests, or all but these', () => {
    expect(types('/ads.js$script,image')).toEqual(['script', 'image']);
    expect(types('/ads.js$xhr,css,frame,doc,beacon')).toEqual([
      'xmlhttprequest',
      'stylesheet',
      'subdocument',
      'document',
      'ping',
    ]);
    expect(types('/ads.js$~script')).toEqual(but('script'));
    expect(types('/ads.js$~script,~image')).toEqual(but('script', 'image'));
    expect(types('/ads.js$popup,script')).toEqual(['script']);
  });

  it.each([
    ['/ads.js$sparkle', 'the option `sparkle` is not known'],
    ['/ads.js$script,sparkle=1', 'the option `sparkle=1` is not known'],
    ['/ads.js$__proto__x', 'the option `__proto__x` is not known'],
    ['/ads.js$constructor', 'the option `constructor` is not known'],
    ['/ads.js$domain=', '`domain=` names no host'],
    ['/ads.js$domain=google.*', '`google.*` in `domain=` is no host'],
    ['/ads.js$denyallow=~a.test', '`~a.test` in `denyallow=` is no host'],
    ['/ads.js$third-party,~third-party', 'no page is both of the same site and of another'],
    ['/ads.js$script,~script', 'no kind of request is left'],
    ['/(/', 'this is no regular expression'],
    ['a b.example/banner', 'an address has no spaces'],
  ])('%s is refused: %s', (text, why) => {
    expect(parseAbpRule(text)).toEqual({ ok: false, why, unsupported: null });
  });

  it.each(['dnsrewrite=1.2.3.4', 'dnstype=A', 'client=x', 'ctag=y', 'popup', 'csp=x', 'removeparam=/a$/'])(
    '||a.test^$%s is for others than a proxy',
    (option) => {
      const read = parseAbpRule(`||a.test^$${option}`);
      expect(read).toMatchObject({ ok: false, unsupported: option.replace(/=.*/, '') });
    },
  );
});

describe('a pattern that nearly every address has', () => {
  it.each(
    [
      '',
      '*',
      '|',
      '||',
      '^',
      '/',
      '//',
      '/.*/',
      '/./',
      'ad',
      '|http',
      '|https://',
      '://',
      '.com',
      '||www.',
    ].concat(['||co', '*.js', '$script', '@@*', '/^https/$script'.slice(0, 3)]),
  )('%j is refused', (text) => {
    expect(parseAbpRule(text)).toMatchObject({ ok: false });
  });

  it('may stand where it is kept to few pages', () => {
    expect(rule('*$domain=a.test').domains.include).toEqual(['a.test']);
  });
});

describe('a plain host', () => {
  it.each([
    ['||ads.test^', 'ads.test'],
    ['@@||ads.test^', 'ads.test'],
    ['||ads.test^|', 'ads.test'],
    ['||ads.test', null],
    ['||ads.test^$script', null],
    ['||*.test^', null],
    ['||ads.test/x^', null],
    ['|ads.test^', null],
  ])('%s: %j', (text, host) => {
    expect(plainAbpHost(text)).toBe(host);
  });
});

it('a rule and the one that takes it back are twins, in whatever order their options stand', () => {
  expect(abpTwin('||a.test^$badfilter')).toBe(abpTwin('||a.test^'));
  expect(abpTwin('/x.js$domain=b.test|a.test,Script,badfilter')).toBe(
    abpTwin('/x.js$script,domain=a.test|b.test'),
  );
  expect(abpTwin('@@||a.test^$badfilter')).not.toBe(abpTwin('||a.test^'));
});

it('whatever a rule is, it is read', () => {
  const piece = fc.constantFrom(
    '||',
    '@@',
    '$',
    ',',
    '/',
    '^',
    '*',
    '|',
    'domain=',
    '~',
    'a.test',
    '\\',
    '##',
    '(',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (line) => {
      parseAbpRule(line);
      abpTwin(line);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
