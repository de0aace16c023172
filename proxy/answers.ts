/** Answers of our own to a request: the page of a decision, the page of an error, the challenge to sign in. */
import { v7 as uuidv7 } from 'uuid';
import type { Logger } from 'pino';
import type { Image } from '../policy/compile/image.ts';
import { addressOf } from '../policy/facts.ts';
import { sealForm } from '../policy/form-token.ts';
import type { Decision } from '../policy/decision.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { Subject } from '../policy/subject.ts';
import type { OwnResponse } from './downstream.ts';
import type { ErrorPageCode } from './pages/errors.ts';
import { errorPageCodeOf } from './pages/errors.ts';
import type { Negotiated } from '../pages/negotiate.ts';
import type { PageActs } from './pages/block-page.ts';
import type { Pages } from './pages/pages.ts';
import { LineLimit } from '../threads/line-limit.ts';
import type { Fields } from './wire/fields.ts';
import { ownHeadText } from './wire/head-writer.ts';
import type { RefusalCode } from './wire/refusals.ts';
import { refusals } from './wire/refusals.ts';

export interface BlockAnswer {
  readonly image: Image;
  readonly facts: RequestFacts;
  readonly subject: Subject;
  readonly decision: Decision;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly negotiated: Negotiated;
  /** Of the record on disk, or null when there is none. */
  readonly recordId: string | null;
}

export interface ErrorAnswer {
  readonly code: ErrorPageCode;
  readonly negotiated: Negotiated;
  /** For the log and the page; null for a crisis host, which leaves no trace anywhere. */
  readonly host: string | null;
  /** What exactly went wrong, for the log. */
  readonly cause: string;
  /** False for a crisis host: neither id nor log line. */
  readonly trace: boolean;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/** Errors of one code whose pages have a reference, in a second: enough for a school, too few to fill a disk. */
const referencesPerSecond = 20;

/** A page that was left open over lunch can still be answered. */
const formLifetime = 2 * 3_600_000;

/** What an answer to a message without a readable head can assume. */
const unnegotiated = { accept: 'text/html' };

/** The methods that everybody knows; others are passed on too, except TRACE. */
const allow = ['Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT, OPTIONS'] as const;

export class Answers {
  readonly #pages: Pages;
  readonly #log: Logger;
  readonly #challenge: string;
  readonly #formKey: Uint8Array;
  readonly #errors: LineLimit;
  readonly #strangers: LineLimit;

  /**
   * @param challenge value of `Proxy-Authenticate`
   * @param formKey seals the forms of block pages
   */
  constructor(pages: Pages, challenge: string, formKey: Uint8Array, log: Logger) {
    this.#pages = pages;
    this.#challenge = challenge;
    this.#formKey = formKey;
    this.#log = log;
    this.#errors = new LineLimit(log, referencesPerSecond);
    this.#strangers = new LineLimit(log);
  }

