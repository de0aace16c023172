/**
 * The live proxy threads as control sees them: each gets the current image as soon as it is connected, and a change
 * counts as done when every live one has acknowledged it. A thread that ends meanwhile is no longer waited for; one that
 * is late is named, and catches up whenever it answers.
 */
import type { ContinueGrant, SharedGrant } from '../policy/decision.ts';
import { noEmergency } from '../policy/emergency.ts';
import type { Emergency } from '../policy/emergency.ts';
import type { ProxyControl, ProxyStatus, Publication, Watch } from '../proxy/protocol.ts';

/** The part of pino that is needed here. */
export interface ProxiesLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ProxiesOptions {
  readonly log: ProxiesLog;
  /** Milliseconds that a thread has for an acknowledgement before it counts as late; 10 s unless given. */
  readonly patience?: number;
}

export interface Delivery {
  readonly acknowledged: number;
  /** Names of the threads that did not answer in time, or could not open the image. */
  readonly late: readonly string[];
}

interface Link {
  readonly name: string;
  readonly control: ProxyControl;
  /** Resolves when the thread has ended. */
  readonly gone: Promise<'gone'>;
  /** Of the newest image that it acknowledged; 0 before the first. */
  epoch: number;
  /** The newest that it acknowledged; null before the first. */
  emergency: Emergency | null;
}

type Answer = 'acknowledged' | 'late' | 'gone';

export class Proxies {
  readonly #log: ProxiesLog;
  readonly #patience: number;
  readonly #links = new Map<ProxyControl, Link>();
  #current: Publication | null = null;
  #grants: readonly ContinueGrant[] = [];
  #emergency: Emergency = noEmergency;
  #shared: readonly SharedGrant[] = [];
  readonly #watches = new Map<string, Watch>();

  constructor({ log, patience = 10_000 }: ProxiesOptions) {
    this.#log = log;
    this.#patience = patience;
  }

  /**
   * A new thread: it gets the current image at once, or the first one as soon as there is one; the grants before it, so
   * that nobody is asked again because a thread was started anew.
   */
  add(name: string, control: ProxyControl): { readonly remove: () => void } {
    let leave: (value: 'gone') => void = () => undefined;
    const gone = new Promise<'gone'>((resolve) => {
      leave = resolve;
    });
    const link: Link = { name, control, gone, epoch: 0, emergency: null };
    this.#links.set(control, link);
    const live = this.#liveGrants();
    if (live.length > 0) void this.#answer(link, control.grant(live));
    for (const watch of this.#watches.values()) void this.#answer(link, control.watch(watch));
    // Told also when there are none: it may know some that have ended while control was away.
    void this.#answer(link, putOver(link, this.#emergency));
    void this.#answer(link, control.share(this.#shared));
    if (this.#current !== null) void this.#deliver(link, this.#current);
    return {
      remove: () => {
        this.#links.delete(control);
        leave('gone');
      },
    };
  }

  /** Hands an image to every live thread, and to every one to come. Settles when each has answered, ended or is late. */
  async publish(publication: Publication, onAnswer?: (acknowledged: number) => void): Promise<Delivery> {
    this.#current = publication;
    let acknowledged = 0;
    const late: string[] = [];
    const deliveries = [...this.#links.values()].map(async (link) => {
      const answer = await this.#deliver(link, publication);
      if (answer === 'late') late.push(link.name);
      if (answer !== 'acknowledged') return;
      acknowledged += 1;
      onAnswer?.(acknowledged);
    });
    await Promise.all(deliveries);
    return { acknowledged, late };
  }

  /** Tells every thread that these accounts are closed; a thread that has just ended remembers nobody anyway. */
  async accountsGone(keys: readonly string[]): Promise<void> {
    await Promise.all(
      [...this.#links.values()].map(async (link) => {
        const answer = await this.#answer(link, link.control.accountsGone(keys));
        if (answer === 'late') this.#log.error({ proxy: link.name }, 'proxy thread did not close accounts');
      }),
    );
  }

