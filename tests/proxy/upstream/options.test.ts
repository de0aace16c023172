import { describe, expect, it } from 'vitest';
import { AddressRules } from '../../../proxy/upstream/address-rules.ts';
import { Names } from '../../../proxy/upstream/names.ts';
import { cidr, dnsOptions, upstreamOptions } from '../../../proxy/upstream/options.ts';

const problems = (result: { error?: { issues: readonly { message: string }[] } }) =>
  result.error?.issues.map((issue) => issue.message) ?? [];

describe('the section `dns`', () => {
  it('has defaults that resolve by the system', () => {
    expect(dnsOptions.parse({})).toMatchObject({
      hosts: {},
      servers: [],
      timeout: 5_000,
      negativeTtl: 30_000,
    });
  });

  it('reads names in any case, with one address or several', () => {
    const { hosts } = dnsOptions.parse({
      hosts: { 'A.Test': '127.10.0.1', 'b.test': ['127.10.0.1', 'fd00::1'] },
    });
    expect(hosts).toEqual({ 'a.test': '127.10.0.1', 'b.test': ['127.10.0.1', 'fd00::1'] });
  });

  it.each(['10.0.0.53', '10.0.0.53:5353', 'fd00::53', '[fd00::53]:5353'])(
    'takes the server %s, and so does the resolver',
    (server) => {
      expect(() => new Names(dnsOptions.parse({ servers: [server] })).close()).not.toThrow();
    },
  );

  it.each([
    { servers: ['dns.example'] },
    { servers: ['10.0.0.53:0'] },
    { servers: ['[10.0.0.53]:53'] },
    { servers: ['10.0.0.53:99999'] },
    { servers: ['[fd00::53]'] },
    { hosts: { 'a.test': 'b.test' } },
    { hosts: { 'a.test': [] } },
    { hosts: { 'http://a.test/': '127.10.0.1' } },
    { timeout: '1ms' },
    { negativeTtl: '2h' },
    { maxInFlight: 0 },
    { unknown: true },
  ])('refuses %j', (input) => {
    expect(problems(dnsOptions.safeParse(input))).toHaveLength(1);
  });
});

describe('the section `upstream`', () => {
  it('allows nothing special by default', () => {
    expect(upstreamOptions.parse({})).toEqual({
      allow: [],
      parent: { except: [] },
      connectTimeout: 10_000,
      attemptDelay: 250,
      responseTimeout: 60_000,
      bodyIdleTimeout: 120_000,
      keepAlive: 30_000,
      maxIdlePerOrigin: 64,
      maxIdle: 1_024,
    });
  });

  it('says what is wrong with an entry of `allow`', () => {
    expect(problems(upstreamOptions.safeParse({ allow: ['10.0.0.0/8:80', '10.1.2.3/8'] }))).toEqual([
      '`10.1.2.3/8`: bits after the prefix must be zero; for one address leave `/8` away',
    ]);
  });

  it('takes only what the address rules can read', () => {
    const { allow } = upstreamOptions.parse({
      allow: ['127.0.0.1/32:8088', '[fd00::]/8:443', 'fd00::/8', '10.1.2.3'],
    });
    expect(() => new AddressRules({ allow, own: [] })).not.toThrow();
  });
});

describe('a range in the configuration', () => {
  it('is read, or refused with the reason', () => {
    expect(cidr.parse('10.0.0.0/8')).toBe('10.0.0.0/8');
    expect(problems(cidr.safeParse('10.0.0.0/40'))).toEqual([
      '`10.0.0.0/40`: `/40` is not a prefix length from `/0` to `/32`',
    ]);
  });
});
