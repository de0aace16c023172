/**
 * The CNAMEs on the way from a name to its addresses. c-ares follows them without saying which they were, so each link
 * is asked for by itself; whoever is to be believed about the addresses has it in his cache already.
 */
import type { promises } from 'node:dns';
import { canonicalHost } from '../../policy/facts.ts';

/** Longer chains than this are a mistake or a game; resolvers give up at about as many. */
const MAX_LINKS = 8;

/**
 * Follows the chain of `host` link by link until there is none further, or one comes round again.
 * @param found told each link as it becomes known, canonical; says whether to go on
 * @returns when the chain is over, whatever ended it; never rejects
 */
export async function followAliases(
  resolver: promises.Resolver,
  host: string,
  found: (alias: string) => boolean,
): Promise<void> {
  const seen = new Set([host]);
  let name = host;
  try {
    while (seen.size <= MAX_LINKS) {
      const [target] = await resolver.resolveCname(name);
      if (target === undefined) return;
      const alias = canonicalHost(target);
      if (!alias.ok || seen.has(alias.host)) return;
      seen.add(alias.host);
      if (!found(alias.host)) return;
      name = alias.host;
    }
  } catch {
    // No further link, or nobody who says: the addresses are judged by themselves.
  }
}
