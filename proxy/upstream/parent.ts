/**
 * Through a parent proxy, as regional networks run them: requests in absolute-form over connections that serve every
 * origin, tunnels by CONNECT (RFC 9110 §9.3.6). The parent resolves the origin's name, so what cannot be judged here is
 * judged there; what is near (names without a dot, names with a fixed address, addresses that are not public, and
 * `except`) is never told to it, but reached directly and judged by the address rules as ever.
 */
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { readAddress, words } from '../../policy/ip.ts';
import { responseHeadOf } from '../wire/connect-answer.ts';
import type { HeadLimits, ResponseHead } from '../wire/head.ts';
import { holds, parseCidr } from './cidr.ts';
import type { Cidr } from './cidr.ts';
import type { Direct } from './direct.ts';
import type { ConnectFailure, Connected, Origin, Route } from './route.ts';
import type { Asker } from './shares.ts';

export interface ParentSettings extends HeadLimits {
  /** Where it listens: a name or an address. */
  readonly host: string;
  readonly port: number;
  /** Value of `Proxy-Authorization`, or null where it asks nobody. */
  readonly authorization: string | null;
  /** Hosts with their sub-domains, and ranges of addresses, that are reached without it. */
  readonly except: readonly string[];
  readonly maxHeadBytes: number;
  /** Milliseconds that it may take to open a tunnel. */
  readonly responseTimeout: number;
}

/** Nobody's share: what every client needs. */
const everybody: Asker = { client: 'parent', exempt: true };

export class Parent implements Route {
  readonly fields: string;
  readonly #settings: ParentSettings;
  /** To the parent itself. */
  readonly #direct: Direct;
  readonly #hosts: ReadonlySet<string>;
  readonly #ranges: readonly Cidr[];

  /** @param direct the way to the parent, by rules that let it be reached wherever it is */
  constructor(settings: ParentSettings, direct: Direct) {
    const { authorization, except, host } = settings;
    this.#settings = settings;
    this.#direct = direct;
    this.fields = authorization === null ? '' : `Proxy-Authorization: ${authorization}\r\n`;
    const names = except.filter((each) => !isRange(each)).map((each) => each.toLowerCase());
    this.#hosts = new Set([...names, host.toLowerCase()]);
    this.#ranges = except.filter(isRange).map(parseCidr);
  }

  /** Whether a canonical host is reached without the parent, by what it is called or by `except`. */
  excepts(host: string): boolean {
    if (isIP(host) !== 0) return this.#hosts.has(host) || this.#holds(host);
    if (!host.includes('.')) return true;
    for (let at = 0; at !== -1; at = nextLabel(host, at)) if (this.#hosts.has(host.slice(at))) return true;
    return host.endsWith('.localhost');
  }

  #holds(address: string): boolean {
    const read = words();
    return readAddress(address, read) && this.#ranges.some((range) => holds(range, read));
  }

  poolKey(): string {
    return 'parent';
  }

  targetOf(authority: string, originForm: string): string {
    return originForm === '*' ? `http://${authority}` : `http://${authority}${originForm}`;
  }

  /** Its challenge is about Hallpass and not about whoever sent the request. */
  refusalIn({ status }: ResponseHead): ConnectFailure | null {
    return status === 407 ? 'parent-refused' : null;
  }

  open(_origin: Origin, _asker: Asker, connected: Connected): () => void {
    return this.#direct.open(this.#settings, everybody, unreachable(connected));
  }

  tunnel(origin: Origin, _asker: Asker, connected: Connected): () => void {
    let giveUp = this.#direct.tunnel(
      this.#settings,
      everybody,
      unreachable((result) => {
        if ('failure' in result) return connected(result);
        giveUp = this.#ask(origin, result.socket, connected);
      }),
    );
    return () => giveUp();
  }

  #ask({ host, port }: Origin, socket: Socket, connected: Connected): () => void {
    const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const give = (result: Parameters<Connected>[0]): void => {
      if ('failure' in result) socket.destroy();
      connected(result);
    };
    const stop = responseHeadOf(socket, this.#settings, (answer) => {
      if ('failure' in answer) return give({ failure: 'parent-unreachable', detail: answer.failure });
      const { status } = answer.head;
      if (status < 300) return give({ socket, early: answer.rest });
      give({ failure: tunnelFailure(status), detail: `the parent proxy answered ${status}` });
    });
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${this.fields}\r\n`, 'latin1');
    return () => {
      stop();
      socket.destroy();
    };
  }
}

/** Whatever kept Hallpass from the parent: the person asked for something else, and their site is not to blame. */
const unreachable =
  (connected: Connected): Connected =>
  (result) => {
    if (!('failure' in result)) return connected(result);
    const { failure, detail } = result;
    connected({ failure: 'parent-unreachable', detail: detail === null ? failure : `${failure}: ${detail}` });
  };

function tunnelFailure(status: number): ConnectFailure {
  if (status === 504) return 'connect-timeout';
  return status >= 500 ? 'unreachable' : 'parent-refused';
}

function nextLabel(host: string, at: number): number {
  const dot = host.indexOf('.', at);
  return dot === -1 ? -1 : dot + 1;
}

const isRange = (text: string): boolean => isIP(text.split('/', 1)[0] ?? '') !== 0;
