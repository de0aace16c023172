/** What a request is about, as rules see it. */
import { noExtractors } from '../policy/extract/extractors.ts';
import type { Extractors } from '../policy/extract/extractors.ts';
import { requestFacts, tunnelFacts } from '../policy/facts.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { RequestHead } from './wire/head.ts';
import { Refused } from './wire/refusals.ts';
import type { Target } from './wire/target.ts';

/**
 * @param extractors the edition's tables of search engines and of addresses inside addresses
 * @throws Refused where the host is neither a name nor an address, or more addresses are inside than are looked at
 */
export function targetFacts(
  target: Exclude<Target, { form: 'asterisk' }>,
  head: RequestHead,
  extractors: Extractors = noExtractors,
): RequestFacts {
  const { host, port } = target.authority;
  const facts =
    target.form === 'authority'
      ? tunnelFacts(host, target.authority.port, 'unobtainable', extractors)
      : requestFacts(
          {
            scheme: 'http',
            rawHost: host,
            port: port ?? 80,
            method: head.method,
            rawPath: target.path === '' ? '/' : target.path,
            rawQuery: target.query ?? '',
          },
          head,
          extractors,
        );
  if (!facts.ok) throw new Refused(facts.code === 'inner-count' ? 'too-many-inner' : 'bad-host');
  return facts.facts;
}
