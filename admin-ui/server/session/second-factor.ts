/** Codes of an authenticator app (TOTP, RFC 6238): six digits, thirty seconds, one step of tolerance either way. */
import { generateSecret, generateURI, verifySync } from 'otplib';
import type { Sessions } from '../../../store/repository/sessions.ts';

const [step, tolerance] = [30, 30];
/** Wrong codes of a person within the window, after which none is looked at. */
const [mostWrong, window] = [5, 5 * 60_000];

export interface Enrolment {
  readonly secret: string;
  /** `otpauth:` URI, which apps read from a picture. */
  readonly uri: string;
}

export class SecondFactors {
  readonly #sessions: Sessions;
  readonly #now: () => number;
  readonly #wrong = new Map<string, number[]>();

  constructor(sessions: Sessions, now: () => number) {
    this.#sessions = sessions;
    this.#now = now;
  }

  async isSetUp(subject: string): Promise<boolean> {
    return ((await this.#sessions.secondFactor(subject))?.confirmedAt ?? null) !== null;
  }

  /** A new secret; null where the person has one that works. */
  async enrol(subject: string, login: string, issuer: string): Promise<Enrolment | null> {
    if (await this.isSetUp(subject)) return null;
    const secret = generateSecret();
    await this.#sessions.offerSecondFactor(subject, login, secret);
    return { secret, uri: generateURI({ issuer, label: login, secret }) };
  }

  /** `limited`: too many were wrong. */
  async check(subject: string, code: string): Promise<'right' | 'wrong' | 'limited'> {
    const now = this.#now();
    const wrong = (this.#wrong.get(subject) ?? []).filter((at) => now - at < window);
    if (wrong.length >= mostWrong) return 'limited';
    // Counted as wrong until it has proved right: what comes at the same time must not be looked at beyond the limit.
    this.#wrong.set(subject, [...wrong, now]);
    const factor = await this.#sessions.secondFactor(subject);
    const result =
      factor === null
        ? null
        : verifySync({
            secret: factor.secret,
            token: code,
            epoch: Math.floor(now / 1_000),
            epochTolerance: tolerance,
          });
    if (result !== null && result.valid) {
      const used = Math.floor(now / 1_000 / step) + result.delta;
      if (await this.#sessions.useSecondFactor(subject, used, now)) {
        this.#wrong.delete(subject);
        return 'right';
      }
    }
    return 'wrong';
  }
}
