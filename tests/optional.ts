/** Parts of a machine that some tests need. */
import process from 'node:process';

/**
 * What is missing, as a reason to skip; null when it is there. With HALLPASS_TEST_REQUIRE_ALL=1 it throws instead, so that
 * a test which should have run is not taken for one that passed.
 */
export function missing(isThere: boolean, reason: string): string | null {
  if (isThere) return null;
  if (process.env['HALLPASS_TEST_REQUIRE_ALL'] === '1') throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return reason;
}