  negotiate(fields: Fields): Negotiated {
    return this.#pages.negotiate({
      accept: fields.list('accept'),
      secFetchDest: fields.get('sec-fetch-dest'),
      acceptLanguage: fields.list('accept-language'),
      referer: fields.get('referer'),
      host: fields.get('host'),
    });
  }

  block({ image, facts, subject, decision, at, negotiated, recordId }: BlockAnswer): OwnResponse {
    const rule = image.ruleInfo(decision.rule);
    const languages = [negotiated.language];
    const clauseId = rule.sensitive ? rule.publicClause : decision.clause;
    const voice = image.voiceOf(subject, at);
    return this.#pages.blockPage({
      form: negotiated.form,
      language: negotiated.language,
      voice,
      action: decision.action === 'warn' ? 'warn' : 'block',
      id: recordId,
      host: facts.host,
      at,
      timeZone: image.timeZone,
      audienceTitle: image.audienceTitleOf(subject, languages, at),
      publicTitle: rule.publicTitle,
      ruleId: rule.sensitive ? (rule.publicRule ?? 'default') : rule.id,
      clause: clauseId === null ? null : image.clause(clauseId, languages),
      noClause: rule.sensitive ? null : rule.noClause,
      policyVersion: image.id.policyVersion,
      signedIn: typeof subject.identity !== 'string',
      framed: negotiated.framed,
      acts:
        voice === 'young' ? null : this.#acts({ image, facts, subject, decision, at, negotiated, recordId }),
    });
  }

  /** What only somebody who has signed in can do, about a record that is there. */
  #acts({ image, facts, subject: { identity }, decision, at, recordId }: BlockAnswer): PageActs | null {
    if (typeof identity === 'string' || recordId === null) return null;
    const lasts = decision.action === 'warn' ? image.ruleInfo(decision.rule).continue : null;
    const token = sealForm(this.#formKey, {
      ...{ subject: identity.key, record: recordId, rule: decision.rule, host: facts.host },
      ...{ url: addressOf(facts), continue: lasts, expires: at + formLifetime, nonce: uuidv7() },
    });
    return { token, continue: lasts };
  }

  /** A block that nobody reads: of an advertisement, say. */
  quiet(): OwnResponse {
    return { status: 403, headers: [['Cache-Control', 'no-store']], body: Buffer.alloc(0) };
  }

  /** To OPTIONS about the proxy itself (RFC 9110 §9.3.7). */
  capabilities(): OwnResponse {
    return { status: 204, headers: [allow], body: Buffer.alloc(0) };
  }

  /** The page of an error of ours, with an id that is in the log; where the log takes no more of its kind, without one. */
  error({ code, negotiated, host, cause, trace, retryAfter }: ErrorAnswer): OwnResponse {
    const id = trace && this.#errors.admits(code) ? uuidv7() : null;
    if (id !== null) this.#log.info({ id, code, host, cause }, 'answered with an error');
    const { form, language } = negotiated;
    return this.#pages.errorPage({ form, language, code, id, host, retryAfter });
  }

  /**
   * 407 (RFC 9110 §15.5.8). Not logged: it is how every sign-in begins. An account that must wait is challenged too, since
   * its right password passes all the same; who gives up at the browser's dialog reads why, and how long it takes.
   *
   * @param retryAfter seconds until another password can be right; 0 when the next one may
   */
  challenge(negotiated: Negotiated, retryAfter: number): OwnResponse {
    const { form, language } = negotiated;
    const page =
      retryAfter > 0
        ? this.#pages.errorPage({ form, language, code: 'sign-in-limited', id: null, host: null, retryAfter })
        : this.#pages.errorPage({ form, language, code: 'sign-in-needed', id: null, host: null });
    return {
      ...page,
      status: 407,
      headers: [...page.headers, ['Proxy-Authenticate', this.#challenge]],
    };
  }

  /** The whole answer, head included, to a client whose network may not use the proxy. */
  notAdmitted(ip: string): Buffer {
    if (this.#strangers.admits('client-not-admitted'))
      this.#log.info({ ip }, 'refused a client outside `proxy.clients`');
    return this.#whole('client-not-admitted');
  }

  /** The whole answer, head included, to a connection too many; the listener logs it. */
  busy(): Buffer {
    return this.#whole('overloaded', 5);
  }

  #whole(code: ErrorPageCode, retryAfter?: number): Buffer {
    const { form, language } = this.#pages.negotiate(unnegotiated);
    const page = this.#pages.errorPage({ form, language, code, id: null, host: null, retryAfter });
    return Buffer.concat([Buffer.from(ownHeadText(page, 'close'), 'latin1'), page.body]);
  }

  /** The answer to a message that the wire refuses. */
  refusal(code: RefusalCode, ip: string): OwnResponse {
    const id = this.#strangers.admits('refusal') ? uuidv7() : null;
    if (id !== null) this.#log.info({ id, refusal: code, ip }, 'refused a request');
    const { form, language } = this.#pages.negotiate(unnegotiated);
    const { status, text } = refusals[code];
    const page = this.#pages.errorPage({
      form,
      language,
      code: errorPageCodeOf(status),
      id,
      host: null,
      detail: text,
    });
    return status === 405 ? { ...page, headers: [...page.headers, allow] } : page;
  }
}
