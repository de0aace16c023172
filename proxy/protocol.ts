/** What the control thread asks of a proxy thread, and what a proxy thread asks of it, over one MessagePort. */
import type { Action, ContinueGrant, SharedGrant } from '../policy/decision.ts';
import type { Emergency } from '../policy/emergency.ts';
import type { CellKey } from '../policy/sample.ts';
import type { Person } from '../policy/subject.ts';
import type { DirectoryApi } from '../directory/protocol.ts';

/** A compiled edition on its way to the proxy threads. All of them read the one buffer. */
export interface Publication {
  readonly image: SharedArrayBuffer;
  /** A later publication has a greater number, also after the control thread was restarted. */
  readonly epoch: number;
}

/** A client whose decisions somebody looks at: a person, else a device. */
export interface Watch {
  readonly id: string;
  /** Key; null for a device. */
  readonly person: string | null;
  /** Canonical address; null for a person. */
  readonly ip: string | null;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** One decision of a watched client. */
export interface WatchedLine {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly ip: string;
  readonly login: string | null;
  readonly method: string;
  /** Without query. */
  readonly address: string;
  /** `sign-in`: the client was asked who it is. */
  readonly action: Action | 'sign-in';
  readonly rule: string | null;
  readonly clause: string | null;
  readonly enforced: boolean;
  /** Further decisions that were too many to tell. */
  readonly left: number;
}

/** A part of a cell of the sample: what one thread has seen of it since it last told. */
export interface SampledCell extends CellKey {
  readonly count: number;
  /** A sketch of policy/kmv.ts. */
  readonly people: readonly number[];
}

export interface ProxyStatus {
  /** The thread's name in logs, such as `proxy-1`. */
  readonly name: string;
  /** Of the image in force there; 0 before the first. */
  readonly epoch: number;
  /** Client connections open now. */
  readonly connections: number;
  /** Tunnels and upgraded connections open now. */
  readonly tunnels: number;
  /** Requests since the thread started. */
  readonly requests: number;
  /** Block pages and refused tunnels since the thread started. */
  readonly blocks: number;
  /** Requests by school since the thread started, from networks that the policy gives to schools. */
  readonly schools: Readonly<Record<string, number>>;
}

/** Calls of the control thread to a proxy thread. An answer means that the change holds for every request from then on. */
export interface ProxyControl {
  publish(publication: Publication): Promise<void>;
  /** The accounts with these keys are disabled or gone: forget them, and decide their open tunnels again. */
  accountsGone(keys: readonly string[]): Promise<void>;
  /** What is put over the policy, in the place of what was told before. */
  emergency(emergency: Emergency): Promise<void>;
  /** Tells of the decisions of a client until its time is over. */
  watch(watch: Watch): Promise<void>;
  unwatch(id: string): Promise<void>;
  /** New grants: from then on they count. */
  grant(grants: readonly ContinueGrant[]): Promise<void>;
  /** What somebody in charge has opened for others, in the place of what was told before. */
  share(grants: readonly SharedGrant[]): Promise<void>;
  status(): Promise<ProxyStatus>;
}

/** A request to the reserved name of the portal, on its way from a proxy thread or the portal's own listener. */
export interface PortalRequest {
  readonly method: string;
  /** As sent; begins with `/`. */
  readonly path: string;
  /** As sent, without `?`. */
  readonly query: string;
  readonly contentType: string | null;
  readonly acceptLanguage: string | null;
  readonly body: Uint8Array;
  /** Canonical client address. */
  readonly ip: string;
  /** Who the directory says that it is; null for nobody. */
  readonly person: Person | null;
  /** Where they signed in. */
  readonly signedInBy: 'proxy' | 'portal';
}

export interface PortalResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

export interface PortalApi {
  portal(request: PortalRequest): Promise<PortalResponse>;
}

export interface WatchApi {
  watched(id: string, lines: readonly WatchedLine[]): Promise<void>;
}

export interface SampleApi {
  /** @param hour epoch milliseconds at which it began */
  sampled(hour: number, cells: readonly SampledCell[]): Promise<void>;
}

/** Calls of a proxy thread to the control thread. */
export type ControlForProxy = DirectoryApi & PortalApi & WatchApi & SampleApi;
