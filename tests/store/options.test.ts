import { describe, expect, it } from 'vitest';
import { options } from '../../store/options.ts';

describe('section `store`', () => {
  it('keeps records for 90 days, and what the audit trail says for three years, unless told otherwise', () => {
    expect(options.parse({})).toEqual({
      retention: 7_776_000_000,
      auditRetention: 94_608_000_000,
      purgeSlice: 5,
      sample: true,
      spool: 10_000,
      lockTimeout: 250,
    });
    expect(options.parse({ retention: '30d' }).retention).toBe(2_592_000_000);
  });

  it.each([
    { retention: '1h' },
    { retention: '11y' },
    { retention: '4000d' },
    { purgeSlice: '1s' },
    { spool: 0 },
    { lockTimeout: '10s' },
    { postgres: 'later' },
  ])('refuses %j', (section) => {
    expect(options.safeParse(section).success).toBe(false);
  });
});
