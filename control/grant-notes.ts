/** What whoever opens something should know of it: where it opens nothing, or less than they may think. */
import type { Image } from '../policy/compile/image.ts';
import { decide } from '../policy/decide.ts';
import type { OverrideGrant } from '../policy/decision.ts';
import { explain } from '../policy/explain.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { Person } from '../policy/subject.ts';
import { factsOf } from './check.ts';

/** @param whose the person, or somebody who is in the group alone */
export function notesOn(image: Image, grant: OverrideGrant, whose: Person, at: number): string[] {
  if (image.isExempt(grant.host))
    return ['it is open to everybody already: it is help in a crisis, or a test'];
  const unseen =
    grant.path === null ? [] : ['it opens over http alone: of an https address the filter sees no path'];
  const facts = factsAt(grant);
  const subject = { ip: '0.0.0.0', identity: whose } as const;
  const { action, rule, tier } = decide(image, facts, subject, [grant], at);
  if (action !== 'allow')
    return [
      ...unseen,
      tier === 'illegal'
        ? `it stays closed: rule \`${rule}\` closes what is illegal`
        : `it stays closed: rule \`${rule}\` is locked`,
    ];
  if (grant.subjectKind === 'group') return [...unseen, ...closedToSome(image, facts, at)];
  const before = decide(image, facts, subject, [], at);
  return before.action === 'allow' ? [...unseen, 'nothing closes it to them at this time'] : unseen;
}

function factsAt({ host, path }: OverrideGrant): RequestFacts {
  const name = host.includes(':') ? `[${host}]` : host;
  if (path === null) return factsOf(`https://${name}`);
  return factsOf(`http://${name}${path.split('/').map(encodeURIComponent).join('/')}`);
}

/** Who is in the group is in others too, and a locked rule may be for one of those. */
function closedToSome(image: Image, facts: RequestFacts, at: number): string[] {
  const { trace } = explain(image, facts, { ip: '0.0.0.0', identity: 'unknown' }, [], at);
  const closing = new Set(
    image.program.rules.flatMap(({ id, tier, action }) =>
      tier === 'locked' && action !== 'allow' ? [id] : [],
    ),
  );
  return trace
    .filter(({ rule, outcome }) => outcome === 'unknown' && closing.has(rule))
    .map(({ rule }) => `it stays closed to those whom rule \`${rule}\` is for: it is locked`);
}
