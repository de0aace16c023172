/** What must hold of a request before anything is decided about it. */
import { canonicalHost } from '../policy/facts.ts';
import type { Fields } from './wire/fields.ts';
import type { Via } from './wire/head-writer.ts';
import type { RequestHead } from './wire/head.ts';
import { Refused } from './wire/refusals.ts';
import type { Target } from './wire/target.ts';
import { parseAuthority } from './wire/target.ts';

/**
 * Host must be there once (HTTP/1.1) and well-formed. The target wins over it (RFC 9112 §3.2.2): what goes on is made
 * from the target. For CONNECT, where no Host goes on, a difference is refused: two parties would mean two places.
 *
 * @throws Refused
 */
export function checkHost(head: RequestHead, target: Target): void {
  const value = head.fields.get('host');
  if (value === undefined) {
    if (head.version === 11) throw new Refused('host-missing');
    return;
  }
  if (head.fields.count('host') > 1) throw new Refused('host-repeated');
  if (target.form === 'asterisk' && value === '') return;
  const named = parseAuthority(value, 'host-invalid');
  if (target.form !== 'authority') return;
  const { host, port } = target.authority;
  const samePort = named.port === port || (named.port === undefined && port === 443);
  if (!samePort || !sameHost(named.host, host)) throw new Refused('host-differs');
}

function sameHost(a: string, b: string): boolean {
  if (a === b) return true;
  const [one, other] = [canonicalHost(a), canonicalHost(b)];
  return one.ok && other.ok && one.host === other.host;
}

/** @throws Refused when something other than `100-continue` is expected */
export function checkExpect(head: RequestHead): void {
  const value = head.fields.list('expect');
  if (value !== undefined && head.version === 11 && value.toLowerCase() !== '100-continue') {
    throw new Refused('expectation-failed');
  }
}

/** Whether the request has been here before: our own pseudonym stands in its Via (RFC 9110 §7.6.3). */
export function isLoop(fields: Fields, via: Via): boolean {
  const value = via.pseudonym === null ? undefined : fields.list('via');
  if (value === undefined) return false;
  return value.split(',').some((member) => member.trim().split(/[ \t]+/)[1] === via.pseudonym);
}
