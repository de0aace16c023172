/** Whatever a request says, its facts are found, are canonical, and stay within their bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHost, canonicalPath, requestFacts, tunnelFacts } from '../../policy/facts.ts';
import type { RequestFacts, UrlFacts } from '../../policy/request.ts';
import { wordsOf } from '../../policy/words.ts';
import { extractors } from './extract/fixture.ts';

const runs = { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) };

const known = [
  ...extractors.source.engines.flatMap(({ hosts }) => hosts),
  ...extractors.source.carriers.flatMap(({ hosts }) => hosts),
].map((host) => host.replace(/^=/, '').replace(/\*$/, 'com'));
const forms = [
  ...extractors.source.engines.flatMap(({ searches }) => searches.flatMap(({ paths }) => paths)),
  ...extractors.source.carriers.flatMap(({ paths }) => paths),
];
const parameters = [
  ...extractors.source.engines.flatMap(({ searches }) => searches.flatMap((each) => each.parameters)),
  ...extractors.source.carriers.flatMap((each) => each.parameters),
];

const host = fc.oneof(fc.constantFrom(...known), fc.domain(), fc.constantFrom('blocked-test.translate.goog'));
const address = fc
  .tuple(fc.constantFrom('http://', 'https://', '//', 'https:/', 'hxxp:', ''), host, fc.webPath())
  .map((parts) => parts.join(''));
const coded = fc.tuple(address, fc.nat({ max: 5 })).map(([text, how]) => {
  if (how === 0) return encodeURIComponent(text);
  if (how === 1) return Buffer.from(text).toString('base64');
  if (how === 2) return Buffer.from(text).toString('base64url');
  if (how === 3) return Buffer.from(text).toString('hex');
  if (how === 4)
    return encodeURIComponent(
      [...text].map((c, i) => (i % 2 === 1 ? String.fromCharCode(c.charCodeAt(0) ^ 2) : c)).join(''),
    );
  return text;
});
const anything = fc.oneof(coded, fc.string({ unit: 'binary' }), fc.string());
const path = fc.oneof(
  fc.tuple(fc.constantFrom(...forms), anything).map(([form, text]) =>
    form
      .replace('{url}', () => text)
      .replace('{words}', () => text)
      .replace('{scheme}', 'http')
      .replaceAll('*', 'x'),
  ),
  anything.map((text) => `/${text}`),
);
const query = fc.oneof(
  fc
    .array(fc.tuple(fc.constantFrom(...parameters), anything), { maxLength: 6 })
    .map((pairs) => pairs.map((pair) => pair.join('=')).join('&')),
  anything,
);
const head = fc
  .dictionary(
    fc.constantFrom('referer', 'origin', 'content-length', 'x-bare-url', 'sec-fetch-dest', 'x'),
    anything,
  )
  .map((values) => ({ fields: { keys: Object.keys(values), get: (key: string) => values[key] } }));

const target = fc.record({
  scheme: fc.constantFrom('http' as const, 'https' as const),
  rawHost: fc.oneof({ weight: 5, arbitrary: host }, { weight: 1, arbitrary: fc.string() }),
  port: fc.constantFrom(80, 443, 8080),
  method: fc.constantFrom('GET', 'POST'),
  rawPath: path,
  rawQuery: query,
});

function expectCanonical({ host: name, port }: RequestFacts, url: UrlFacts): void {
  const again = canonicalHost(name);
  expect(again.ok && again.host).toBe(name);
  expect(canonicalPath(url.path)).toBe(url.path);
  expect(port >= 1 && port <= 65_535).toBe(true);
  expect(url.extension).toMatch(/^[a-z0-9_+-]{0,16}$/);
  const words = url.search?.words ?? [];
  expect(words.length).toBeLessThanOrEqual(64);
  for (const word of words) expect(wordsOf(word)).toEqual([word]);
  const initiator = url.headers.initiator;
  if (initiator !== '') expect(canonicalHost(initiator)).toMatchObject({ host: initiator });
}

describe('the facts of any request', () => {
  it('are canonical, and 32 addresses inside at most', () => {
    fc.assert(
      fc.property(target, head, (asked, fields) => {
        const made = requestFacts(asked, fields, extractors);
        if (!made.ok) return;
        const { facts } = made;
        expect(facts.inner.length).toBeLessThanOrEqual(32);
        for (const each of [facts, ...facts.inner]) {
          if (typeof each.url === 'string') throw new Error(each.url);
          expectCanonical(each, each.url);
        }
        for (const each of facts.inner) {
          expect(each).toMatchObject({ inner: [], aliases: [], response: 'unknown', url: { method: 'GET' } });
          expect((each.url as UrlFacts).upload).toBe(null);
        }
        expect(facts.url).toBe(facts.url);
        expect((facts.url as UrlFacts).headers).toBe((facts.url as UrlFacts).headers);
      }),
      runs,
    );
  });

  it('hold what was hidden behind others, below others and beside anything, or are refused', () => {
    const decoys = fc
      .array(fc.constantFrom('u=http://decoy', 'url=decoy', 'x=http://decoy', 'pad=y'), { maxLength: 60 })
      .map((each) => each.map((decoy, i) => `${decoy}${decoy.includes('decoy') ? `${i}.test` : ''}`));
    const padding = fc.nat({ max: 6_000 }).map((length) => `p=${'x'.repeat(length)}`);
    const depth = fc.nat({ max: 24 });
    fc.assert(
      fc.property(decoys, padding, depth, fc.boolean(), (before, pad, levels, inPath) => {
        let hidden = 'http://hidden.test/';
        for (let i = 0; i < levels; i++)
          hidden = inPath ? `http://a${i}.test/go/${hidden}` : `http://a${i}.test/go/browse.php?u=${hidden}`;
        const made = requestFacts(
          {
            ...{ scheme: 'http', rawHost: 'evil.test', port: 80, method: 'GET' },
            rawPath: '/browse.php',
            rawQuery: [...before, pad, `u=${hidden}`].join('&'),
          },
          null,
          extractors,
        );
        if (made.ok) expect(made.facts.inner.map((each) => each.host)).toContain('hidden.test');
        else expect(made.code).toBe('inner-count');
        const named = before.filter((each) => /^u(?:rl)?=/.test(each)).length;
        if (named + levels < 16) expect(made.ok).toBe(true);
      }),
      runs,
    );
  });

  it('name the same host at CONNECT as in the request', () => {
    fc.assert(
      fc.property(host, (rawHost) => {
        const tunnel = tunnelFacts(rawHost, 443, 'unobtainable', extractors);
        const plain = { scheme: 'https', port: 443, method: 'GET', rawPath: '/', rawQuery: '' } as const;
        const request = requestFacts({ ...plain, rawHost }, null, extractors);
        expect(tunnel.ok).toBe(request.ok);
        if (!tunnel.ok || !request.ok) return;
        const names = ({ inner }: RequestFacts) => inner.map((each) => each.host);
        expect(names(tunnel.facts)).toEqual(names(request.facts));
      }),
      runs,
    );
  });

  it('are found in time that grows with the length of a request only', () => {
    const long = [
      'http://'.repeat(2_000),
      '%25'.repeat(5_000),
      'aHR0'.repeat(4_000),
      '68747470'.repeat(2_000),
      'url=http://a.test&'.repeat(900),
      'q='.repeat(8_000),
      'a.'.repeat(8_000),
      'hvtr'.repeat(4_000),
      '/'.repeat(16_000),
      'cache:'.repeat(2_600),
      '/RU='.repeat(4_000),
      '__'.repeat(8_000),
      'http:/'.repeat(2_600),
      '/http://a.b'.repeat(1_400),
      Array.from({ length: 1_000 }, (_, i) => `/http://a${i}.b`).join(''),
      Array.from({ length: 800 }, (_, i) => `url=http://a${i}.b&`).join(''),
      Array.from({ length: 30 }, (_, i) => `url=http://a${i}.b/${'x'.repeat(500)}&`).join(''),
    ];
    for (const rawHost of [
      'www.google.com',
      'web.archive.org',
      'r.search.yahoo.com',
      'urldefense.com',
      'a.test',
    ])
      for (const text of long)
        for (const [rawPath, rawQuery] of [
          [`/proxy/${text}`, ''],
          [`/v3/${text}`, text],
          ['/proxy', `url=${text}`],
          ['/search', `q=${text}`],
        ] as const) {
          const begun = process.cpuUsage();
          const asked = { scheme: 'http', port: 80, method: 'GET', rawHost, rawPath, rawQuery } as const;
          const made = requestFacts(asked, null, extractors);
          expect(made.ok ? (made.facts.url as UrlFacts).search : made.code).not.toBe('path-form');
          const { user, system } = process.cpuUsage(begun);
          expect([rawHost, text.slice(0, 8), user + system < 100_000]).toEqual([
            rawHost,
            text.slice(0, 8),
            true,
          ]);
        }
  });
});
