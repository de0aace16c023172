/**
 * One name being asked of DNS: A, AAAA and its aliases side by side, for however many requests wait. A family that comes
 * late holds nobody (RFC 8305 §3), nor do aliases: who waits gets what is there, and the rest is published when it comes.
 * The question itself lives on after the patience of those who asked, so that a slow answer serves the next one.
 */
import { NODATA, NOTFOUND, BADNAME, REFUSED, TIMEOUT, CONNREFUSED, CANCELLED } from 'node:dns';
import type { RecordWithTtl } from 'node:dns';
import type { promises } from 'node:dns';
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { followAliases } from './aliases.ts';
import { addressesOf, failed } from './resolution.ts';
import type { Resolution, ResolutionFailureCode } from './resolution.ts';

/** How A waits for AAAA (RFC 8305 §3), and how AAAA waits for A: longer, since IPv6 alone is often a dead end. */
const WAIT_FOR_V6_MS = 50;
const WAIT_FOR_V4_MS = 300;

/** How long addresses wait for the names on the way to them, and for how long these are followed after that. */
const WAIT_FOR_ALIASES_MS = 30;
const FOLLOW_ALIASES_MS = 1_000;

/** How long a failure other than "no such name" is remembered: long enough to damp a storm, short enough to recover. */
const RETRY_MS = 1_000;

export interface LookupRules {
  readonly negativeTtl: number;
  readonly minTtl: number;
  readonly maxTtl: number;
  readonly now: () => number;
}

export interface LookupEvents {
  /** A server has answered, whatever it said. */
  answered(): void;
  /** No server has answered one of the two questions, which was asked at `since`. */
  silent(since: number): void;
  /** What is known by now; a later call replaces it. */
  resolved(host: string, resolution: Resolution): void;
  /** All questions are over; comes after the last `resolved`. */
  finished(host: string): void;
}

type Family = 'v4' | 'v6';
type FamilyAnswer =
  | { readonly records: readonly RecordWithTtl[]; readonly code: null }
  | { readonly records: readonly []; readonly code: ResolutionFailureCode };

interface Waiting {
  readonly promise: Promise<Resolution>;
  readonly settle: (resolution: Resolution) => void;
  readonly timer: NodeJS.Timeout;
}

export class Lookup {
  readonly #host: string;
  readonly #resolver: promises.Resolver;
  readonly #rules: LookupRules;
  readonly #events: LookupEvents;
  readonly #since: number;
  #v4: FamilyAnswer | null = null;
  #v6: FamilyAnswer | null = null;
  #waiting: Waiting | null = null;
  #grace: NodeJS.Timeout | null = null;
  readonly #aliases: string[] = [];
  #aliasesEnd: NodeJS.Timeout | null = null;
  #allAliases = false;
  #finished = false;
  #partial: Resolution | null = null;
  #abandoned = false;

  /** @param resolver this lookup's alone until it is over */
  constructor(host: string, resolver: promises.Resolver, rules: LookupRules, events: LookupEvents) {
    this.#host = host;
    this.#resolver = resolver;
    this.#rules = rules;
    this.#events = events;
    this.#since = rules.now();
    void this.#ask('v4', resolver.resolve4(host, { ttl: true }));
    void this.#ask('v6', resolver.resolve6(host, { ttl: true }));
    void this.#follow();
  }

