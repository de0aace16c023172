/**
 * A sample of what this thread decides, for trying drafts: cells of requests that are alike, with how many and a sketch of how
 * many people, handed to control every minute and forgotten here. Nothing in it names anybody: people are numbers under a key
 * that holds for an hour and is written nowhere, and the query is left out. A visit to crisis help never comes here.
 *
 * Bounded: where there are more cells than `most`, the one that was met longest ago makes room and is lost.
 */
import { createHmac } from 'node:crypto';
import type { Membership } from '../policy/compile/audiences.ts';
import { YES } from '../policy/compile/audiences.ts';
import type { Image } from '../policy/compile/image.ts';
import type { Decision } from '../policy/decision.ts';
import { addTo } from '../policy/kmv.ts';
import type { Sketch } from '../policy/kmv.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { CellKey } from '../policy/sample.ts';
import type { Person, Subject } from '../policy/subject.ts';
import type { RememberedSignIns } from './identity/basic.ts';
import type { SampledCell } from './protocol.ts';
import type { Fields } from './wire/fields.ts';

/** An exchange, as far as a sample looks at it. */
export interface Sampled {
  readonly image: Image;
  readonly facts: RequestFacts;
  readonly subject: Subject;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly downstream: { readonly head: { readonly fields: Fields } };
}

export interface SampleParts {
  readonly on: boolean;
  /** The same in every thread, and of this run alone. */
  readonly secret: Uint8Array;
  readonly signIns: Pick<RememberedSignIns, 'hash' | 'get'>;
  readonly send: (hour: number, cells: readonly SampledCell[]) => void;
}

const [hour, minute] = [3_600_000, 60_000];
/** A few MB. */
const most = 20_000;
/** Cells that leave with one tick: to copy more for another thread would hold up requests. */
const atOnce = 500;
const mostAddresses = 20_000;
/** A longer path is of one person, or of a program. */
const longestPath = 200;

interface Open {
  readonly key: CellKey;
  count: number;
  readonly people: Sketch;
}

export class Sample {
  readonly on: boolean;
  readonly #parts: SampleParts;
  #cells = new Map<string, Open>();
  readonly #leaving: { readonly hour: number; readonly cells: SampledCell[] }[] = [];
  #hour = 0;
  #nextFlush = 0;
  #hourKey: Buffer = Buffer.alloc(0);
  #people = new WeakMap<Person, number>();
  #addresses = new Map<string, number>();
  readonly #audiences = new WeakMap<Membership, { readonly names: string; readonly known: boolean }>();

  constructor(parts: SampleParts) {
    this.on = parts.on;
    this.#parts = parts;
  }

  /** Whatever goes wrong here is no matter of the request. */
  see(exchange: Sampled, decision: Decision): void {
    try {
      this.#add(exchange, decision);
    } catch {
      this.#cells = new Map();
    }
  }

  #add(exchange: Sampled, decision: Decision): void {
    const { facts, at } = exchange;
    if (decision.tier === 'crisis') return;
    const { url } = facts;
    const path = typeof url === 'string' ? '' : url.path;
    if (path.length > longestPath) return;
    if (at < this.#hour || at >= this.#hour + hour) this.#begin(at);
    const method = typeof url === 'string' ? 'CONNECT' : url.method;
    const action = decision.enforced ? decision.action : 'allow';
    const who = this.#whoIs(exchange);
    const { names, known } = this.#audiencesOf(exchange, who);
    const text = `${method} ${facts.scheme}://${facts.host}:${String(facts.port)}${path} ${action} ${known ? 'k' : 'u'} ${names}`;
    let cell = this.#cells.get(text);
    if (cell === undefined) {
      const { scheme, host, port } = facts;
      const key = { audiences: names, known, scheme, host, port, method, path, action };
      cell = { key, count: 0, people: [] };
      if (this.#cells.size >= most) this.#dropOldest();
      this.#cells.set(text, cell);
    } else if (this.#cells.size > most / 2) {
      // Met just now: the last to make room. With room enough the order is no matter.
      this.#cells.delete(text);
      this.#cells.set(text, cell);
    }
    cell.count += 1;
    addTo(cell.people, this.#numberOf(who));
  }

  /** With each tick of the clock. @param now epoch milliseconds */
  flush(now: number): void {
    if (!this.on) return;
    if (now >= this.#nextFlush) {
      this.#nextFlush = now + minute;
      this.#gather();
    }
    this.#sendSome();
  }

  /** Everything at once: no request is left to hold up. */
  end(): void {
    if (this.on) this.#gather();
    while (this.#leaving.length > 0) this.#sendSome();
  }

  #sendSome(): void {
    const [next] = this.#leaving;
    if (next === undefined) return;
    this.#parts.send(next.hour, next.cells.splice(0, atOnce));
    if (next.cells.length === 0) this.#leaving.shift();
  }

  /** What was met so far is to leave; what is met from now on is counted anew. */
  #gather(): void {
    if (this.#cells.size === 0) return;
    const cells = [...this.#cells.values()].map(({ key, count, people }) => ({ ...key, count, people }));
    this.#leaving.push({ hour: this.#hour, cells });
    this.#cells = new Map();
  }

  /** Another hour, another key: nobody can be followed from one to the next. */
  #begin(at: number): void {
    this.#gather();
    this.#hour = Math.floor(at / hour) * hour;
    this.#hourKey = createHmac('sha256', this.#parts.secret)
      .update(`sample ${String(this.#hour)}`)
      .digest();
    this.#people = new WeakMap();
    this.#addresses = new Map();
  }

  #dropOldest(): void {
    const [oldest] = this.#cells.keys();
    if (oldest !== undefined) this.#cells.delete(oldest);
  }

  /** Where nobody needed to know who it is, a remembered sign-in says so; else the device. */
  #whoIs({ subject, at, downstream }: Sampled): Person | string {
    const { identity, ip } = subject;
    if (typeof identity !== 'string') return identity;
    if (identity === 'unidentified') return ip;
    const field = downstream.head.fields.get('proxy-authorization');
    const { signIns } = this.#parts;
    return (field === undefined ? undefined : signIns.get(signIns.hash(field), at)) ?? ip;
  }

  #audiencesOf({ image, subject, at }: Sampled, who: Person | string) {
    const asked = typeof who === 'string' ? subject : { ip: subject.ip, identity: who };
    const membership = image.membershipOf(asked, at);
    let found = this.#audiences.get(membership);
    if (found === undefined) {
      const names = image.program.audiences.flatMap(({ name }, i) =>
        membership.audiences[i] === YES ? [name] : [],
      );
      found = { names: names.join(' '), known: !membership.askable };
      this.#audiences.set(membership, found);
    }
    return found;
  }

  #numberOf(who: Person | string): number {
    const known = typeof who === 'string' ? this.#addresses.get(who) : this.#people.get(who);
    if (known !== undefined) return known;
    const text = typeof who === 'string' ? `device ${who}` : `person ${who.key}`;
    const number = createHmac('sha256', this.#hourKey).update(text).digest().readUInt32LE();
    if (typeof who !== 'string') this.#people.set(who, number);
    else if (this.#addresses.size < mostAddresses) this.#addresses.set(who, number);
    return number;
  }
}
