import { expect, test } from 'vitest';
import { holderOf } from '../../threads/holder.ts';

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['2001:db8:0:1:ffff::6', '2001:db8:0:1::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('%s stands for %s', (ip, holder) => expect(holderOf(ip)).toBe(holder));
