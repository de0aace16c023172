import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { AddressRules } from '../../../proxy/upstream/address-rules.ts';

const none = { own: [], interfaces: () => [] };
const byDefault = new AddressRules({ allow: [], ...none });

/** First and last address of every range that a forward proxy must refuse, and its odd members. */
const refused: readonly (readonly [refusal: string, ...addresses: string[]])[] = [
  ['metadata', '169.254.169.254', '168.63.129.16', 'fd00:ec2::254', '100.100.100.200', '192.0.0.192', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe'],
  ['unspecified', '0.0.0.0', '0.0.0.1', '0.255.255.255', '::', '::ffff:0.0.0.0'],
  ['loopback', '127.0.0.0', '127.0.0.1', '127.10.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1'],
  ['link-local', '169.254.0.0', '169.254.255.255', 'fe80::', 'fe80::1%eth0', 'febf:ffff::1'],
  ['private', '10.0.0.0', '10.0.0.1', '10.255.255.255', '172.16.0.0', '172.16.0.1', '172.31.255.255', '192.168.0.0', '192.168.0.1', '192.168.255.255'],
  ['private', 'fc00::', 'fdff::1', 'fec0::', 'feff::1', '::ffff:10.0.0.1'],
  ['shared', '100.64.0.0', '100.64.0.1', '100.127.255.254', '100.127.255.255'],
  ['multicast', '224.0.0.0', '239.255.255.255', 'ff00::', 'ff02::2', 'ffff::'],
  ['embedded-ipv4', '::2', '::127.0.0.1', '::8.8.8.8', '::ffff:0:8.8.8.8', '64:ff9b::', '64:ff9b::808:808', '64:ff9b::7f00:1', '64:ff9b:1::', '64:ff9b:1:ffff::1'],
  ['embedded-ipv4', '2001::', '2001:0:4136:e378:8000:63bf:3fff:fdd2', '2002::', '2002:808:808::1', '2002:7f00:1::', '192.88.99.0', '192.88.99.255'],
  ['reserved', '192.0.0.0', '192.0.0.255', '192.0.2.0', '192.0.2.255', '198.18.0.0', '198.19.255.255', '198.51.100.0', '203.0.113.255'],
  ['reserved', '240.0.0.0', '255.255.255.254', '255.255.255.255', '100::', '100::ffff:ffff:ffff:ffff', '2001:db8::', '2001:db8:ffff::1', '3fff::1', '5f00::1'],
  ['reserved', '2001:2::1', '2001:10::1', '2001:2f:ffff::1'],
]; // prettier-ignore

const publicAddresses = [
  '8.8.8.8', '1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.254', '100.63.255.255', '100.128.0.0', '100.128.0.1', '126.255.255.255',
  '128.0.0.0', '168.63.129.15', '168.63.129.17', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.0.3.0',
  '192.88.98.255', '192.88.100.0', '192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '198.51.99.255', '198.51.101.0', '203.0.112.255',
  '203.0.114.0', '223.255.255.255', '::ffff:8.8.8.8', '2001:4860:4860::8888', '2001:1::1', '2001:db7:ffff::1', '2001:db9::', '2003::1', '2600::1', '64:ff9c::1', '101::1',
]; // prettier-ignore

describe('without any allow entry', () => {
  for (const [refusal, ...addresses] of refused) {
    it.each(addresses)(`refuses %s as ${refusal}`, (address) => {
      expect(byDefault.check(address, 80)).toBe(refusal);
    });
  }

  it.each(publicAddresses)('allows %s', (address) => {
    expect(byDefault.check(address, 443)).toBe('allowed');
  });

  it.each(['', 'localhost', '2130706433', '0x7f.1', '017700000001', '127.1', '1.2.3.4.', '[::1]'])(
    'refuses %j, which is not an address',
    (address) => {
      expect(byDefault.check(address, 80)).toBe('invalid');
    },
  );
});

describe('an allow entry', () => {
  it('opens its range, and nothing else', () => {
    const rules = new AddressRules({ allow: ['127.10.0.0/16', 'fd12::/16'], ...none });
    expect(rules.check('127.10.3.4', 1)).toBe('allowed');
    expect(rules.check('::ffff:127.10.3.4', 1)).toBe('allowed');
    expect(rules.check('127.0.0.1', 1)).toBe('loopback');
    expect(rules.check('fd12::1', 1)).toBe('allowed');
    expect(rules.check('fd13::1', 1)).toBe('private');
  });

  it('with a port opens that port only', () => {
    const rules = new AddressRules({ allow: ['10.0.0.1:321', '[fd00::]/8:443'], ...none });
    expect(rules.check('10.0.0.1', 321)).toBe('allowed');
    expect(rules.check('10.0.0.1', 322)).toBe('private');
    expect(rules.check('fd00::5', 443)).toBe('allowed');
    expect(rules.check('fd00::5', 80)).toBe('private');
  });

  it('opens cloud metadata only when it names exactly that address', () => {
    const wide = new AddressRules({ allow: ['0.0.0.0/0', '::/0'], ...none });
    expect(wide.check('169.254.169.254', 80)).toBe('metadata');
    expect(wide.check('fd00:ec2::254', 80)).toBe('metadata');
    expect(wide.check('169.254.169.253', 80)).toBe('allowed');
    const exact = new AddressRules({ allow: ['169.254.169.254:80'], ...none });
    expect(exact.check('169.254.169.254', 80)).toBe('allowed');
    expect(exact.check('169.254.169.254', 81)).toBe('metadata');
  });

  it('for all of IPv6 opens no IPv4 address in any disguise', () => {
    const rules = new AddressRules({ allow: ['::/0'], ...none });
    expect(rules.check('::1', 80)).toBe('allowed');
    expect(rules.check('127.0.0.1', 80)).toBe('loopback');
    expect(rules.check('::ffff:127.0.0.1', 80)).toBe('loopback');
    expect(rules.check('::127.0.0.1', 80)).toBe('loopback');
    expect(rules.check('::ffff:0:10.0.0.1', 80)).toBe('private');
    expect(rules.check('64:ff9b::169.254.169.254', 80)).toBe('metadata');
    expect(rules.check('64:ff9b:1:7f00:0:100::', 80)).toBe('loopback');
    expect(rules.check('64:ff9b:1::10.0.0.1', 80)).toBe('private');
    expect(rules.check('2002:7f00:1::', 80)).toBe('loopback');
    expect(rules.check('2002:c0a8:101::5', 80)).toBe('private');
    // Teredo: the server 127.0.0.1, and the client 10.0.0.1 with its bits inverted.
    expect(rules.check('2001:0:7f00:1::', 80)).toBe('loopback');
    expect(rules.check('2001:0:808:808:0:0:f5ff:fffe', 80)).toBe('private');
  });

  it('lets a NAT64 network reach public IPv4', () => {
    const rules = new AddressRules({ allow: ['64:ff9b::/96', '64:ff9b:1::/48'], ...none });
    expect(rules.check('64:ff9b::8.8.8.8', 443)).toBe('allowed');
    expect(rules.check('64:ff9b:1:808:8:800::', 443)).toBe('allowed');
    expect(rules.check('64:ff9b:1::8.8.8.8', 443)).toBe('allowed');
    expect(rules.check('64:ff9b::10.0.0.1', 443)).toBe('private');
  });

  it('that cannot be read stops the start', () => {
    expect(() => new AddressRules({ allow: ['intranet'], ...none })).toThrow('`intranet`');
  });
});

describe("Hallpass's own endpoints", () => {
  const everything = ['0.0.0.0/0', '::/0'];
  const interfaces = () => ['127.0.0.1', '::1', '203.0.113.9', '8.1.2.3', 'fe80::9%eth0'];

  it('on a loopback address are refused by every address of this machine, whatever is allowed', () => {
    const rules = new AddressRules({
      allow: everything,
      own: [{ address: '127.0.0.1', port: 3128 }],
      interfaces,
    });
    for (const address of [
      '127.0.0.1',
      '::ffff:127.0.0.1',
      '::1',
      '203.0.113.9',
      '8.1.2.3',
      'fe80::9',
      '0.0.0.0',
      '::',
    ]) {
      expect([address, rules.check(address, 3128)]).toEqual([address, 'own-endpoint']);
      expect([address, rules.check(address, 8088)]).toEqual([address, 'allowed']);
    }
    expect(rules.check('8.1.2.4', 3128)).toBe('allowed');
  });

  it('on every address are refused on all of loopback too', () => {
    for (const address of ['0.0.0.0', '::']) {
      const rules = new AddressRules({ allow: everything, own: [{ address, port: 3128 }], interfaces });
      expect(rules.check('127.77.0.1', 3128)).toBe('own-endpoint');
      expect(rules.check('8.1.2.3', 3128)).toBe('own-endpoint');
      expect(rules.check('127.77.0.1', 3129)).toBe('allowed');
    }
  });

  it('elsewhere are refused by their address only', () => {
    const rules = new AddressRules({
      allow: everything,
      own: [{ address: '10.0.0.5', port: 389 }],
      interfaces,
    });
    expect(rules.check('10.0.0.5', 389)).toBe('own-endpoint');
    expect(rules.check('64:ff9b::10.0.0.5', 389)).toBe('own-endpoint');
    expect(rules.check('10.0.0.5', 80)).toBe('allowed');
    expect(rules.check('8.1.2.3', 389)).toBe('allowed');
  });

  it('can be replaced', () => {
    const rules = new AddressRules({
      allow: everything,
      own: [{ address: '10.0.0.5', port: 389 }],
      interfaces,
    });
    rules.protect([{ address: '10.0.0.6', port: 389 }]);
    expect(rules.check('10.0.0.5', 389)).toBe('allowed');
    expect(rules.check('10.0.0.6', 389)).toBe('own-endpoint');
  });

  it("leave this machine's other ports to the allow entries", () => {
    expect(new AddressRules({ allow: [], own: [], interfaces }).check('8.1.2.3', 22)).toBe('own-address');
    expect(new AddressRules({ allow: ['8.1.2.3:22'], own: [], interfaces }).check('8.1.2.3', 22)).toBe(
      'allowed',
    );
  });

  it('know the interfaces of this machine', () => {
    const rules = new AddressRules({ allow: everything, own: [{ address: '0.0.0.0', port: 3128 }] });
    const addresses = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).map((entry) => entry.address),
    );
    expect(addresses).not.toEqual([]);
    for (const address of addresses) expect(rules.check(address, 3128)).toBe('own-endpoint');
  });
});
