/** What somebody was allowed for a while, asked of one request: policy/decision.ts says what each kind is. */
import { NEED_IDENTITY, NEED_URL, NO_MATCH } from './compile/outcome.ts';
import { closedNow } from './emergency.ts';
import type { Grant, OverrideGrant, ResearchGrant } from './decision.ts';
import type { Audience } from './model/policy.ts';
import type { HeaderFacts, RequestFacts } from './request.ts';
import type { Subject } from './subject.ts';

/** Id of the grant by which the person went on past the warn of `rule`, or null. */
export function continueFor(
  rule: string,
  grants: readonly Grant[],
  facts: RequestFacts,
  { identity }: Subject,
  at: number,
): string | null {
  if (typeof identity === 'string') return null;
  for (const grant of grants)
    if (
      grant.kind === 'continue' &&
      grant.subject === identity.key &&
      grant.rule === rule &&
      grant.host === facts.host &&
      at < grant.expires
    )
      return grant.id;
  return null;
}

/** The research grant that lifts the floor for who asks: for adults whom pages address as staff. A host closed now stays so. */
export function liftsFloor(
  rule: string,
  grants: readonly Grant[],
  { identity }: Subject,
  voice: Audience['voice'],
  at: number,
): ResearchGrant | null {
  if (typeof identity === 'string' || voice !== 'staff' || rule === closedNow) return null;
  for (const grant of grants)
    if (grant.kind === 'research' && grant.subject === identity.key && at < grant.expires) return grant;
  return null;
}

/** The override that opens the request; {@link NO_MATCH}; or the bits of what would tell whether one does. */
export function overrideFor(
  grants: readonly Grant[],
  facts: RequestFacts,
  { identity }: Subject,
  at: number,
): OverrideGrant | number {
  let needs = 0;
  for (const grant of grants) {
    if (grant.kind !== 'override' || at >= grant.expires) continue;
    const who = identity === 'unknown' ? NEED_IDENTITY : isFor(grant, identity) ? 0 : NO_MATCH;
    if (who === NO_MATCH) continue;
    const where = placeOf(grant, facts);
    if (where === NO_MATCH) continue;
    if ((who | where) === 0) return grant;
    needs |= who | where;
  }
  return needs === 0 ? NO_MATCH : needs;
}

function isFor({ subject, subjectKind }: OverrideGrant, identity: Exclude<Subject['identity'], 'unknown'>) {
  if (identity === 'unidentified') return false;
  return subjectKind === 'person'
    ? identity.key === subject
    : identity.groups.some(({ key }) => key === subject);
}

const isWithin = (host: string, above: string): boolean => host === above || host.endsWith(`.${above}`);

/** A page that an override opened brings its images and scripts along, wherever they are; not pages of other sites. */
function placeOf(grant: OverrideGrant, { host, url }: RequestFacts): number {
  if (isWithin(host, grant.host)) {
    if (grant.path === null) return 0;
    if (url === 'unknown') return NEED_URL;
    if (url === 'unobtainable') return NO_MATCH;
    const path = url.path.toLowerCase();
    return path === grant.path || path.startsWith(grant.path === '/' ? '/' : `${grant.path}/`) ? 0 : NO_MATCH;
  }
  if (url === 'unknown') return NEED_URL;
  if (url === 'unobtainable') return NO_MATCH;
  const { witness } = url;
  const brought =
    witness === undefined
      ? isBrought(grant, url.headers)
      : witness.broughtBy(grant.id, () => isBrought(grant, url.headers));
  return brought ? 0 : NO_MATCH;
}

const isBrought = (grant: OverrideGrant, { dest, initiator }: HeaderFacts): boolean =>
  dest !== '' && !navigations.includes(dest) && initiator !== '' && isWithin(initiator, grant.host);

/** Destinations that are pages of their own (Fetch Metadata). */
const navigations: readonly string[] = ['document', 'iframe', 'frame', 'embed', 'object', 'fencedframe'];