  /** The answer, or `timeout` after `patience` milliseconds. Those who wait at the same time share one promise. */
  wait(patience: number): Resolution | Promise<Resolution> {
    if (this.#partial !== null) return this.#partial;
    this.#waiting ??= this.#startWaiting(patience);
    return this.#waiting.promise;
  }

  /** Nobody wants to know any more: no event from now on, and the resolver is free. */
  abandon(): void {
    this.#abandoned = true;
    if (this.#grace !== null) clearTimeout(this.#grace);
    if (this.#aliasesEnd !== null) clearTimeout(this.#aliasesEnd);
    if (this.#waiting !== null) clearTimeout(this.#waiting.timer);
    this.#resolver.cancel();
  }

  /** Gives up the questions; those who wait get `timeout`. */
  cancel(): void {
    this.#resolver.cancel();
  }

  #startWaiting(patience: number): Waiting {
    const { promise, resolve: settle } = Promise.withResolvers<Resolution>();
    const timer = setTimeout(
      () => this.#publish(failed('timeout', this.#failureExpiry('timeout'))),
      patience,
    );
    return { promise, settle, timer };
  }

  async #ask(family: Family, question: Promise<RecordWithTtl[]>): Promise<void> {
    let answer: FamilyAnswer;
    try {
      const records = await question;
      if (this.#abandoned) return;
      answer = { records, code: records.length === 0 ? 'not-found' : null } as FamilyAnswer;
      this.#events.answered();
    } catch (error) {
      if (this.#abandoned) return;
      const code = errorCode(error);
      if (code === TIMEOUT) this.#events.silent(this.#since);
      else if (code !== CONNREFUSED && code !== CANCELLED && code !== BADNAME) this.#events.answered();
      answer = {
        records: [],
        code: code === CONNREFUSED && !hasDescriptors() ? 'no-sockets' : failureOf(code),
      };
    }
    if (family === 'v4') this.#v4 = answer;
    else this.#v6 = answer;
    this.#proceed(answer);
  }

  async #follow(): Promise<void> {
    await followAliases(this.#resolver, this.#host, (alias) => {
      this.#aliases.push(alias);
      return !this.#finished && !this.#abandoned;
    });
    this.#allAliases = true;
    if (!this.#abandoned && !this.#finished && this.#v4 !== null && this.#v6 !== null) this.#finish();
  }

  #proceed(latest: FamilyAnswer): void {
    if (this.#v4 !== null && this.#v6 !== null) {
      if (this.#grace !== null) clearTimeout(this.#grace);
      const resolved = this.#v4.code === null || this.#v6.code === null;
      if (this.#allAliases || !resolved) this.#finish();
      else this.#awaitAliases();
    } else if (latest.code === null) {
      const wait = this.#v4 === null ? WAIT_FOR_V4_MS : WAIT_FOR_V6_MS;
      this.#grace = setTimeout(() => this.#publishPartial(), wait);
    }
  }

  #awaitAliases(): void {
    this.#grace = setTimeout(() => {
      this.#publishPartial();
      this.#aliasesEnd = setTimeout(() => this.#finish(), FOLLOW_ALIASES_MS);
    }, WAIT_FOR_ALIASES_MS);
  }

  #publishPartial(): void {
    this.#partial = this.#conclude();
    this.#publish(this.#partial);
  }

  #finish(): void {
    this.#finished = true;
    if (this.#grace !== null) clearTimeout(this.#grace);
    if (this.#aliasesEnd !== null) clearTimeout(this.#aliasesEnd);
    // What is still followed is given up, or the next lookup would not have the resolver to itself.
    if (!this.#allAliases) this.#resolver.cancel();
    this.#publish(this.#conclude());
    this.#events.finished(this.#host);
  }

  #publish(resolution: Resolution): void {
    this.#events.resolved(this.#host, resolution);
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) return;
    clearTimeout(waiting.timer);
    waiting.settle(resolution);
  }

  /** Addresses of either family count; without any, a failure to find out outweighs "there is none". */
  #conclude(): Resolution {
    const v4 = this.#v4?.records ?? [];
    const v6 = this.#v6?.records ?? [];
    if (v4.length + v6.length > 0) {
      const aliases = this.#aliases.length === 0 ? undefined : Object.freeze([...this.#aliases]);
      return addressesOf(v6.map(addressOf), v4.map(addressOf), this.#expiry(v4, v6), aliases);
    }
    const codes = [this.#v4?.code, this.#v6?.code];
    const code = codes.find((one) => one !== 'not-found' && one !== null && one !== undefined) ?? 'not-found';
    return failed(code, this.#failureExpiry(code));
  }

  #expiry(v4: readonly RecordWithTtl[], v6: readonly RecordWithTtl[]): number {
    const { minTtl, maxTtl, now } = this.#rules;
    let ttl = maxTtl;
    for (const record of v4) ttl = Math.min(ttl, record.ttl * 1_000);
    for (const record of v6) ttl = Math.min(ttl, record.ttl * 1_000);
    return now() + Math.max(ttl, minTtl);
  }

  #failureExpiry(code: ResolutionFailureCode): number {
    const { negativeTtl, now } = this.#rules;
    return now() + (code === 'not-found' ? negativeTtl : Math.min(negativeTtl, RETRY_MS));
  }
}

function addressOf(record: RecordWithTtl): string {
  return record.address;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** c-ares says "connection refused" as well when it cannot open a socket; only a descriptor of our own tells the two apart. */
function hasDescriptors(): boolean {
  try {
    closeSync(openSync(devNull, 'r'));
    return true;
  } catch (error) {
    return !['EMFILE', 'ENFILE'].includes(errorCode(error));
  }
}

function failureOf(code: string): ResolutionFailureCode {
  switch (code) {
    case NOTFOUND:
    case NODATA:
    case BADNAME:
      return 'not-found';
    case TIMEOUT:
    case CONNREFUSED:
    case CANCELLED:
      return 'timeout';
    case REFUSED:
      return 'refused';
    default:
      return 'servfail';
  }
}
