/**
 * Sessions of the admin pages, and the second factors of those who have one. Whoever reads the database finds no token
 * in it (a digest stands in its place), and no shared secret (it is sealed under a key that lies beside the database).
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { StoreError } from '../errors.ts';
import { openWriter } from '../sqlite.ts';

export const sessionsStep = `
  CREATE TABLE sessions (
    digest TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    login TEXT NOT NULL,
    ip TEXT NOT NULL,
    agent TEXT NOT NULL,
    proven INTEGER NOT NULL CHECK (proven IN (0, 1)),
    began_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_subject ON sessions (subject);

  CREATE TABLE second_factors (
    subject TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    secret TEXT NOT NULL,
    confirmed_at INTEGER,
    last_step INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

export interface SessionsTables {
  sessions: {
    digest: string;
    id: string;
    subject: string;
    login: string;
    ip: string;
    agent: string;
    proven: 0 | 1;
    began_at: number;
    seen_at: number;
  };
  second_factors: {
    subject: string;
    login: string;
    secret: string;
    confirmed_at: number | null;
    last_step: number;
  };
}

/** Times are epoch milliseconds. */
export interface Session {
  /** Names it in lists; opens nothing. */
  readonly id: string;
  /** Key of the person. */
  readonly subject: string;
  readonly login: string;
  readonly ip: string;
  /** Of the browser, as it calls itself. */
  readonly agent: string;
  /** Whether everything that the person's roles ask for was shown: the password, and the second factor where there is one. */
  readonly proven: boolean;
  readonly beganAt: number;
  readonly seenAt: number;
}

export interface SecondFactor {
  /** Base32. */
  readonly secret: string;
  /** Null until a first code has shown that the person has it. */
  readonly confirmedAt: number | null;
  /** Time step of the last code that was taken: none counts twice (RFC 6238 §5.2). */
  readonly lastStep: number;
}

/** When a session is over, in milliseconds: since it was last seen, and since it began. */
export interface SessionLimits {
  readonly idle: number;
  readonly absolute: number;
}

const tokenBytes = 32;
const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');
/** Between two of these `seen_at` is not written. */
const seenStep = 30_000;
/** A clock that is set right may go back by so much; what is said of later than that is not so. */
const ahead = 60_000;

export class Sessions {
  readonly #tables: Kysely<SessionsTables>;
  readonly #key: () => Promise<Buffer>;

  /** @param key that lies beside the database; asked for when a second factor is sealed or opened */
  constructor(tables: Kysely<SessionsTables>, key: () => Promise<Buffer>) {
    this.#tables = tables;
    this.#key = key;
  }

  /** @returns the token, which only its holder has from then on */
  async begin(session: Omit<Session, 'seenAt'>): Promise<string> {
    const token = randomBytes(tokenBytes).toString('base64url');
    const { proven, beganAt, ...rest } = session;
    const row = {
      ...rest,
      digest: digestOf(token),
      proven: flag(proven),
      began_at: beganAt,
      seen_at: beganAt,
    };
    await this.#tables.insertInto('sessions').values(row).execute();
    return token;
  }

  /**
   * The session of a token; null where there is none, or it is over.
   *
   * @param attended whether somebody is there, so that it counts as seen
   */
  async find(token: string, now: number, limits: SessionLimits, attended = true): Promise<Session | null> {
    const digest = digestOf(token);
    const row = await this.#tables
      .selectFrom('sessions')
      .selectAll()
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (row === undefined) return null;
    if (isOver(row, now, limits)) {
      await this.#tables.deleteFrom('sessions').where('digest', '=', digest).execute();
      return null;
    }
    if (attended && now - row.seen_at >= Math.min(seenStep, limits.idle / 4))
      await this.#tables.updateTable('sessions').set({ seen_at: now }).where('digest', '=', digest).execute();
    return sessionOf(row);
  }

  /** Those that are not over, the last seen first. */
  async list(now: number, limits: SessionLimits): Promise<readonly Session[]> {
    const rows = await this.#tables.selectFrom('sessions').selectAll().orderBy('seen_at', 'desc').execute();
    return rows.filter((row) => !isOver(row, now, limits)).map(sessionOf);
  }

  /** @returns whose it was; null where there is none */
  async end(id: string): Promise<Session | null> {
    const row = await this.#tables
      .deleteFrom('sessions')
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    return row === undefined ? null : sessionOf(row);
  }

