/**
 * A connection to whichever address of a host answers first ("happy eyeballs", RFC 8305 §5). It dials addresses, never
 * a name, so that what was judged is what is reached, however often the name's answer changes.
 */
import type { Socket } from 'node:net';
import { connectRecycling } from '../wire/recycled-reads.ts';
import type { AddressRefusal, AddressRules } from './address-rules.ts';

export interface DialTarget {
  /** For messages only. */
  readonly host: string;
  readonly port: number;
  /** In dialling order, not yet judged. */
  readonly addresses: readonly string[];
  /** For tunnels, where each direction ends by itself. */
  readonly allowHalfOpen?: boolean;
}

export interface DialOptions {
  /** Milliseconds for all attempts together. */
  readonly connectTimeout: number;
  /** Milliseconds before the next address is tried beside one that has not answered. */
  readonly attemptDelay: number;
}

/**
 * - `refused-address`: the address rules allow none of the addresses;
 * - `connect-refused`: the origin's machine answered that nothing listens there;
 * - `connect-timeout`: nobody answered;
 * - `unreachable`: no route, or forbidden by a firewall;
 * - `no-sockets`: this process or machine has no file descriptor or port left.
 */
export type DialFailureCode =
  'refused-address' | 'connect-refused' | 'connect-timeout' | 'unreachable' | 'no-sockets';

export interface DialFailure {
  readonly kind: 'failed';
  readonly code: DialFailureCode;
  readonly host: string;
  readonly port: number;
  /** The address that the code is about, for the log; never for a page. Null when there was none to dial. */
  readonly address: string | null;
  /** Why the address rules said no; null for every other code. */
  readonly refusal: AddressRefusal | null;
}

export interface Dialled {
  readonly kind: 'connected';
  /** Connected, `TCP_NODELAY` set, without listeners: attach those for `error` and `close` before returning. */
  readonly socket: Socket;
  readonly address: string;
}

/** What decides whether an address may be dialled. */
export type DialRules = Pick<AddressRules, 'check'>;

export type DialCallback = (result: Dialled | DialFailure) => void;

/**
 * Attempts of one dialling at a time. A name may have many addresses, and anyone may run a name server: sixteen that are
 * silent must not take sixteen descriptors for each request. The oldest gives way to one more; the last ones have all the
 * time that is left.
 */
const MAX_AT_ONCE = 3;

/** When every address fails, the most telling failure is reported: the one that stands first. */
const TELLING: readonly DialFailureCode[] = [
  'no-sockets',
  'connect-refused',
  'connect-timeout',
  'unreachable',
  'refused-address',
];

/**
 * Calls back once, never before it has returned. The function returned gives the dialling up: no callback then, and no
 * socket left behind.
 */
export function dial(
  target: DialTarget,
  rules: DialRules,
  options: DialOptions,
  callback: DialCallback,
): () => void {
  const race = new Race(target, rules, options, callback);
  race.start();
  return () => race.cancel();
}

class Race {
  readonly #target: DialTarget;
  readonly #rules: DialRules;
  readonly #options: DialOptions;
  readonly #attempts = new Map<Socket, string>();
  #callback: DialCallback | null;
  #next = 0;
  #failure: DialFailure;
  #deadline: NodeJS.Timeout | null = null;
  #stagger: NodeJS.Timeout | null = null;

  constructor(target: DialTarget, rules: DialRules, options: DialOptions, callback: DialCallback) {
    this.#target = target;
    this.#rules = rules;
    this.#options = options;
    this.#callback = callback;
    this.#failure = this.#describe('unreachable', null, null);
  }

