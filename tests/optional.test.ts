import { afterEach, describe, expect, it, vi } from 'vitest';
import { missing } from './optional.ts';

afterEach(() => vi.unstubAllEnvs());

describe('a part that a test needs', () => {
  it('is no reason to skip when it is there', () => {
    vi.stubEnv('HALLPASS_TEST_REQUIRE_ALL', '1');
    expect(missing(true, 'no such part')).toBeNull();
  });

  it('skips the test where it is missing', () => {
    vi.stubEnv('HALLPASS_TEST_REQUIRE_ALL', '');
    expect(missing(false, 'no such part: skipped')).toBe('no such part: skipped');
  });

  it('fails the test where everything is required', () => {
    vi.stubEnv('HALLPASS_TEST_REQUIRE_ALL', '1');
    expect(() => missing(false, 'no such part')).toThrow('no such part');
  });
});
