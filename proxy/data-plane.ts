/**
 * The data plane of one proxy thread, put together: everything from the listening socket to the origin. The thread's
 * entry (proxy.entry.ts) joins it to the other threads; tests and benches may join it to others.
 */
import { setImmediate as immediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { openInSteps } from '../policy/compile/image.ts';
import { emergencyAt, emergencyEnd, noEmergency } from '../policy/emergency.ts';
import type { Emergency } from '../policy/emergency.ts';
import type { Image } from '../policy/compile/image.ts';
import { decide } from '../policy/decide.ts';
import type { ContinueGrant, SharedGrant } from '../policy/decision.ts';
import { keyOf } from '../policy/subject.ts';
import type { DirectoryApi } from '../directory/protocol.ts';
import type { JournalApi } from '../store/record.ts';
import { LineLimit } from '../threads/line-limit.ts';
import { listenAddress } from '../threads/listener.ts';
import { Answers } from './answers.ts';
import { Changes } from './changes.ts';
import { Clients } from './clients.ts';
import { ConnectionShares } from './connection-shares.ts';
import { beginExchange } from './exchange.ts';
import { basicChallenge, RememberedSignIns } from './identity/basic.ts';
import type { IdentityOptions } from './identity/options.ts';
import { Journal } from './journal.ts';
import { Listener } from './listener.ts';
import { LiveGrants } from './live-grants.ts';
import type { ProxyOptions } from './options.ts';
import type { PagesOptions } from '../pages/options.ts';
import { createPages } from './pages/pages.ts';
import type { Counters, Plane } from './plane.ts';
import type { PortalApi, ProxyControl, ProxyStatus, Publication, SampleApi } from './protocol.ts';
import type { Watch, WatchApi } from './protocol.ts';
import { Sample } from './sample.ts';
import type { Revocation } from './tunnels.ts';
import { TunnelRegistry } from './tunnels.ts';
import { Watches } from './watches.ts';
import { AddressRules } from './upstream/address-rules.ts';
import { Names } from './upstream/names.ts';
import { parentOf } from './upstream/parent-settings.ts';
import type { DnsOptions, UpstreamOptions } from './upstream/options.ts';
import type { Endpoint } from './upstream/own-endpoints.ts';
import { Upstream } from './upstream/upstream.ts';
import { TickingClock } from './wire/clock.ts';

export interface DataPlaneConfig {
  readonly proxy: ProxyOptions;
  readonly dns: DnsOptions;
  readonly upstream: UpstreamOptions;
  readonly identity: IdentityOptions;
  readonly pages: PagesOptions;
  /** Days that a record is kept, for the pages. */
  readonly retentionDays: number;
  /** The reserved name under which the portal answers. */
  readonly portal: { readonly host: string };
  /** Seals the forms of block pages; control opens them by the same key. */
  readonly formKey: Uint8Array;
  /** Whether decisions are sampled for previews; not unless given. */
  readonly sample?: boolean;
  /** Listeners, directory servers and stores of Hallpass, which nobody reaches through it. */
  readonly own: readonly Endpoint[];
  readonly reusePort: boolean;
  /** Our name in `Via`: the same in every thread, another in every installation. */
  readonly pseudonym: string;
}

export interface DataPlanePeers {
  /** The control thread as it is now, or null while it is being restarted. */
  readonly directory: () => DirectoryApi | null;
  /** The control thread, likewise. */
  readonly portal: () => PortalApi | null;
  /** The control thread, likewise. */
  readonly watches: () => WatchApi | null;
  /** The control thread, likewise; left away where nothing is sampled. */
  readonly sample?: () => SampleApi | null;
  /** The record thread, likewise. */
  readonly journal: () => JournalApi | null;
}

/** Deadlines are looked at this often. */
const tickMs = 250;
/** The longest delay that a Node timer takes. */
const longestTimer = 2_147_483_647;

export class DataPlane implements ProxyControl {
  readonly #name: string;
  readonly #config: DataPlaneConfig;
  readonly #plane: Plane;
  readonly #listener: Listener;
  readonly #rules: AddressRules;
  readonly #upstream: Upstream;
  readonly #names: Names;
  readonly #clock: TickingClock;
  readonly #tunnels = new TunnelRegistry();
  readonly #changes = new Changes();
  readonly #grants = new LiveGrants();
  readonly #counters: Counters = { requests: 0, blocks: 0, schools: new Map() };
  readonly #log: Logger;
  /** Under the emergency that holds now. */
  #image: Image | null = null;
  #emergency: Emergency = noEmergency;
  #epoch = 0;
  /** How often all tunnels were decided again. */
  #round = 0;
  #boundary: NodeJS.Timeout | undefined;

  constructor(name: string, config: DataPlaneConfig, peers: DataPlanePeers, log: Logger) {
    this.#name = name;
    this.#config = config;
    this.#log = log;
    this.#clock = new TickingClock(tickMs, (now) => this.#sweep(now));
    this.#names = new Names(config.dns);
    this.#rules = new AddressRules({ allow: config.upstream.allow, own: config.own });
    this.#upstream = upstreamOf(config, this.#names, this.#rules, this.#clock, log);
    this.#plane = this.#planeOf(peers);
    this.#listener = this.#listenerOf();
  }

  #planeOf(peers: DataPlanePeers): Plane {
    const { proxy, identity, pages, retentionDays, pseudonym, portal, formKey } = this.#config;
    const signIns = new RememberedSignIns(identity.remembered);
    return {
      image: () => this.#current(),
      grants: (person) => this.#grants.of(person),
      directory: { signIn: (credentials) => peers.directory()?.signIn(credentials) ?? unavailable },
      portal: { portal: (request) => peers.portal()?.portal(request) ?? Promise.reject(away) },
      signIns,
      sample: this.#sampleOf(peers, signIns),
      upstream: this.#upstream,
      tunnels: this.#tunnels,
      changes: this.#changes,
      journal: new Journal(peers.journal),
      answers: new Answers(
        createPages(pages, { retentionDays, portal: `http://${portal.host}` }),
        basicChallenge(identity.basic.realm),
        formKey,
        this.#log,
      ),
      log: this.#log,
      lines: new LineLimit(this.#log),
      clock: this.#clock,
      counters: this.#counters,
      watches: new Watches(
        (id, lines) =>
          void peers
            .watches()
            ?.watched(id, lines)
            .catch(() => undefined),
      ),
      settings: {
        portalHost: portal.host,
        connectPorts: new Set(proxy.connect.ports),
        refusedPorts: new Set(proxy.refusedPorts),
        via: { pseudonym: proxy.via ? pseudonym : null },
        tunnelIdleTimeout: proxy.tunnelIdleTimeout,
      },
    };
  }

  #sampleOf(peers: DataPlanePeers, signIns: RememberedSignIns): Sample {
    const { sample = false, formKey } = this.#config;
    return new Sample({
      ...{ on: sample, secret: formKey, signIns },
      send: (hour, cells) =>
        void peers
          .sample?.()
          ?.sampled(hour, cells)
          .catch(() => undefined),
    });
  }

  #listenerOf(): Listener {
    const { proxy } = this.#config;
    const plane = this.#plane;
    return new Listener({
      clients: new Clients(proxy.clients),
      shares: sharesOf(proxy),
      log: this.#log,
      answers: plane.answers,
      handler: {
        exchange: (downstream) => beginExchange(plane, downstream),
        refused: (code, ip) => plane.answers.refusal(code, ip),
        defect: (error) => this.#log.error({ err: error }, 'a defect ended a connection'),
      },
      settings: {
        ...proxy,
        bodyIdleTimeout: this.#config.upstream.bodyIdleTimeout,
        via: plane.settings.via,
      },
      clock: this.#clock,
      maxConnections: proxy.maxConnections,
    });
  }

  #current(): Image {
    if (this.#image === null) throw new Error('no edition was published to this thread');
    return this.#image;
  }

  /** Listens; before the first {@link publish} that would be a proxy without a policy, and is refused. */
  async listen(): Promise<number> {
    this.#current();
    const { proxy, reusePort } = this.#config;
    return this.#listener.listen({ ...listenAddress(proxy.listen), reusePort });
  }

  /**
   * Swaps the image by one reference. Requests under way keep the one that they began with; open tunnels are decided
   * again, and those now closed are recorded.
   */
  async publish({ image, epoch }: Publication): Promise<void> {
    if (epoch <= this.#epoch) return;
    const opened = await openedGently(image);
    // Another one came meanwhile and was faster.
    if (epoch <= this.#epoch) return;
    this.#image = opened.under(emergencyAt(this.#emergency, Date.now()));
    this.#epoch = epoch;
    await this.#redecide();
  }

  /** Holds from then on for every request and every open tunnel, and ends by the clock of this thread. */
  async emergency(emergency: Emergency): Promise<void> {
    this.#emergency = emergency;
    if (this.#image !== null) await this.#redecide();
  }

  async accountsGone(keys: readonly string[]): Promise<void> {
    const gone = new Set(keys);
    this.#changes.accountsGone(gone);
    this.#plane.signIns.forget(gone);
    this.#grants.forget(gone);
    const image = this.#current();
    const now = Date.now();
    this.#tunnels.closeOf(gone, (tunnel) => {
      const subject = { ip: tunnel.subject.ip, identity: 'unidentified' as const };
      const decision = decide(image, tunnel.facts, subject, noGrants, now);
      // The record is about the person whose tunnel it was.
      if (decision.log) this.#record(image, { tunnel, subject: tunnel.subject, decision }, now);
    });
  }

  async watch(watch: Watch): Promise<void> {
    this.#plane.watches.add(watch);
  }

  async unwatch(id: string): Promise<void> {
    this.#plane.watches.remove(id);
  }

  /** What somebody may do from now on. Nothing that is open already is closed by it. */
  async grant(grants: readonly ContinueGrant[]): Promise<void> {
    const now = Date.now();
    for (const grant of grants) this.#grants.add(grant, now);
  }

  /** Holds from then on for every request and every open tunnel; each ends by the clock of this thread. */
  async share(grants: readonly SharedGrant[]): Promise<void> {
    if (this.#grants.share(grants, Date.now()) && this.#image !== null) await this.#redecide();
  }

  /** Replaces {@link DataPlaneConfig.own}: a server of the directory, say, has got another address. */
  protect(own: readonly Endpoint[]): void {
    this.#rules.protect(own);
  }

  async status(): Promise<ProxyStatus> {
    return {
      name: this.#name,
      epoch: this.#epoch,
      connections: this.#listener.connections,
      tunnels: this.#tunnels.size,
      requests: this.#counters.requests,
      blocks: this.#counters.blocks,
      schools: Object.fromEntries(this.#counters.schools),
    };
  }

  /** Every request from now on is decided by what holds now; resolves when every open tunnel was, too. */
  #redecide(): Promise<void> {
    this.#changes.rules();
    const now = Date.now();
    const image = this.#underEmergency(now);
    this.#grants.dropShared(now);
    const decided = this.#redecideTunnels(image, now, null);
    clearTimeout(this.#boundary);
    const ends = Math.min(emergencyEnd(this.#emergency, now), this.#grants.sharedEnd);
    const next = Math.min(image.nextBoundary(now), ends);
    if (next === Infinity) return decided;
    this.#boundary = setTimeout(() => void this.#redecide(), Math.min(next - now + 1, longestTimer));
    this.#boundary.unref();
    return decided;
  }

  /** Swaps the image where another emergency holds by now. */
  #underEmergency(now: number): Image {
    const image = this.#current();
    if (this.#holds(image, now)) return image;
    this.#image = image.under(emergencyAt(this.#emergency, now));
    return this.#image;
  }

  /** Whether an image is under what holds at a time. */
  #holds({ emergency }: Image, now: number): boolean {
    const holds = emergencyAt(this.#emergency, now);
    return holds === emergency || JSON.stringify(holds) === JSON.stringify(emergency);
  }

  /** The tunnels of some people, or of all. */
  #redecideTunnels(image: Image, now: number, of: ReadonlySet<string> | null): Promise<void> {
    if (of === null) this.#round++;
    const round = this.#round;
    const record = (revocation: Revocation): void => this.#record(image, revocation, now);
    const isLast = (): boolean => this.#round === round;
    return this.#tunnels.redecide(image, this.#plane.grants, now, of, record, isLast);
  }

  #record(image: Image, { tunnel, subject, decision }: Revocation, at: number): void {
    this.#counters.blocks++;
    const grants = this.#plane.grants(keyOf(subject.identity));
    const { facts } = tunnel;
    void this.#plane.journal.append({ image, facts, subject, grants, decision, at, kind: 'repeat' });
  }

  #sweep(now: number): void {
    this.#listener.sweep(now);
    this.#upstream.sweep(now);
    this.#tunnels.sweep(now);
    this.#plane.watches.flush(Date.now());
    this.#plane.sample.flush(Date.now());
    // Somebody has set the clock: the timer of the boundary does not know.
    if (this.#image !== null && !this.#holds(this.#image, Date.now())) void this.#redecide();
    const ended = this.#grants.sweep(Date.now());
    if (ended.size === 0) return;
    // What is being opened by one of them is decided again, too.
    this.#changes.rules();
    void this.#redecideTunnels(this.#current(), Date.now(), ended);
  }

  /** Stops accepting, lets requests under way finish until the deadline, then closes tunnels and the rest. */
  async drain(): Promise<void> {
    const drained = this.#listener.drain(this.#config.proxy.drain);
    this.#tunnels.closeAll();
    await drained;
    this.#plane.sample.end();
    this.close();
  }

  close(): void {
    clearTimeout(this.#boundary);
    this.#clock.stop();
    this.#tunnels.closeAll();
    this.#listener.destroyAll();
    this.#upstream.close();
    this.#names.close();
  }
}

async function openedGently(image: SharedArrayBuffer): Promise<Image> {
  const steps = openInSteps(image);
  for (;;) {
    const step = steps.next();
    // After the last one, too: what comes of the image is work of its own.
    await immediate();
    if (step.done === true) return step.value;
  }
}

/** A fifth: enough for a school of some 500 behind one address, and no one address can take all. */
function sharesOf({ maxConnections, maxConnectionsPerAddress, sharedAddresses }: ProxyOptions) {
  return new ConnectionShares(maxConnectionsPerAddress ?? Math.ceil(maxConnections / 5), sharedAddresses);
}

function upstreamOf(
  config: DataPlaneConfig,
  names: Names,
  rules: AddressRules,
  clock: TickingClock,
  log: Logger,
): Upstream {
  const { proxy, upstream } = config;
  const { maxHeadBytes, maxTargetBytes, maxFields } = proxy;
  return new Upstream(
    names,
    rules,
    {
      ...upstream,
      ...{ maxHeadBytes, maxTargetBytes, maxFields },
      dial: upstream,
      parent: parentOf(upstream.parent),
    },
    clock,
    (error) => log.error({ err: error }, 'a defect ended a connection to an origin'),
  );
}

const noGrants: readonly ContinueGrant[] = [];
const away = new Error('the control thread is being restarted');
const unavailable = Promise.resolve({ kind: 'unavailable' } as const);
