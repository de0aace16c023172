/** What whoever opens something should know of it: where it opens nothing, or less than they may think. */
import type { Image } from '../policy/compile/image.ts';
import { decide } from '../policy/decide.ts';
import type { OverrideGrant } from '../policy/decision.ts';
import type { Person } from '../policy/subject.ts';
import { factsOf } from './check.ts';

/** @param whose the person, or somebody who is in the group alone */
export function notesOn(image: Image, grant: OverrideGrant, whose: Person, at: number): string[] {
  const { host, path } = grant;
  if (image.isExempt(host)) return ['it is open to everybody already: it is help in a crisis, or a test'];
  const name = host.includes(':') ? `[${host}]` : host;
  const subject = { ip: '0.0.0.0', identity: whose } as const;
  const facts = factsOf(
    path === null ? `https://${name}` : `http://${name}${path.split('/').map(encodeURIComponent).join('/')}`,
  );
  const { action, rule, tier } = decide(image, facts, subject, [grant], at);
  const unseen =
    path === null ? [] : ['it opens over http alone: of an https address the filter sees no path'];
  if (action !== 'allow') return [...unseen, staysClosed(rule, tier)];
  const before = decide(image, facts, subject, [], at);
  return before.action === 'allow' ? [...unseen, 'nothing closes it to them at this time'] : unseen;
}

const staysClosed = (rule: string, tier: string): string =>
  tier === 'illegal'
    ? `it stays closed: rule \`${rule}\` closes what is illegal`
    : `it stays closed: rule \`${rule}\` is locked`;
