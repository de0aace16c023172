import { describe, expect, it } from 'vitest';
import { parseCidr, parseCidrPort } from '../../../proxy/upstream/cidr.ts';

describe('a range with a port', () => {
  it.each([
    ['10.0.0.0/8', 104, null],
    ['10.0.0.0/8:8080', 104, 8080],
    ['10.1.2.3:80', 128, 80],
    ['10.1.2.3', 128, null],
    ['fd00::/8', 8, null],
    ['[fd00::]/8:443', 8, 443],
    ['[fd00::]/8', 8, null],
    ['[::1]:65535', 128, 65535],
    ['::1', 128, null],
  ])('%s', (text, prefix, port) => {
    expect(parseCidrPort(text)).toMatchObject({ prefix, port });
  });

  it.each([
    ['10.0.0.0/33', '`10.0.0.0/33`: `/33` is not a prefix length from `/0` to `/32`'],
    ['fd00::/129', '`fd00::/129`: `/129` is not a prefix length from `/0` to `/128`'],
    ['10.0.0.0/', '`10.0.0.0/`: `/` is not a prefix length from `/0` to `/32`'],
    ['10.0.0.0/8:0', '`10.0.0.0/8:0`: `:0` is not a port from 1 to 65535'],
    ['10.0.0.0/8:65536', '`10.0.0.0/8:65536`: `:65536` is not a port from 1 to 65535'],
    ['10.0.0.0:', '`10.0.0.0:`: `:` is not a port from 1 to 65535'],
    ['10.0.0.0/8:80-90', '`10.0.0.0/8:80-90`: `:80-90` is not a port from 1 to 65535'],
    ['10.1.2.3/8', '`10.1.2.3/8`: bits after the prefix must be zero; for one address leave `/8` away'],
    ['[10.1.2.3]:80', '`[10.1.2.3]:80`: only an IPv6 address stands in brackets'],
    ['example.org', '`example.org`: `example.org` is not an IP address; write a range such as `10.0.0.0/8`'],
    [
      'fe80::1%eth0',
      '`fe80::1%eth0`: `fe80::1%eth0` is not an IP address; write a range such as `10.0.0.0/8`',
    ],
    ['', '``: `` is not an IP address; write a range such as `10.0.0.0/8`'],
  ])('refuses %j and says why', (text, message) => {
    expect(() => parseCidrPort(text)).toThrow(new RangeError(message));
  });

  it('is not for places where a port has no meaning', () => {
    expect(() => parseCidr('10.0.0.0/8:80')).toThrow(RangeError);
  });
});
