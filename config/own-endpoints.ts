/** What belongs to Hallpass itself, and what nobody may reach through it: its listeners, its directory servers, its parent proxy. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Endpoint } from '../proxy/upstream/own-endpoints.ts';
import { listenAddress } from '../threads/listener.ts';
import type { Config } from './schema.ts';

export interface OwnEndpoints {
  readonly endpoints: readonly Endpoint[];
  /** Hosts that have no address at the moment, and so could not be listed. */
  readonly unresolved: readonly string[];
}

/** Names are resolved now; one that has no answer within `patience` milliseconds counts as unresolved. */
export async function ownEndpoints(config: Config, patience = 3_000): Promise<OwnEndpoints> {
  const places = [...listeners(config), ...config.directory.servers.map(serverPlace), ...parentPlace(config)];
  const found = await Promise.all(
    places.map(async (place) => ({ place, addresses: await resolve(place.host, patience) })),
  );
  return {
    endpoints: found.flatMap(({ place, addresses }) =>
      addresses.map((address) => ({ address, port: place.port })),
    ),
    unresolved: found.filter(({ addresses }) => addresses.length === 0).map(({ place }) => place.host),
  };
}

interface Place {
  readonly host: string;
  readonly port: number;
}

function listeners({ proxy, portal, admin }: Config): readonly Place[] {
  return [proxy.listen, portal.listen, admin.listen].map(listenAddress);
}

function serverPlace(url: string): Place {
  const { protocol, hostname, port } = new URL(url);
  const standard = protocol === 'ldaps:' ? 636 : 389;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? standard : Number(port) };
}

function parentPlace({ upstream: { parent } }: Config): readonly Place[] {
  if (parent.address === undefined) return [];
  return [listenAddress(parent.address)];
}

async function resolve(host: string, patience: number): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const late = new AbortController();
  const answers = lookup(host, { all: true }).then((found) => found.map(({ address }) => address));
  const nothing = pause(patience, [] as string[], { signal: late.signal });
  try {
    return await Promise.race([answers, nothing]);
  } catch {
    return [];
  } finally {
    late.abort();
    nothing.catch(() => undefined);
    answers.catch(() => undefined);
  }
}
