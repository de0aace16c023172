/**
 * Who is it? One instance lives in the control thread and answers for all proxy threads, so that what is remembered,
 * joined and limited is so once for the whole process.
 */
import type { Group, Person } from '../policy/subject.ts';
import { LineLimit } from '../threads/line-limit.ts';
import { verdictOf } from './account-state.ts';
import { DirectoryError, reasonOf } from './errors.ts';
import { PersonFinder } from './find-person.ts';
import type { FoundPerson } from './find-person.ts';
import { GroupFinder } from './groups.ts';
import { Guard } from './guard.ts';
import { KnownPeople } from './known-people.ts';
import type { KnownPerson } from './known-people.ts';
import { parseLogin } from './login.ts';
import type { Login } from './login.ts';
import { Lockout, lockoutWait, mostSpent, shareOf } from './lockout.ts';
import type { LockoutLimit } from './lockout.ts';
import { noLog } from './log.ts';
import type { DirectoryLog } from './log.ts';
import type { DirectoryOptions } from './options.ts';
import { personOf } from './person.ts';
import type { Credentials, DirectoryApi, RejectionReason, SignIn } from './protocol.ts';
import { Refresher } from './refresh.ts';
import { PasswordMarks, Rejections } from './remembered.ts';
import type { PasswordMark } from './remembered.ts';
import { Servers } from './servers.ts';
import type { ServerStatus } from './servers.ts';
import { settingsOf } from './settings.ts';

export interface DirectoryHooks {
  /** Accounts that are gone or may no longer sign in: end their sessions and tunnels. */
  readonly onAccountGone?: (keys: readonly string[]) => void;
  /** Without it nothing is logged. */
  readonly log?: DirectoryLog;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export interface DirectoryStatus {
  /** Whether any server is configured. */
  readonly configured: boolean;
  /** Whether a server answered last time, or has not been asked yet. */
  readonly available: boolean;
  readonly servers: readonly ServerStatus[];
  /** People verified since the start who are still remembered. */
  readonly people: number;
}

/** A password on its way to the directory. */
interface Attempt {
  readonly found: FoundPerson;
  readonly password: string;
  readonly mark: PasswordMark;
  readonly ip: string;
  readonly limit: LockoutLimit | null;
}

/** While no server answers a sign-in is good for this long, so that recovery shows soon. */
const outageStep = 60_000;
const longestPassword = 4_096;
/** Refusals of one reason that the log names, in a second; the others are counted there. */
const refusalsPerSecond = 20;

export class Directory implements DirectoryApi {
  readonly #options: DirectoryOptions;
  readonly #now: () => number;
  readonly #log: DirectoryLog;
  readonly #refusals: LineLimit;
  readonly #defects: LineLimit;
  readonly #servers: Servers;
  readonly #finder: PersonFinder;
  readonly #groups: GroupFinder;
  readonly #refresher: Refresher;
  readonly #marks = new PasswordMarks();
  readonly #rejections: Rejections;
  readonly #guard: Guard;
  readonly #lockout: Lockout;
  readonly #known = new KnownPeople();
  readonly #underWay = new Map<PasswordMark, Promise<SignIn>>();
  readonly #nobody: string;

