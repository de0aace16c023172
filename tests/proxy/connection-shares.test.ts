import { describe, expect, it } from 'vitest';
import { ConnectionShares } from '../../proxy/connection-shares.ts';

const takes = (shares: ConnectionShares, ip: string, times: number): number =>
  Array.from({ length: times }, () => shares.take(ip)).filter(Boolean).length;

describe('connections of one address', () => {
  it('are as many as allowed, whatever other addresses have', () => {
    const shares = new ConnectionShares(3, {});
    expect([takes(shares, '10.0.0.1', 5), takes(shares, '10.0.0.2', 5)]).toEqual([3, 3]);
  });

  it('make room by closing', () => {
    const shares = new ConnectionShares(2, {});
    takes(shares, '10.0.0.1', 9);
    shares.release('10.0.0.1');
    expect(takes(shares, '10.0.0.1', 9)).toBe(1);
    shares.release('10.0.0.1');
    shares.release('10.0.0.1');
    expect(takes(shares, '10.0.0.1', 9)).toBe(2);
  });

  it('are more where the address is one that many share', () => {
    const shares = new ConnectionShares(2, {
      '10.7.0.0/16': 5,
      '10.7.0.1': 7,
      '2001:db8::/32': 4,
      '10.8.0.0/16': 1,
    });
    const counts = ['10.7.0.1', '10.7.0.2', '10.6.0.1', '2001:db8::7', '10.8.0.1'].map((ip) =>
      takes(shares, ip, 9),
    );
    expect(counts).toEqual([7, 5, 2, 4, 2]);
  });
});
