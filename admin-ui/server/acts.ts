/** What goes on the audit trail of what is done and seen in the admin pages, before anything is shown. */
import type { AuditEntry } from '../../store/audit/chain.ts';
import type { Block } from '../../store/blocks.ts';
import type { Actor } from './parts.ts';
import type { Caller } from './session/gate.ts';

export const actorOf = ({ viewer: { person } }: Pick<Caller, 'viewer'>): Actor => ({
  ...{ key: person.key, login: person.login },
});

export function act(
  { viewer: { person } }: Pick<Caller, 'viewer'>,
  at: number,
  action: string,
  subject: string | null,
  detail: AuditEntry['detail'],
): AuditEntry {
  return { at, actor: person.key, login: `${person.login} (admin pages)`, action, subject, detail };
}

/** Keys of those whom the blocks are about, each once, parted by spaces: `audit list --about` finds them. */
export const peopleIn = (blocks: readonly Pick<Block, 'userId'>[]): string =>
  [...new Set(blocks.flatMap(({ userId }) => userId ?? []))].join(' ');