  /** Reads the files that the options name; connects only when asked. @throws DirectoryError `bad-file`, `bad-options` */
  constructor(options: DirectoryOptions, hooks: DirectoryHooks = {}) {
    const settings = settingsOf(options);
    this.#options = options;
    this.#now = hooks.now ?? Date.now;
    this.#log = hooks.log ?? noLog;
    this.#refusals = new LineLimit(this.#log, refusalsPerSecond);
    this.#defects = new LineLimit(this.#log);
    this.#servers = new Servers(settings, (server, state, error) => {
      if (state === 'up') this.#log.info({ server }, 'directory server is back');
      else this.#log.warn({ server, error }, 'directory server is down');
    });
    const search = this.#servers.search.bind(this.#servers);
    this.#finder = new PersonFinder(search, settings, this.#now, this.#log);
    this.#groups = new GroupFinder(search, settings, options.groupsTtl);
    this.#rejections = new Rejections(options.failedSignIns.rememberWrong);
    this.#guard = new Guard(options.failedSignIns, this.#log, this.#now);
    const { lockoutThreshold: threshold, window } = options.failedSignIns;
    this.#lockout = new Lockout(search, { threshold, window, domain: settings.domainDn }, this.#now);
    this.#nobody = `${settings.people.login[0] ?? 'cn'}=nobody${settings.people.base === '' ? '' : ','}${settings.people.base}`;
    this.#refresher = new Refresher({
      finder: this.#finder,
      groups: this.#groups,
      known: this.#known,
      options,
      now: this.#now,
      log: this.#log,
      gone: (keys) => hooks.onAccountGone?.(keys),
    });
    if (settings.endpoints.length > 0) this.#refresher.start();
  }

  /** Never rejects: what goes wrong is an answer. */
  async signIn({ login: typed, password, ip }: Credentials): Promise<SignIn> {
    // Checked before anything else, in every form that a server may see as empty (RFC 4513 §5.1.2).
    if (isEmpty(password)) return rejected('empty-password');
    const login = parseLogin(typed);
    if (login === null) return rejected('unknown-login');
    if (password.length > longestPassword) return rejected('wrong-password');
    if (this.#options.servers.length === 0) return unavailable;

    const now = this.#now();
    const account = this.#known.accountOf(login.text);
    const mark = this.#marks.of(account, password);
    const remembered = this.#remembered(this.#known.get(account), mark, now);
    if (remembered !== null) return remembered;
    const refused = this.#rejections.get(mark, now);
    if (refused !== null) return rejected(refused);
    const underWay = this.#underWay.get(mark);
    if (underWay !== undefined) return underWay;
    const work = this.#ask(login, password, ip, account, mark).finally(() => this.#underWay.delete(mark));
    this.#underWay.set(mark, work);
    return work;
  }

  /** The person of a login, without a password, for a check by an operator. @throws DirectoryError when no server answers */
  async find(typed: string): Promise<Person | null> {
    const login = parseLogin(typed);
    if (login === null || this.#options.servers.length === 0) return null;
    try {
      const found = await this.#finder.byLogin(login);
      return typeof found === 'string' ? null : personOf(found, await this.#groups.of(found));
    } catch (error) {
      const known = this.#known.get(this.#known.accountOf(login.text));
      if (known !== undefined && this.#now() - known.refreshedAt < this.#options.grace) return known.person;
      throw error;
    }
  }

  /** The person of a key as they are now; null when the account is gone or may not sign in. @throws DirectoryError */
  async current(key: string): Promise<Person | null> {
    if (this.#options.servers.length === 0) return null;
    const [found] = await this.#finder.byKeys([key]);
    if (found === undefined || found.state !== null) return null;
    return personOf(found, await this.#groups.of(found), this.#known.get(key)?.person);
  }

  /** The groups that a name, a DN or a key means: one, unless several have the name. @throws DirectoryError */
  async groupsNamed(text: string): Promise<readonly Group[]> {
    return this.#options.servers.length === 0 ? [] : this.#groups.named(text);
  }

  status(): DirectoryStatus {
    const servers = this.#servers.status();
    return {
      configured: servers.length > 0,
      available: servers.some(({ state }) => state !== 'down'),
      servers,
      people: this.#known.size,
    };
  }

  /** Closes all connections; sign-ins still under way end as unavailable. */
  close(): void {
    this.#refresher.stop();
    this.#guard.close();
    this.#servers.close();
  }

  #remembered(known: KnownPerson | undefined, mark: PasswordMark, now: number): SignIn | null {
    if (known?.mark !== mark) return null;
    const expires = known.verifiedAt + this.#options.remember;
    if (expires <= now) return null;
    known.usedAt = now;
    return { kind: 'verified', person: known.person, expires };
  }

  async #ask(
    login: Login,
    password: string,
    ip: string,
    account: string,
    mark: PasswordMark,
  ): Promise<SignIn> {
    try {
      const found = await this.#finder.byLogin(login);
      if (typeof found === 'string') return await this.#stranger(found, account, mark, ip);
      this.#known.nameAs(login.text, found.key);
      return await this.#person(found, password, ip);
    } catch (error) {
      return this.#withoutDirectory(login, password, error);
    }
  }

  async #person(found: FoundPerson, password: string, ip: string): Promise<SignIn> {
    const mark = this.#marks.of(found.key, password);
    const attempt = { found, password, mark, ip, limit: await this.#lockout.limit() };
    const settled = this.#settled(attempt);
    if (settled !== null) return settled;
    const check = () => this.#check(attempt);
    // Whoever comes with the password that was right last time guesses nothing.
    if (this.#known.get(found.key)?.mark === mark) return this.#guard.inTurn(found.key, check);
    return this.#guard.pass(found.key, ip, () => this.#settled(attempt), check);
  }

  /** What can be said without asking the directory about the password; null when it must be asked. */
  #settled({ found, mark, ip, limit }: Attempt): SignIn | null {
    const now = this.#now();
    const known = this.#known.get(found.key);
    const remembered = this.#remembered(known, mark, now);
    if (remembered !== null) return remembered;
    const refused = this.#rejections.get(mark, now);
    if (refused !== null) return rejected(refused);
    const wait = Math.max(
      this.#guard.wait(found.key, ip, this.#shareOf(limit)),
      lockoutWait(found.wrong, limit, now),
    );
    if (wait > 0 && known?.mark !== mark) return rejected('limited', wait);
    if (found.state === null) return null;
    this.#refresher.gone([found.key]);
    return this.#reject(found.state, found.key, mark, ip);
  }

  /** Passwords that one address may try for one account. */
  #shareOf(limit: LockoutLimit | null): number {
    return shareOf(limit, this.#options.failedSignIns.passwordsPerAccount);
  }

  async #check(attempt: Attempt): Promise<SignIn> {
    // What the directory has counted since is what may lock the account now.
    const [fresh] = attempt.limit === null ? [] : await this.#finder.byKeys([attempt.found.key]);
    const found = fresh ?? attempt.found;
    const { password, mark, ip } = attempt;
    const settled = this.#settled({ ...attempt, found });
    if (settled !== null) return settled;
    const reason = verdictOf(await this.#servers.bind(found.dn, password));
    if (reason === null) return this.#verified(found, mark, ip);
    const known = this.#known.get(found.key);
    if (known?.mark === mark) known.mark = null;
    if (closesAccount.has(reason)) this.#refresher.gone([found.key]);
    return this.#reject(reason, found.key, mark, ip);
  }

  async #verified(found: FoundPerson, mark: PasswordMark, ip: string): Promise<SignIn> {
    const known = this.#known.get(found.key);
    const person = personOf(found, await this.#groups.of(found), known?.person);
    const now = this.#now();
    this.#known.verified(person, mark, now);
    this.#guard.verified(found.key, ip);
    return { kind: 'verified', person, expires: now + this.#options.remember };
  }

  #reject(reason: RejectionReason, account: string, mark: PasswordMark, ip: string): SignIn {
    this.#rejections.add(mark, reason, this.#now());
    this.#guard.rejected(reason, account, mark, ip);
    // Neither login nor password: people type the one into the field of the other.
    if (this.#refusals.admits(reason))
      this.#log.info({ reason, ip, ...(account.startsWith('login:') ? {} : { account }) }, 'sign-in refused');
    return rejected(reason);
  }

  /** A login that nobody has is treated like a wrong password, limit and all, and takes as long: a bind, of nobody. */
  async #stranger(
    found: 'unknown' | 'ambiguous',
    account: string,
    mark: PasswordMark,
    ip: string,
  ): Promise<SignIn> {
    const limit = await this.#lockout.limit();
    const limited = (): SignIn | null => {
      const inAll = limit === null ? 0 : this.#guard.strangerWait(account, mostSpent(limit));
      const wait = Math.max(this.#guard.wait(account, ip, this.#shareOf(limit)), inAll);
      return wait > 0 ? rejected('limited', wait) : null;
    };
    const check = async (): Promise<SignIn> => {
      const now = limited();
      if (now !== null) return now;
      await this.#bindNobody();
      return this.#reject(found === 'unknown' ? 'unknown-login' : 'ambiguous-login', account, mark, ip);
    };
    return limited() ?? this.#guard.pass(account, ip, limited, check);
  }

  async #bindNobody(): Promise<void> {
    await this.#servers.bind(this.#nobody, this.#marks.of('nobody', 'nobody')).catch(() => undefined);
  }

  /** No server answers: whoever signed in with this password within the grace goes on, everybody else is unidentified. */
  #withoutDirectory(login: Login, password: string, error: unknown): SignIn {
    const now = this.#now();
    const account = this.#known.accountOf(login.text);
    const known = this.#known.get(account);
    const until = (known?.verifiedAt ?? 0) + this.#options.grace;
    if (!(error instanceof DirectoryError) || error.code !== 'directory/unavailable') {
      if (this.#defects.admits('sign-in-unverified'))
        this.#log.warn({ error: reasonOf(error) }, 'directory cannot verify a sign-in');
    }
    if (known === undefined || known.mark !== this.#marks.of(account, password) || until <= now)
      return unavailable;
    known.usedAt = now;
    return { kind: 'verified', person: known.person, expires: Math.min(until, now + outageStep) };
  }
}

const unavailable: SignIn = Object.freeze({ kind: 'unavailable' });

const rejected = (reason: RejectionReason, wait = 0): SignIn => ({
  kind: 'rejected',
  reason,
  retryAfter: Math.ceil(wait / 1_000),
});

/** Also what is empty once a server trims it, or reads it only as far as the first NUL. */
const isEmpty = (password: string): boolean => (password.split('\0', 1)[0] ?? '').trim() === '';

/** Refusals after which nobody is signed in under this account any more, wherever they still are. */
const closesAccount: ReadonlySet<RejectionReason> = new Set<RejectionReason>([
  'account-disabled',
  'account-expired',
]);