  async endAllOf(subjects: readonly string[]): Promise<void> {
    if (subjects.length === 0) return;
    await this.#tables.deleteFrom('sessions').where('subject', 'in', subjects).execute();
  }

  /** Drops sessions that are over, which nobody came back to. */
  async purge(now: number, limits: SessionLimits): Promise<void> {
    await this.#tables
      .deleteFrom('sessions')
      .where((or) =>
        or.or([
          or('seen_at', '<=', now - limits.idle),
          or('began_at', '<=', now - limits.absolute),
          or('seen_at', '>', now + ahead),
          or('began_at', '>', now + ahead),
        ]),
      )
      .execute();
  }

  async secondFactor(subject: string): Promise<SecondFactor | null> {
    const row = await this.#tables
      .selectFrom('second_factors')
      .selectAll()
      .where('subject', '=', subject)
      .executeTakeFirst();
    if (row === undefined) return null;
    const secret = open(await this.#sealKey(), subject, row.secret);
    // Sealed under another key: nobody can check a code with it, and the person is given a new one.
    if (secret === null) return null;
    return { secret, confirmedAt: row.confirmed_at, lastStep: row.last_step };
  }

  /** In the place of one that was never confirmed, or that cannot be opened any more. */
  async offerSecondFactor(subject: string, login: string, secret: string): Promise<void> {
    const row = { subject, login, secret: seal(await this.#sealKey(), subject, secret) };
    await this.#tables
      .insertInto('second_factors')
      .values({ ...row, confirmed_at: null, last_step: 0 })
      .onConflict((conflict) =>
        conflict.column('subject').doUpdateSet({ ...row, confirmed_at: null, last_step: 0 }),
      )
      .execute();
  }

  /** Marks a code as used. @returns false where that code, or a later one, was used before */
  async useSecondFactor(subject: string, step: number, now: number): Promise<boolean> {
    const used = await this.#tables
      .updateTable('second_factors')
      .set((each) => ({ last_step: step, confirmed_at: each.fn.coalesce('confirmed_at', each.val(now)) }))
      .where('subject', '=', subject)
      .where('last_step', '<', step)
      .executeTakeFirst();
    return used.numUpdatedRows === 1n;
  }

  /** For who has lost it. @returns whether there was one */
  async dropSecondFactor(login: string): Promise<boolean> {
    const dropped = await this.#tables
      .deleteFrom('second_factors')
      .where('login', '=', login)
      .executeTakeFirst();
    return dropped.numDeletedRows > 0n;
  }

  async #sealKey(): Promise<Buffer> {
    return Buffer.from(hkdfSync('sha256', await this.#key(), '', 'hallpass second factors', 32));
  }
}

/** One that is to begin yet would have no end. */
function isOver(
  { began_at: began, seen_at: seen }: SessionsTables['sessions'],
  now: number,
  { idle, absolute }: SessionLimits,
): boolean {
  return now - seen >= idle || now - began >= absolute || Math.max(began, seen) > now + ahead;
}

/**
 * Ends all sessions in a copy of the database, which may be an older one.
 * @throws StoreError `bad-backup` where some stay, as by a trigger that somebody put there
 */
export function dropSessions(path: string): void {
  const database = openWriter(path, { lockTimeout: 0 });
  try {
    const table = database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'sessions'`);
    if (table.get() === undefined) return;
    database.exec('DELETE FROM sessions');
    if (database.prepare('SELECT 1 FROM sessions').get() !== undefined)
      throw new StoreError('bad-backup', `the sessions in \`${path}\` cannot be ended: somebody changed it`);
  } finally {
    database.close();
  }
}

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);

function sessionOf(row: SessionsTables['sessions']): Session {
  const { id, subject, login, ip, agent, proven, began_at: beganAt, seen_at: seenAt } = row;
  return { id, subject, login, ip, agent, proven: proven === 1, beganAt, seenAt };
}

/** AES-256-GCM, bound to the person: nonce, tag and text in base64url. */
function seal(key: Buffer, subject: string, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(subject));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

function open(key: Buffer, subject: string, text: string): string | null {
  const bytes = Buffer.from(text, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
    decipher.setAAD(Buffer.from(subject)).setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