  /**
   * Hands new grants to every live thread, and keeps them for every one to come for as long as they last. Settles when
   * each has answered, ended or is late. @returns names of those that are late
   */
  async grant(grants: readonly ContinueGrant[]): Promise<readonly string[]> {
    this.#grants = [...this.#liveGrants(), ...grants];
    return this.#toEach((control) => control.grant(grants));
  }

  /**
   * Hands all overrides and research grants to every live thread and every one to come, in the place of those before. Settles
   * when each has answered, ended or is late. @returns names of those that are late
   */
  async share(grants: readonly SharedGrant[]): Promise<readonly string[]> {
    this.#shared = grants;
    const late = await this.#toEach((control) => control.share(grants));
    if (late.length > 0) this.#log.error({ proxies: late }, 'proxy threads have not taken overrides');
    return late;
  }

  /**
   * Puts it over the policy in every live thread and every one to come. Settles when each has answered, ended or is late.
   * @returns names of those that are late
   */
  async emergency(emergency: Emergency): Promise<readonly string[]> {
    this.#emergency = emergency;
    const late = await this.#toEach((_control, link) => putOver(link, emergency));
    if (late.length > 0) this.#log.error({ proxies: late }, 'proxy threads have not taken an emergency');
    return late;
  }

  /** In every live thread and every one to come, until it is over. */
  watch(watch: Watch): void {
    this.#watches.set(watch.id, watch);
    for (const link of this.#links.values()) void this.#answer(link, link.control.watch(watch));
  }

  unwatch(id: string): void {
    this.#watches.delete(id);
    for (const link of this.#links.values()) void this.#answer(link, link.control.unwatch(id));
  }

  #liveGrants(): readonly ContinueGrant[] {
    const now = Date.now();
    return this.#grants.filter(({ expires }) => expires > now);
  }

  /** Of each thread that answers in time. */
  async status(): Promise<readonly ProxyStatus[]> {
    const asked = [...this.#links.values()].map(async (link) => {
      const answer = link.control.status();
      return (await this.#answer(link, answer)) === 'acknowledged' ? [await answer] : [];
    });
    return (await Promise.all(asked)).flat();
  }

  get size(): number {
    return this.#links.size;
  }

  /** Names of the live threads that have not acknowledged the current image. */
  behind(): readonly string[] {
    const epoch = this.#current?.epoch ?? 0;
    return [...this.#links.values()].filter((link) => link.epoch < epoch).map(({ name }) => name);
  }

  /** Names of the live threads that have not acknowledged what is put over the policy now. */
  withoutEmergency(): readonly string[] {
    return [...this.#links.values()]
      .filter((link) => link.emergency !== this.#emergency)
      .map(({ name }) => name);
  }

  /** @returns names of those that are late */
  async #toEach(call: (control: ProxyControl, link: Link) => Promise<void>): Promise<readonly string[]> {
    const late: string[] = [];
    await Promise.all(
      [...this.#links.values()].map(async (link) => {
        if ((await this.#answer(link, call(link.control, link))) === 'late') late.push(link.name);
      }),
    );
    return late;
  }

  async #deliver(link: Link, publication: Publication): Promise<Answer> {
    const { epoch } = publication;
    const acknowledged = link.control.publish(publication).then(() => {
      if (epoch > link.epoch) link.epoch = epoch;
    });
    const answer = await this.#answer(link, acknowledged);
    if (answer === 'late') {
      this.#log.error({ proxy: link.name, epoch }, 'proxy thread has not acknowledged the new edition');
    }
    return answer;
  }

  async #answer(link: Link, call: Promise<unknown>): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, this.#patience, 'late');
    });
    const settled = call.then(
      () => 'acknowledged' as const,
      (error: unknown) => this.#failed(link, error),
    );
    try {
      return await Promise.race([settled, link.gone, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #failed(link: Link, error: unknown): Answer {
    if ((error as { code?: unknown }).code === 'thread-gone' || !this.#links.has(link.control)) return 'gone';
    this.#log.error({ proxy: link.name, err: error }, 'proxy thread refused a call of control');
    return 'late';
  }
}

/** What is put over the policy, in one thread. It answers in order: the last that it acknowledged is the last that it was told. */
async function putOver(link: Link, emergency: Emergency): Promise<void> {
  await link.control.emergency(emergency);
  link.emergency = emergency;
}
