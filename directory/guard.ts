/**
 * What stands between a password and the directory: the limit of its account, and the pace of its address. Joins
 * failures.ts, which counts, and pace.ts, which slows down.
 */
import { Failures } from './failures.ts';
import type { FailureLimits } from './failures.ts';
import type { DirectoryLog } from './log.ts';
import { Pace, schoolPace } from './pace.ts';
import type { RejectionReason, SignIn } from './protocol.ts';
import type { PasswordMark } from './remembered.ts';

export class Guard {
  readonly #failures: Failures;
  readonly #pace: Pace;
  readonly #log: DirectoryLog;
  readonly #now: () => number;

  constructor(limits: FailureLimits, log: DirectoryLog, now: () => number) {
    this.#failures = new Failures(limits);
    this.#pace = new Pace(schoolPace, (ip) => this.#failures.isCrowded(ip, now()));
    this.#log = log;
    this.#now = now;
  }

  /** Milliseconds until the account may try another password; 0 when it may now. */
  wait(account: string): number {
    return this.#failures.accountWait(account, this.#now());
  }

  /** Runs `check`, which asks the directory, when the address has a place for it. */
  async pass(account: string, ip: string, check: () => Promise<SignIn>): Promise<SignIn> {
    const mayWait = !this.#failures.hasFailed(account, this.#now());
    const answer = await this.#pace.run(ip, mayWait, check, isWrong);
    return answer ?? { kind: 'busy', retryAfter: Math.ceil(this.#pace.respite / 1_000) };
  }

  rejected(reason: RejectionReason, account: string, mark: PasswordMark, ip: string): void {
    if (reason === 'unknown-login' || reason === 'ambiguous-login') {
      this.#failures.unknown(account, mark, this.#now());
    } else if (reason === 'wrong-password' && this.#failures.failed(account, mark, ip, this.#now())) {
      this.#log.warn({ ip }, 'many accounts fail to sign in at this address: what it tries is slowed down');
    }
  }

  verified(account: string): void {
    this.#failures.succeeded(account);
  }

  /** Whoever waits for a place is told that the directory is closed. */
  close(): void {
    this.#pace.close();
  }
}

/** A refusal that may have been a guess at somebody's password. */
const isWrong = (answer: SignIn): boolean => answer.kind === 'rejected' && answer.reason === 'wrong-password';
