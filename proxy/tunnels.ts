/**
 * The registry of open tunnels and upgraded connections. They keep their facts, and are decided again whenever what they
 * were decided by changes: a publish, a schedule boundary, an account gone.
 */
import { setImmediate as immediate } from 'node:timers/promises';
import type { Image } from '../policy/compile/image.ts';
import { decide } from '../policy/decide.ts';
import { stops } from '../policy/decision.ts';
import type { Decision, Grant } from '../policy/decision.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { Subject } from '../policy/subject.ts';

/** Milliseconds; what closing a tunnel brings comes on top, once the slice is over. */
const slice = 1;

export interface OpenTunnel {
  readonly facts: RequestFacts;
  readonly subject: Subject;
  /** Both sides are closed, at once. */
  close(): void;
  /** Epoch milliseconds after which the sweep closes it. */
  readonly deadline: number;
}

export interface Revocation {
  readonly tunnel: OpenTunnel;
  readonly subject: Subject;
  readonly decision: Decision;
}

export class TunnelRegistry {
  readonly #open = new Set<OpenTunnel>();

  get size(): number {
    return this.#open.size;
  }

  add(tunnel: OpenTunnel): void {
    this.#open.add(tunnel);
  }

  delete(tunnel: OpenTunnel): void {
    this.#open.delete(tunnel);
  }

  /**
   * Decides every tunnel again and closes those that are not allowed any more.
   *
   * @param grants live grants by person key, null for who is not known
   * In slices: nobody's request waits for ten thousand tunnels. All of them were decided when it resolves.
   *
   * @param of only the tunnels of these people, by key; null for all
   * @param revoked called for each that was closed by a rule, to be recorded
   * @param isLast whether nothing newer is to be decided by meanwhile, in which case the rest is left to that
   */
  async redecide(
    image: Image,
    grants: (person: string | null) => readonly Grant[],
    at: number,
    of: ReadonlySet<string> | null,
    revoked: (revocation: Revocation) => void,
    isLast: () => boolean = () => true,
  ): Promise<void> {
    let until = performance.now() + slice;
    // What is added meanwhile comes last and is decided once more, which changes nothing.
    for (const tunnel of this.#open) {
      if (performance.now() > until) {
        await immediate();
        if (!isLast()) return;
        until = performance.now() + slice;
      }
      const { facts, subject } = tunnel;
      const { identity } = subject;
      if (of !== null && (typeof identity === 'string' || !of.has(identity.key))) continue;
      const live = grants(typeof identity === 'string' ? null : identity.key);
      const decision = decide(image, facts, subject, live, at);
      // Opened without a sign-in where one is now needed: the client opens it again and is asked.
      if (decision.needs.includes('identity')) tunnel.close();
      else if (stops(decision)) {
        tunnel.close();
        if (decision.log) revoked({ tunnel, subject, decision });
      }
    }
  }

  /**
   * Closes the tunnels of people whose accounts are gone, whatever a rule says: who comes back is asked anew.
   *
   * @param closed called for each, to be recorded where the rules deny it to whoever is not identified
   */
  closeOf(keys: ReadonlySet<string>, closed: (tunnel: OpenTunnel) => void): void {
    for (const tunnel of this.#open) {
      const { identity } = tunnel.subject;
      if (typeof identity === 'string' || !keys.has(identity.key)) continue;
      tunnel.close();
      closed(tunnel);
    }
  }

  sweep(now: number): void {
    for (const tunnel of this.#open) if (tunnel.deadline <= now) tunnel.close();
  }

  closeAll(): void {
    for (const tunnel of this.#open) tunnel.close();
  }
}
