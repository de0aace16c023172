import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  canonicalHost,
  canonicalPath,
  requestFacts,
  tunnelFacts,
  withAliases,
  withResponse,
} from '../../policy/facts.ts';

const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 100) };
const hostOf = (raw: string): string => {
  const found = canonicalHost(raw);
  return found.ok ? found.host : found.code;
};

describe('a host has one spelling', () => {
  it.each([
    ['example.test', 'example.test'],
    ['EXAMPLE.Test', 'example.test'],
    ['example.test.', 'example.test'],
    ['a_b.example.test', 'a_b.example.test'],
    ['bücher.test', 'xn--bcher-kva.test'],
    ['XN--BCHER-KVA.test', 'xn--bcher-kva.test'],
    ['bu\u0308cher.test', 'xn--bcher-kva.test'],
    ['straße.test', 'xn--strae-oqa.test'],
    ['a\u3002test', 'a.test'],
    ['93.184.216.34.nip.io', '93.184.216.34.nip.io'],
    ...[
      '1.2.3.4',
      '16909060',
      '0x1020304',
      '0x01.0x02.0x03.0x04',
      '01.02.03.04',
      '1.2.772',
      '1.131844',
      '1.2.3.4.',
      '0x1.2.3.04',
    ]
      .concat([
        '0X01020304',
        '0100401404',
        '１.2.3.4',
        '[::ffff:1.2.3.4]',
        '::ffff:102:304',
        '[::1.2.3.4]',
        '[64:ff9b::1.2.3.4]',
        '[2002:102:304::1]',
      ])
      .map((raw) => [raw, '1.2.3.4']),
    ['[2001:DB8:0:0:0:0:0:1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[::1]', '::1'],
    ['[::]', '::'],
  ])('%s → %s', (raw, expected) => {
    expect(hostOf(raw)).toBe(expected);
  });

  it.each([
    ['', 'host-empty'],
    ['.', 'host-dots'],
    ['a..test', 'host-dots'],
    ['example.test..', 'host-dots'],
    ['.example.test', 'host-dots'],
    ['%62locked.test', 'host-characters'],
    ['a b.test', 'host-characters'],
    ['a@b.test', 'host-characters'],
    ['a/b', 'host-characters'],
    ['a\\b', 'host-characters'],
    ['a\0b', 'host-characters'],
    ['a,b.test', 'host-characters'],
    ['a\u200db.test', 'host-label'],
    ['1.2.3.256', 'host-address'],
    ['1.2.3.4.5', 'host-address'],
    ['example.0x', 'host-address'],
    ['09.1.1.1', 'host-address'],
    ['4294967296', 'host-address'],
    ['[fe80::1%25eth0]', 'host-address'],
    ['[1.2.3.4]', 'host-address'],
    ['a:b', 'host-address'],
    [`${'a'.repeat(64)}.test`, 'host-length'],
    [`${'abc.'.repeat(70)}test`, 'host-length'],
  ])('%s is refused: %s', (raw, code) => {
    expect(hostOf(raw)).toBe(code);
  });

  it('which is its own canonical form, of the same kind', () => {
    const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,8}$/);
    const raw = fc.oneof(
      fc.domain(),
      fc.ipV4Extended(),
      fc.ipV6(),
      fc.array(label, { minLength: 1, maxLength: 5 }).map((l) => l.join('.')),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(raw, (host) => {
        const first = canonicalHost(host);
        if (first.ok) expect(canonicalHost(first.host)).toEqual(first);
      }),
      runs,
    );
  });

  it('that agrees with the URL parser wherever both accept', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.domain(),
          fc.ipV4Extended(),
          fc.ipV6().map((ip) => `[${ip}]`),
        ),
        (raw) => {
          const ours = canonicalHost(raw);
          if (!ours.ok || ours.kind === 'ipv6' || raw.startsWith('[')) return;
          expect(new URL(`http://${raw}/`).hostname).toBe(ours.host);
        },
      ),
      runs,
    );
  });
});

