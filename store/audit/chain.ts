/**
 * The audit trail's arithmetic: who did what, as rows of which each vouches for all before it.
 *
 *     digest_n = SHA-256(content_n)
 *     mac_n    = HMAC-SHA256(key, "n \n mac_(n-1) \n digest_n")      mac_0 = 64 zeros
 *     seal     = HMAC-SHA256(key, "seal \n n \n mac_n")               kept beside the database
 *
 * Whoever can write the database but has no key cannot change, insert, swap or delete a row unnoticed; the seal shows
 * rows taken from the end. A row's content may be dropped when its time is over: digest and MAC stay, and the chain holds.
 *
 * A row follows the head that was known, not whatever stands last. Where that head is gone, an entry that says so comes
 * first (`audit.loss`): it vouches for what is missing, so that the break stays for ever, unless the rows come back. Where
 * rows stand and nothing is known of the head, an entry begins anew (`audit.unsealed`), which is a break as well.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What somebody did. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Immutable key of the account, or null for whoever has the machine (the command line). */
  readonly actor: string | null;
  /** The account's login at that time, or what stands in its place. */
  readonly login: string;
  /** `<thing>.<verb>`, such as `policy.publish` or `blocks.view`. */
  readonly action: string;
  /** Whose records it was about: an immutable key, or the login that was asked for; null when nobody by name. */
  readonly subject: string | null;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** A row as it is stored. */
export interface AuditRow {
  /** From 1, without gaps. */
  readonly seq: number;
  /** The entry as JSON; null when its time was over. */
  readonly content: string | null;
  /** Hexadecimal, as is `mac`. */
  readonly digest: string;
  readonly mac: string;
}

/** How far the trail went, told outside of the database. */
export interface Seal {
  readonly seq: number;
  readonly mac: string;
  readonly seal: string;
}

/** How far a trail goes. */
export type Head = Pick<AuditRow, 'seq' | 'mac'>;

/** Why a seal says nothing. */
export type NoSeal = 'missing' | 'unreadable' | 'forged';

/** The end of a trail before something is added to it. */
export interface TrailEnd {
  /** The row that stands last. */
  readonly last: Head | undefined;
  /** Heads that the trail is known to have had: as this process wrote it, and as it was sealed. */
  readonly known: readonly Head[];
  /** MAC of the row that stands at a place. */
  readonly macAt: (seq: number) => string | undefined;
  /** Null where it was sealed, or never begun. */
  readonly noSeal: NoSeal | null;
}

/** Actions of the entries that come before the next one where the end of the trail is not what it was. */
export const lossAction = 'audit.loss';
export const unsealedAction = 'audit.unsealed';

/** Action of the entry by which older contents were dropped; `detail.through` is the last of them. */
export const purgeAction = 'audit.purge';

const beginning = '0'.repeat(64);

const hmac = (key: Buffer, text: string): string => createHmac('sha256', key).update(text).digest('hex');

const digestOf = (content: string): string => createHash('sha256').update(content).digest('hex');

const macOf = (key: Buffer, seq: number, previous: string, digest: string): string =>
  hmac(key, `${String(seq)}\n${previous}\n${digest}`);

/** The row that follows `last`, or the first one. */
export function nextRow(
  key: Buffer,
  last: Head | undefined,
  entry: AuditEntry,
): AuditRow & { readonly content: string } {
  const seq = (last?.seq ?? 0) + 1;
  const { at, actor, login, action, subject, detail } = entry;
  const content = JSON.stringify({ at, actor, login, action, subject, detail });
  const digest = digestOf(content);
  return { seq, content, digest, mac: macOf(key, seq, last?.mac ?? beginning, digest) };
}

/** The rows that an entry adds: itself, after one that tells of a loss where there is any. */
export function nextRows(
  key: Buffer,
  end: TrailEnd,
  entry: AuditEntry,
): readonly (AuditRow & { readonly content: string })[] {
  const broken = breakAt(end);
  if (broken === null) return [nextRow(key, end.last, entry)];
  const { after, action, detail } = broken;
  const told = nextRow(key, after, {
    ...{ at: entry.at, actor: null, login: 'hallpass', action, subject: null, detail },
  });
  return [told, nextRow(key, told, entry)];
}