  start(): void {
    this.#deadline = setTimeout(() => {
      for (const address of this.#attempts.values())
        this.#note(this.#describe('connect-timeout', address, null));
      this.#finish(this.#failure);
    }, this.#options.connectTimeout);
    this.#attemptNext();
    if (this.#attempts.size === 0) process.nextTick(() => this.#finish(this.#failure));
  }

  cancel(): void {
    this.#callback = null;
    this.#tidy();
  }

  /** Starts the next attempt that the rules allow, and the head start that it has over the one after. */
  #attemptNext(): void {
    const { addresses, port } = this.#target;
    while (this.#next < addresses.length) {
      const address = addresses[this.#next++];
      if (address === undefined) continue;
      const verdict = this.#rules.check(address, port);
      if (verdict === 'allowed') {
        this.#attempt(address);
        break;
      }
      this.#note(this.#describe('refused-address', address, verdict));
    }
    if (this.#next < addresses.length) {
      this.#stagger = setTimeout(() => this.#attemptNext(), this.#options.attemptDelay);
    }
  }

  #attempt(address: string): void {
    if (this.#attempts.size >= MAX_AT_ONCE) this.#dropOldest();
    const { port, allowHalfOpen = false } = this.#target;
    const socket = connectRecycling({
      host: address,
      port,
      allowHalfOpen,
      noDelay: true,
      autoSelectFamily: false,
    });
    this.#attempts.set(socket, address);
    socket.once('connect', () => this.#connected(socket, address));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#lost(socket, address, codeOf(error.code)));
  }

  #dropOldest(): void {
    for (const [socket, address] of this.#attempts) {
      this.#attempts.delete(socket);
      discard(socket);
      return this.#note(this.#describe('connect-timeout', address, null));
    }
  }

  #connected(socket: Socket, address: string): void {
    const verdict = this.#rules.check(socket.remoteAddress ?? '', this.#target.port);
    if (verdict !== 'allowed') {
      // `invalid` without an address: the origin has hung up already.
      const gone = socket.remoteAddress === undefined;
      this.#lost(socket, address, gone ? 'unreachable' : 'refused-address', gone ? null : verdict);
      return;
    }
    this.#attempts.delete(socket);
    socket.removeAllListeners('error');
    this.#finish({ kind: 'connected', socket, address });
  }

  /** A failed attempt makes way for the next one at once (RFC 8305 §5). */
  #lost(socket: Socket, address: string, code: DialFailureCode, refusal: AddressRefusal | null = null): void {
    this.#attempts.delete(socket);
    discard(socket);
    if (this.#callback === null) return;
    this.#note(this.#describe(code, address, refusal));
    if (this.#stagger !== null) clearTimeout(this.#stagger);
    this.#attemptNext();
    if (this.#attempts.size === 0) this.#finish(this.#failure);
  }

  #note(failure: DialFailure): void {
    const known = this.#failure.address === null ? TELLING.length : TELLING.indexOf(this.#failure.code);
    if (TELLING.indexOf(failure.code) < known) this.#failure = failure;
  }

  #describe(code: DialFailureCode, address: string | null, refusal: AddressRefusal | null): DialFailure {
    const { host, port } = this.#target;
    return { kind: 'failed', code, host, port, address, refusal };
  }

  #finish(result: Dialled | DialFailure): void {
    const callback = this.#callback;
    this.#callback = null;
    this.#tidy();
    callback?.(result);
  }

  #tidy(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    if (this.#stagger !== null) clearTimeout(this.#stagger);
    for (const socket of this.#attempts.keys()) discard(socket);
    this.#attempts.clear();
  }
}

/** A socket that is destroyed while it connects may still report an error. */
function discard(socket: Socket): void {
  socket.removeAllListeners();
  socket.on('error', () => undefined);
  socket.destroy();
}

function codeOf(code: string | undefined): DialFailureCode {
  switch (code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return 'connect-refused';
    case 'ETIMEDOUT':
      return 'connect-timeout';
    case 'EMFILE':
    case 'ENFILE':
    case 'EADDRNOTAVAIL':
    case 'EAGAIN':
      return 'no-sockets';
    default:
      return 'unreachable';
  }
}
