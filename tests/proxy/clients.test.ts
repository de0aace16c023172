import { describe, expect, it } from 'vitest';
import { Clients } from '../../proxy/clients.ts';
import { options } from '../../proxy/options.ts';

describe('the clients that are admitted by default', () => {
  const clients = new Clients(options.parse({}).clients);

  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    'fd00::7',
    'fe80::1',
    'fe80::1%eth0',
    '::ffff:10.1.2.3',
  ])('include %s', (ip) => expect(clients.admits(ip)).toBe(true));

  it.each([
    '8.8.8.8',
    '172.32.0.1',
    '100.64.0.1',
    '169.254.1.1',
    '2600::1',
    '::ffff:8.8.8.8',
    '::10.1.2.3',
    '::',
    '',
    'localhost',
  ])('do not include %j', (ip) => expect(clients.admits(ip)).toBe(false));

  it('do not include a client that is gone already', () => {
    expect(clients.admits(undefined)).toBe(false);
  });
});

describe('clients', () => {
  it('are those of the configured ranges only', () => {
    const clients = new Clients(['198.51.100.0/24', '2001:db8::5']);
    expect(clients.admits('198.51.100.77')).toBe(true);
    expect(clients.admits('::ffff:198.51.100.77')).toBe(true);
    expect(clients.admits('2001:db8::5')).toBe(true);
    expect(clients.admits('2001:db8::6')).toBe(false);
    expect(clients.admits('127.0.0.1')).toBe(false);
  });

  it('are judged one by one, however they alternate', () => {
    const clients = new Clients(['10.0.0.0/8']);
    const seen = ['10.0.0.1', '11.0.0.1', '10.0.0.1', '11.0.0.1', '11.0.0.1', '10.0.0.1', '10.0.0.1'];
    expect(seen.map((ip) => clients.admits(ip))).toEqual([true, false, true, false, false, true, true]);
  });

  it('that cannot be read stop the start', () => {
    expect(() => new Clients(['10.0.0.0/8:80'])).toThrow(RangeError);
    expect(() => new Clients(['school'])).toThrow('`school`');
  });
});
