/** What goes on record when somebody looks at records, before they see any. */
import { peopleIn } from '../admin-ui/server/acts.ts';
import type { AuditEntry } from '../store/audit/chain.ts';
import type { Block, BlocksFilter } from '../store/blocks.ts';
import { ControlError } from './errors.ts';

/** Header by which the command line says which user of the machine it works for. */
export const operatorHeader = 'x-hallpass-operator';

/** Name in the audit trail of whoever can open the control socket. */
export const atCommandLine = (user: string): string =>
  /^[\x21-\x7e]{1,64}$/.test(user) ? `${user} (command line)` : 'command line';

/** @param login of who looks @param keys of those whom `filter.user` means */
export function viewOfBlocks(filter: BlocksFilter, login: string, keys: readonly string[]): AuditEntry {
  const { since, school = null, user = null, code = null } = filter;
  const from = since === undefined ? null : new Date(since).toISOString();
  const [only = user, another] = keys;
  const subject = another === undefined ? only : user;
  const detail = { since: from, school, user, code, people: another === undefined ? '' : keys.join(' ') };
  return { at: Date.now(), actor: null, login, action: 'blocks.view', subject, detail };
}

/** Of records that are decided again. */
export function viewOfReplay(filter: BlocksFilter, login: string, keys: readonly string[]): AuditEntry {
  const view = viewOfBlocks(filter, login, keys);
  return { ...view, action: 'blocks.replay', detail: { ...view.detail, record: filter.id ?? null } };
}

/**
 * Batches of blocks, each passed on when the people whom it shows are on the audit trail. The look itself stands there
 * before the first is read.
 * @param batches lines of JSON
 */
export async function* onRecord(
  view: AuditEntry,
  recordAct: (act: AuditEntry) => Promise<void>,
  batches: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string, void, undefined> {
  for await (const lines of batches) {
    const blocks = lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Block]));
    const people = peopleIn(blocks);
    if (people !== '') await recordAct({ ...view, at: Date.now(), detail: { ...view.detail, people } });
    yield lines;
  }
}

/** @param action `backup.make` or `backup.restore` */
export const actOfBackup = (action: string, folder: string, login: string): AuditEntry => ({
  ...{ at: Date.now(), actor: null, login, action, subject: null },
  detail: { folder },
});

export const actOfSecondFactor = (whose: string, login: string): AuditEntry => ({
  ...{ at: Date.now(), actor: null, login, action: 'second-factor.drop', subject: whose, detail: {} },
});

export const noSecondFactor = (login: string): ControlError =>
  new ControlError(
    'unknown-user',
    `\`${login}\` has no second factor: write the login as the directory has it`,
  );

/** @param person key, or null for a device @param lasts milliseconds */
export const viewOfTrace = (
  person: string | null,
  ip: string | null,
  lasts: number,
  login: string,
): AuditEntry => ({
  ...{ at: Date.now(), actor: null, login, action: 'trace.watch', subject: person },
  detail: { ip, minutes: Math.round(lasts / 6_000) / 10 },
});
