/**
 * The main thread's side: starts threads, connects each with its peers, restarts what crashed, stops all in order.
 * A thread that ends is connected anew with every peer when it is back; its peers notice by their closed ports.
 */
import { MessageChannel } from 'node:worker_threads';
import type { Log, LogLevel } from './log.ts';
import { Thread } from './thread.ts';
import type { Ending, ThreadPlan } from './thread.ts';

export type { ThreadPlan } from './thread.ts';

export interface SupervisorOptions {
  readonly log: Log;
  /** Of the logs of the threads. */
  readonly logLevel: LogLevel;
  /** How long a thread may take until it is ready, in milliseconds; 60 s unless given. */
  readonly startWithin?: number;
  /** Pauses before a restart, in milliseconds: the first, the longest, and how long a thread must live to begin anew. */
  readonly backoff?: Backoff;
}

export interface Backoff {
  readonly first: number;
  readonly longest: number;
  readonly stable: number;
}

interface Post {
  plan: ThreadPlan;
  thread: Thread | null;
  /** Crashes in a row, none of them after a stable life. */
  crashes: number;
  timer: NodeJS.Timeout | null;
}

const patience: Backoff = { first: 100, longest: 5_000, stable: 60_000 };

export class Supervisor {
  readonly #log: Log;
  readonly #logLevel: LogLevel;
  readonly #startWithin: number;
  readonly #backoff: Backoff;
  readonly #posts = new Map<string, Post>();
  /** Threads that were started together, and are stopped together, last group first. */
  readonly #groups: (readonly Post[])[] = [];
  #stopping: Promise<void> | null = null;

  constructor({ log, logLevel, startWithin = 60_000, backoff = patience }: SupervisorOptions) {
    this.#log = log;
    this.#logLevel = logLevel;
    this.#startWithin = startWithin;
    this.#backoff = backoff;
  }

  /**
   * Starts threads and waits until all of them are ready. From then on each is restarted when it crashes.
   * @throws ThreadError with the code that the thread gave, `thread-failed` when it crashed, `thread-late`
   */
  async start(plans: readonly ThreadPlan[]): Promise<void> {
    const posts = plans.map((plan): Post => ({ plan, thread: null, crashes: 0, timer: null }));
    this.#groups.push(posts);
    for (const post of posts) this.#posts.set(post.plan.name, post);
    await Promise.all(posts.map((post) => this.#fill(post)));
    for (const post of posts) void this.#guard(post);
  }

  /**
   * Gives one thread new data, now if it runs, and at every later start.
   * @returns false when it does not run at the moment
   */
  reload(name: string, data: unknown): boolean {
    const post = this.#posts.get(name);
    if (post === undefined) return false;
    post.plan = { ...post.plan, data };
    return post.thread?.tell({ kind: 'reload', config: data }) ?? false;
  }

  /** Whether the thread runs and has said that it is ready. */
  isReady(name: string): boolean {
    return this.#posts.get(name)?.thread?.isReady ?? false;
  }

  /** Stops all threads, last group first; a thread that takes longer than its plan allows is ended. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopGroups();
    return this.#stopping;
  }

  async #stopGroups(): Promise<void> {
    for (const post of this.#posts.values()) if (post.timer !== null) clearTimeout(post.timer);
    for (const group of this.#groups.toReversed()) {
      await Promise.all(group.map((post) => this.#stopOne(post)));
    }
  }

  async #stopOne({ plan, thread }: Post): Promise<void> {
    if (thread === null) return;
    const { forced, code } = await thread.stop(plan.stopWithin);
    if (forced)
      this.#log.warn({ name: plan.name, stopWithin: plan.stopWithin }, 'thread ended at its deadline');
    else this.#log.debug({ name: plan.name, code }, 'thread stopped');
  }

  /** Starts the thread of a post, connects it, and waits until it is ready. */
  async #fill(post: Post): Promise<void> {
    const thread = new Thread(post.plan, this.#logLevel);
    post.thread = thread;
    this.#connect(post, thread);
    const timer = setTimeout(() => thread.giveUp(this.#startWithin), this.#startWithin);
    try {
      await thread.ready;
    } finally {
      clearTimeout(timer);
    }
  }

  #connect({ plan }: Post, thread: Thread): void {
    for (const peer of this.#posts.values()) {
      if (peer.thread === null || peer.thread === thread || !arePeers(plan, peer.plan)) continue;
      const { port1, port2 } = new MessageChannel();
      thread.tell({ kind: 'link', peer: peer.plan.name, port: port1 }, [port1]);
      peer.thread.tell({ kind: 'link', peer: plan.name, port: port2 }, [port2]);
    }
  }

  /** Waits for the end of a post's thread and sees to the next. */
  async #guard(post: Post): Promise<void> {
    const { thread } = post;
    if (thread === null) return;
    const ending = await thread.ended;
    post.thread = null;
    if (this.#stopping !== null) return;
    if (ending.lived >= this.#backoff.stable) post.crashes = 0;
    this.#restart(post, ending);
  }

  #restart(post: Post, { code, reason }: Ending): void {
    const pause = Math.min(this.#backoff.first * 2 ** post.crashes, this.#backoff.longest);
    post.crashes += 1;
    const { name } = post.plan;
    this.#log.error({ name, code, err: reason, pause }, 'thread ended unasked, it is started again');
    post.timer = setTimeout(() => {
      post.timer = null;
      // A thread that fails to become ready ends; `#guard` sees that like any other end.
      this.#fill(post).then(
        () => this.#log.warn({ name }, 'thread is back'),
        (error: unknown) => this.#log.error({ name, err: error }, 'thread did not come back'),
      );
      void this.#guard(post);
    }, pause);
  }
}

const arePeers = (a: ThreadPlan, b: ThreadPlan): boolean =>
  a.links.includes(b.name) || b.links.includes(a.name);