/** What is to be told before the next entry, and the head that it follows. */
function breakAt({
  last,
  known,
  macAt,
  noSeal,
}: TrailEnd): (Pick<AuditEntry, 'action' | 'detail'> & { readonly after: Head }) | null {
  const furthest = known.toSorted((one, other) => other.seq - one.seq);
  const gone = furthest.find(({ seq, mac }) => macAt(seq) !== mac);
  const seq = Math.max(last?.seq ?? 0, furthest[0]?.seq ?? 0);
  if (gone !== undefined) {
    const detail = { from: Math.min((last?.seq ?? 0) + 1, gone.seq), through: gone.seq };
    return { after: { seq, mac: gone.mac }, action: lossAction, detail };
  }
  if (known.length > 0 || noSeal === null) return null;
  return { after: { seq, mac: beginning }, action: unsealedAction, detail: { seal: noSeal } };
}

export function sealOf(key: Buffer, { seq, mac }: Head): Seal {
  return { seq, mac, seal: hmac(key, `seal\n${String(seq)}\n${mac}`) };
}

/** Whether the content, where it was not dropped, is the one of the digest. */
export const isAsWritten = ({ content, digest }: AuditRow): boolean =>
  content === null || same(digestOf(content), digest);

export function isAuthentic(key: Buffer, seal: Seal): boolean {
  return same(sealOf(key, seal).seal, seal.seal);
}

/** What does not hold at the first row where something does not. */
export type Tampering =
  /** A row that ought to be there is not. */
  | 'missing'
  /** Its content is not what was written. */
  | 'content'
  /** It does not follow from the row before: changed, inserted, moved, or written under another key. */
  | 'chain'
  /** It was written when rows stood there and no seal vouched for the last of them. */
  | 'unsealed'
  /** Its content was dropped, and no entry says so. */
  | 'dropped'
  /** It was the last when the trail was sealed, and is another row now. */
  | 'seal';

export interface Finding {
  readonly seq: number;
  readonly tampering: Tampering;
}

/** Follows a chain row by row, beyond what does not hold: what was done later is to be seen as well. */
export class ChainReader {
  readonly #key: Buffer;
  readonly #seal: Head | null;
  #last: Head = { seq: 0, mac: beginning };
  /** Sequence numbers of dropped contents that no entry has accounted for yet. */
  #dropped: number[] = [];

  /** @param seal an authentic one */
  constructor(key: Buffer, seal: Head | null) {
    this.#key = key;
    this.#seal = seal;
  }

  /** The last row that was read. */
  get last(): Head {
    return this.#last;
  }

  /** Reads the next row, in the order of `seq`. */
  read(row: AuditRow): Finding | null {
    const finding = this.#check(row);
    this.#last = { seq: row.seq, mac: row.mac };
    if (row.content === null) this.#dropped.push(row.seq);
    else if (finding === null) this.#account(row.content);
    return finding;
  }

  #check(row: AuditRow): Finding | null {
    const seq = this.#last.seq + 1;
    if (row.seq !== seq) return { seq, tampering: 'missing' };
    if (!isAsWritten(row)) return { seq, tampering: 'content' };
    const follows = (previous: string): boolean => same(macOf(this.#key, seq, previous, row.digest), row.mac);
    if (!follows(this.#last.mac))
      return { seq, tampering: seq > 1 && follows(beginning) ? 'unsealed' : 'chain' };
    if (this.#seal?.seq === seq && !same(this.#seal.mac, row.mac)) return { seq, tampering: 'seal' };
    return null;
  }

  /** No row follows. */
  end(): readonly Finding[] {
    const findings: Finding[] = this.#dropped.map((seq) => ({ seq, tampering: 'dropped' }));
    if (this.#seal !== null && this.#seal.seq > this.#last.seq)
      findings.push({ seq: this.#last.seq + 1, tampering: 'missing' });
    return findings;
  }

  #account(content: string): void {
    if (this.#dropped.length === 0) return;
    const { action, detail } = JSON.parse(content) as AuditEntry;
    const { through } = detail;
    if (action === purgeAction && typeof through === 'number')
      this.#dropped = this.#dropped.filter((seq) => seq > through);
  }
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
