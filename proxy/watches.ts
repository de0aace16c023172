/**
 * Clients whose decisions somebody at the help desk looks at, live, for some minutes. Nothing is stored: a line goes to
 * control with the next tick, and from there to who asked. Visits to crisis help are in none. While nobody looks, a request
 * pays for one comparison.
 */
import type { Decision } from '../policy/decision.ts';
import { originOf } from '../policy/facts.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { Person } from '../policy/subject.ts';
import type { Watch, WatchedLine } from './protocol.ts';

export interface Watched {
  readonly facts: RequestFacts;
  readonly ip: string;
  readonly person: Person | null;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Null where the client was asked to sign in, and nothing is decided yet. */
  readonly decision: Decision | null;
}

/** More in one tick are counted and not told: the terminal of who looks could not show them. */
const mostInTick = 500;

export class Watches {
  readonly #send: (id: string, lines: readonly WatchedLine[]) => void;
  readonly #watches = new Map<string, { readonly watch: Watch; lines: WatchedLine[]; left: number }>();

  constructor(send: (id: string, lines: readonly WatchedLine[]) => void) {
    this.#send = send;
  }

  get on(): boolean {
    return this.#watches.size > 0;
  }

  add(watch: Watch): void {
    this.#watches.set(watch.id, { watch, lines: [], left: 0 });
  }

  remove(id: string): void {
    this.#watches.delete(id);
  }

  see(watched: Watched): void {
    if (watched.decision?.tier === 'crisis') return;
    for (const each of this.#watches.values()) {
      const { person, ip } = each.watch;
      if (person === null ? ip !== watched.ip : person !== watched.person?.key) continue;
      if (each.lines.length >= mostInTick) each.left += 1;
      else each.lines.push(lineOf(watched));
    }
  }

  /** With each tick of the clock. @param now epoch milliseconds */
  flush(now: number): void {
    for (const [id, each] of this.#watches) {
      if (each.lines.length > 0) {
        const last = each.lines.length - 1;
        const lines = each.lines.map((line, i) => (i === last ? { ...line, left: each.left } : line));
        this.#send(id, lines);
        each.lines = [];
        each.left = 0;
      }
      if (now >= each.watch.until) this.#watches.delete(id);
    }
  }
}

function lineOf({ facts, ip, person, at, decision }: Watched): WatchedLine {
  const { url } = facts;
  return {
    ...{ at, ip, login: person?.login ?? null, left: 0 },
    method: typeof url === 'string' ? 'CONNECT' : url.method,
    // Without query, which may hold what nobody needs to see.
    address: `${originOf(facts)}${typeof url === 'string' ? '' : url.rawPath}`,
    action: decision?.action ?? 'sign-in',
    rule: decision?.rule ?? null,
    clause: decision?.clause ?? null,
    enforced: decision?.enforced ?? true,
  };
}
