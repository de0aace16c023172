/**
 * A thread's side of the supervision: what an entry file calls first.
 *
 *   const house = joinHouse<ProxyConfig>();
 *   house.onLink('control', (port) => connect<ControlForProxy>(port, handlers));
 *   house.onStop(() => server.drain());
 *   await listen();
 *   house.ready();
 */
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { crossing } from './errors.ts';
import { createLog } from './log.ts';
import type { Log } from './log.ts';
import { kindOf } from './protocol.ts';
import type { Admission, FromThread, ToThread } from './protocol.ts';

export interface House<Config> {
  /** Such as `record` or `proxy-2`. */
  readonly name: string;
  readonly config: Config;
  readonly log: Log;
  /** True from the moment in which the supervisor asks the thread to end. */
  readonly stopRequested: boolean;
  /**
   * Takes the connections with peers of a kind (`proxy` for every `proxy-N`), those that came before this call too. One
   * comes again for the same peer whenever that thread was restarted; the port of before is closed by then.
   */
  onLink(kind: string, accept: (port: MessagePort, peer: string) => void): void;
  /** SIGHUP, for the threads that main tells of it, with the config as it is now. A rejection is logged. */
  onReload(reload: (config: Config) => Promise<void> | void): void;
  /** Called once when the thread is asked to end; it ends when the promise settles, or is ended at the deadline. */
  onStop(stop: () => Promise<void> | void): void;
  /** The thread does its work now; the supervisor waits for this before it starts what depends on it. */
  ready(): void;
  /** The thread cannot start: the supervisor is told why, and the thread ends. */
  fail(error: unknown): never;
}

/** @throws Error outside a thread that a Supervisor started */
export function joinHouse<Config>(): House<Config> {
  if (parentPort === null)
    throw new Error('this file is the entry of a thread; start Hallpass by `hallpass serve`');
  return new Member<Config>(parentPort, workerData as Admission);
}

type Accept = (port: MessagePort, peer: string) => void;

class Member<Config> implements House<Config> {
  readonly name: string;
  readonly config: Config;
  readonly log: Log;
  stopRequested = false;
  readonly #parent: MessagePort;
  readonly #accepts = new Map<string, Accept>();
  #unclaimed: { readonly peer: string; readonly port: MessagePort }[] = [];
  #reload: (config: Config) => Promise<void> | void = () => {};
  #stop: () => Promise<void> | void = () => {};

  constructor(parent: MessagePort, { name, config, logLevel }: Admission) {
    this.name = name;
    this.config = config as Config;
    this.log = createLog({ thread: name, level: logLevel });
    this.#parent = parent;
    parent.on('message', (message: ToThread) => this.#receive(message));
  }

  onLink(kind: string, accept: Accept): void {
    this.#accepts.set(kind, accept);
    const mine = this.#unclaimed.filter(({ peer }) => kindOf(peer) === kind);
    this.#unclaimed = this.#unclaimed.filter(({ peer }) => kindOf(peer) !== kind);
    for (const { peer, port } of mine) accept(port, peer);
  }

  onReload(reload: (config: Config) => Promise<void> | void): void {
    this.#reload = reload;
  }

  onStop(stop: () => Promise<void> | void): void {
    this.#stop = stop;
  }

  ready(): void {
    this.#tell({ kind: 'ready' });
  }

  fail(error: unknown): never {
    this.#tell({ kind: 'failed', ...crossing(error) });
    process.exit(1);
  }

  #tell(message: FromThread): void {
    this.#parent.postMessage(message);
  }

  #receive(message: ToThread): void {
    switch (message.kind) {
      case 'link': {
        const accept = this.#accepts.get(kindOf(message.peer));
        if (accept === undefined) this.#unclaimed.push(message);
        else accept(message.port, message.peer);
        return;
      }
      case 'reload':
        void this.#attempt(
          () => this.#reload(message.config as Config),
          'reload failed, the old state stays',
        );
        return;
      case 'stop':
        if (!this.stopRequested) void this.#end();
        return;
    }
  }

  async #end(): Promise<void> {
    this.stopRequested = true;
    const clean = await this.#attempt(this.#stop, 'stop failed');
    // Answers of this turn are on their way only after it.
    await turn();
    process.exit(clean ? 0 : 1);
  }

  async #attempt(action: () => Promise<void> | void, complaint: string): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      this.log.error(error, complaint);
      return false;
    }
  }
}