describe('a path has one spelling', () => {
  it.each([
    ['/', '/'],
    ['/bad', '/bad'],
    ['/a.b/c', '/a.b/c'],
    ...[
      '/%62ad',
      '/%2562ad',
      '/%252562ad',
      '/%25%36%32ad',
      '/x/../bad',
      '/x/%2e%2e/bad',
      '/./bad',
      '//bad',
      '/bad/',
      '/bad;x',
      '/bad;x=1/',
    ]
      .concat(['\\bad', '/%5cbad', '/%2fbad', '/x/..;y/bad', '/../../bad', '/bad/.', '/%25%32%35%36%32ad'])
      .map((raw) => [raw, '/bad']),
    ['/caf%C3%A9', '/café'],
    ['/100%', '/100%'],
    ['/%zz', '/%zz'],
    ['/a%0Ab', '/a\nb'],
  ])('%s → %s', (raw, expected) => {
    expect(canonicalPath(raw)).toBe(expected);
  });

  it('which is its own canonical form', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%',
      '2',
      '5',
      '%2',
      '%25',
      '%2f',
      '%2e',
      '\\',
      ';',
      'a',
      'é',
      '%c3',
      '%a9',
      '%00',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const once = canonicalPath(`/${pieces.join('')}`);
        expect(canonicalPath(once)).toBe(once);
        expect(once.startsWith('/')).toBe(true);
      }),
      runs,
    );
  });

  it('found in time that grows with its length only', () => {
    expect(canonicalPath(`/${'%25'.repeat(100_000)}`)).toBe('/%'.padEnd(100_001, '%'));
    expect(canonicalPath(`/%${'25'.repeat(100_000)}`)).toBe('/%');
  });
});

describe('a client has one address', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['010.1.2.3', null],
    ['example.test', null],
    ['', null],
  ])('%s → %s', (raw, expected) => {
    expect(canonicalAddress(raw)).toBe(expected);
  });
});

describe('facts', () => {
  const target = {
    scheme: 'http',
    rawHost: 'Example.TEST',
    port: 80,
    method: 'GET',
    rawPath: '/a/../b',
    rawQuery: 'q=1',
  } as const;

  it('of a request keep the raw path beside the canonical one', () => {
    const url = { method: 'GET', path: '/b', rawPath: '/a/../b', query: 'q=1' };
    const rest = { inner: [], aliases: [], mixedScript: false, response: 'unknown' };
    expect(requestFacts(target)).toEqual({
      ok: true,
      facts: { scheme: 'http', host: 'example.test', hostKind: 'name', port: 80, url, ...rest },
    });
  });

  it('of a tunnel say that no URL is known', () => {
    const rest = { inner: [], aliases: [], mixedScript: false, response: 'unobtainable' };
    expect(tunnelFacts('[::1]', 443, 'unobtainable')).toEqual({
      ok: true,
      facts: { scheme: 'https', host: '::1', hostKind: 'ipv6', port: 443, url: 'unobtainable', ...rest },
    });
  });

  it('grow with what becomes known, and stay as they were for who holds them', () => {
    const made = requestFacts(target);
    if (!made.ok) throw new Error(made.code);
    const { facts } = made;
    expect(withAliases(facts, [])).toBe(facts);
    expect(withAliases(facts, ['b.test'])).toEqual({ ...facts, aliases: ['b.test'] });
    const response = { mediaType: 'video/mp4', size: null };
    expect(withResponse(facts, response)).toEqual({ ...facts, response });
    expect(facts).toMatchObject({ aliases: [], response: 'unknown' });
  });

  it('of a head are read where it stands, once', () => {
    let asked = 0;
    const fields = {
      keys: ['user-agent', 'x-a', 'sec-fetch-dest'],
      get: (key: string) => {
        asked++;
        return { 'user-agent': 'Test/1', 'sec-fetch-dest': ' Video ' }[key];
      },
    };
    const made = requestFacts(target, { fields });
    if (!made.ok || typeof made.facts.url === 'string') throw new Error('no facts');
    const { url } = made.facts;
    expect(asked).toBe(0);
    expect(url.headers).toEqual({
      userAgent: 'Test/1',
      names: new Set(['user-agent', 'x-a', 'sec-fetch-dest']),
      dest: 'video',
      mode: '',
      site: '',
      initiator: '',
    });
    const first = asked;
    expect(url.headers).toBe(url.headers);
    expect(asked).toBe(first);
  });

  it.each([0, 65_536, 1.5, NaN])('refuse port %s', (port) => {
    expect(requestFacts({ ...target, port })).toEqual({ ok: false, code: 'port-range' });
    expect(tunnelFacts('a.test', port, 'unknown')).toEqual({ ok: false, code: 'port-range' });
  });

  it('refuse a path that is not absolute', () => {
    expect(requestFacts({ ...target, rawPath: 'a' })).toEqual({ ok: false, code: 'path-form' });
  });
});
