import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIpv4, readAddress, words } from '../../policy/ip.ts';

const numRuns = Number(process.env.FUZZ_RUNS ?? 100);

function read(text: string): string | null {
  const address = words();
  return readAddress(text, address) ? Buffer.from(bytesOf(address)).toString('hex') : null;
}

function bytesOf(address: Uint32Array): number[] {
  return [...address].flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
}

/** The same through Node's URL, which writes an IPv6 address as groups in hexadecimal with one `::`. */
function oracle(text: string): string {
  const v6 = text.includes(':') ? text : `::ffff:${text}`;
  const [head = '', tail] = new URL(`http://[${v6}]`).hostname.slice(1, -1).split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('');
}

describe('an address as numbers', () => {
  it('is one value in its IPv4 and its IPv4-mapped form', () => {
    expect(read('127.0.0.1')).toBe('00000000000000000000ffff7f000001');
    expect(read('::ffff:127.0.0.1')).toBe(read('127.0.0.1'));
    expect(read('::FFFF:7f00:1')).toBe(read('127.0.0.1'));
    expect(read('::127.0.0.1')).not.toBe(read('127.0.0.1'));
  });

  it('drops a zone', () => {
    expect(read('fe80::1%eth0')).toBe(read('fe80::1'));
    expect(read('fe80::1%')).toBeNull();
  });

  it('knows IPv4', () => {
    const address = words();
    readAddress('::ffff:8.8.8.8', address);
    expect(isIpv4(address)).toBe(true);
    readAddress('::8.8.8.8', address);
    expect(isIpv4(address)).toBe(false);
  });

  const notAddresses = [
    '', '.', ':', '::1::', '1.2.3', '1.2.3.4.5', '1.2.3.', '.1.2.3', '1..2.3', '256.1.1.1', '01.2.3.4', '0x7f.0.0.1',
    '2130706433', '127.1', '1.2.3.4 ', ' 1.2.3.4', '1.2.3.4%eth0', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9',
    '::1:2:3:4:5:6:7:8', ':1:2:3:4:5:6:7', '1:2:3:4:5:6:7:', '1:2:3:4:5:6:7:1.2.3.4', '::1.2.3', '::1.2.3.4:1', '[::1]', '::g', '::1/64', '１.2.3.4',
  ]; // prettier-ignore

  it.each(notAddresses)('refuses %j', (text) => {
    expect(isIP(text)).toBe(0);
    expect(read(text)).toBeNull();
  });

  it('agrees with Node on every address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        expect(read(text)).toBe(oracle(text));
      }),
      { numRuns },
    );
  });

  it('takes exactly what Node takes for an address', () => {
    const piece = fc.constantFrom(
      '0',
      '1',
      '9',
      '25',
      '255',
      '256',
      '01',
      'f',
      'ffff',
      '12345',
      'g',
      ':',
      '::',
      '.',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
        const text = pieces.join('');
        expect(read(text) !== null).toBe(isIP(text) !== 0);
      }),
      { numRuns: numRuns * 20 },
    );
  });
});
