/**
 * What stands between a password and the directory: the limit of its account at its address, the pace of its address, and
 * the pace of an account that somebody may be guessing at. Joins failures.ts, which counts, and pace.ts, which slows down.
 */
import { Failures } from './failures.ts';
import type { FailureLimits } from './failures.ts';
import type { DirectoryLog } from './log.ts';
import { Pace, schoolPace, soughtPace } from './pace.ts';
import type { RejectionReason, SignIn } from './protocol.ts';
import type { PasswordMark } from './remembered.ts';
import { Turns } from './turns.ts';

export class Guard {
  readonly #failures: Failures;
  readonly #pace: Pace;
  /** By account in the place of the address. */
  readonly #sought = new Pace(soughtPace, () => true);
  readonly #turns = new Turns();
  readonly #log: DirectoryLog;
  readonly #now: () => number;

  constructor(limits: FailureLimits, log: DirectoryLog, now: () => number) {
    this.#failures = new Failures(limits);
    this.#pace = new Pace(schoolPace, (ip) => this.#failures.isCrowded(ip, now()));
    this.#log = log;
    this.#now = now;
  }

  /** Milliseconds until the address may try another password for the account; 0 when it may now. */
  wait(account: string, ip: string, share: number): number {
    return this.#failures.accountWait(account, ip, this.#now(), share);
  }

  /** Milliseconds until a login that nobody has may be tried again, as an account that the directory would lock. */
  strangerWait(account: string, most: number): number {
    return this.#failures.strangerWait(account, this.#now(), most);
  }

  /** Runs `check`, which asks the directory, one at a time for each account: a hundred side by side would pass the limit. */
  inTurn(account: string, check: () => Promise<SignIn>): Promise<SignIn> {
    return this.#turns.take(account, check);
  }

  /**
   * Runs `check` in turn when the address has a place for it, and where the account is sought, when that has one.
   *
   * @param settled what can be said without it by now; null when it must be run
   */
  async pass(
    account: string,
    ip: string,
    settled: () => SignIn | null,
    check: () => Promise<SignIn>,
  ): Promise<SignIn> {
    const isSought = () => this.#failures.isSought(account, this.#now());
    const unlessSought = async () => (isSought() ? null : check());
    const answer = isSought() ? null : await this.#atAddress(account, ip, unlessSought);
    if (answer !== null) return answer;
    const settledNow = settled();
    if (settledNow !== null) return settledNow;
    if (!isSought()) return busy(this.#pace.respite);
    // Whoever waits here holds no place of the address: its neighbours sign in meanwhile.
    const mayWait = !this.#failures.hasFailed(account, ip, this.#now());
    const late = await this.#sought.run(
      account,
      mayWait,
      () => this.#atAddress(account, ip, check, false),
      isWrong,
    );
    return late ?? busy(this.#sought.respite);
  }

  rejected(reason: RejectionReason, account: string, mark: PasswordMark, ip: string): void {
    if (reason === 'unknown-login' || reason === 'ambiguous-login') {
      this.#failures.unknown(account, mark, ip, this.#now());
    } else if (reason === 'wrong-password' && this.#failures.failed(account, mark, ip, this.#now())) {
      this.#log.warn({ ip }, 'many accounts fail to sign in at this address: what it tries is slowed down');
    }
  }

  verified(account: string, ip: string): void {
    this.#failures.succeeded(account, ip);
  }

  /** Whoever waits for a place is told that the directory is closed. */
  close(): void {
    this.#pace.close();
    this.#sought.close();
  }

  #atAddress<T extends SignIn | null>(
    account: string,
    ip: string,
    check: () => Promise<T>,
    mayWait = !this.#failures.hasFailed(account, ip, this.#now()),
  ): Promise<T | null> {
    return this.#pace.run(ip, mayWait, () => this.#turns.take(account, check), isWrongPassword);
  }
}

const busy = (respite: number): SignIn => ({ kind: 'busy', retryAfter: Math.ceil(respite / 1_000) });

/** A refusal that may have been a guess at somebody's password. */
const isWrongPassword = (answer: SignIn | null): boolean =>
  answer?.kind === 'rejected' && answer.reason === 'wrong-password';

/** A try that counts against a login, whether anybody has it or not. */
const isWrong = (answer: SignIn | null): boolean => answer?.kind === 'rejected' && guesses.has(answer.reason);

const guesses: ReadonlySet<RejectionReason> = new Set<RejectionReason>([
  'wrong-password',
  'unknown-login',
  'ambiguous-login',
]);
