/** What every exchange of a proxy thread is handed: the parts that outlive a request. */
import type { Logger } from 'pino';
import type { Image } from '../policy/compile/image.ts';
import type { Grant } from '../policy/decision.ts';
import type { DirectoryApi } from '../directory/protocol.ts';
import type { LineLimit } from '../threads/line-limit.ts';
import type { Answers } from './answers.ts';
import type { RememberedSignIns } from './identity/basic.ts';
import type { Changes } from './changes.ts';
import type { PortalApi } from './protocol.ts';
import type { Journal } from './journal.ts';
import type { Sample } from './sample.ts';
import type { TunnelRegistry } from './tunnels.ts';
import type { Watches } from './watches.ts';
import type { Upstream } from './upstream/upstream.ts';
import type { Clock } from './wire/clock.ts';
import type { Via } from './wire/head-writer.ts';

export interface Plane {
  /** The image in force. An exchange keeps the one that it began with. */
  readonly image: () => Image;
  /** What is live for a person, by {@link Person.key}; for null, who is not known, what could be live for anybody. */
  readonly grants: (person: string | null) => readonly Grant[];
  readonly directory: DirectoryApi;
  readonly portal: PortalApi;
  readonly signIns: RememberedSignIns;
  readonly upstream: Upstream;
  readonly tunnels: TunnelRegistry;
  readonly changes: Changes;
  readonly journal: Journal;
  readonly answers: Answers;
  readonly log: Logger;
  /** For lines that any client can cause. */
  readonly lines: LineLimit;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly watches: Watches;
  readonly sample: Sample;
  readonly settings: PlaneSettings;
}

export interface PlaneSettings {
  /** The reserved name of the portal. */
  readonly portalHost: string;
  readonly connectPorts: ReadonlySet<number>;
  readonly refusedPorts: ReadonlySet<number>;
  readonly via: Via;
  /** Milliseconds. */
  readonly tunnelIdleTimeout: number;
}

export interface Counters {
  requests: number;
  blocks: number;
  /** By school, of requests from networks that the policy gives to schools. */
  readonly schools: Map<string, number>;
}
