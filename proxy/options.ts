import { z } from 'zod';
import { durationBetween } from '../policy/model/duration.ts';
import { listener } from '../threads/listener.ts';
import { badPorts } from './refused-ports.ts';
import { cidr } from './upstream/options.ts';

const [second, minute, hour] = [1_000, 60_000, 3_600_000];

const port = z.int().min(1).max(65_535);

/** Section `proxy`: the data plane. */
export const options = z.strictObject({
  listen: listener.default('127.0.0.1:3128').describe('Address and port on which clients reach the proxy'),
  threads: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Proxy threads; one for each core, and at least two, when absent'),
  clients: z
    .array(cidr)
    .min(1)
    .default([
      '127.0.0.0/8',
      '::1/128',
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      'fc00::/7',
      'fe80::/10',
    ])
    .describe('Networks (CIDR) that may use the proxy; everyone else is refused'),
  connect: z
    .strictObject({
      ports: z
        .array(port)
        .default([443, 8443])
        .describe('Ports to which CONNECT may open a tunnel; no other, whatever `proxy.refusedPorts` says'),
    })
    .prefault({}),
  refusedPorts: z
    .array(port)
    .default([...badPorts])
    .describe(
      'Ports to which no `http:` request and no WebSocket goes: those of other protocols, which browsers refuse as well. An entry of `upstream.allow` opens an address, never a port',
    ),
  via: z.boolean().default(true).describe('Add a `Via` field, by which loops are found too'),
  maxHeadBytes: z
    .int()
    .min(1_024)
    .max(1_048_576)
    .default(65_536)
    .describe('Longest head of a message, in bytes'),
  maxTargetBytes: z.int().min(1_024).max(65_536).default(16_384).describe('Longest request target, in bytes'),
  maxFields: z.int().min(16).max(2_000).default(200).describe('Most fields in one head'),
  maxConnections: z
    .int()
    .min(16)
    .max(1_000_000)
    .default(20_000)
    .describe(
      'Most client connections of one thread, or fewer where there are not file descriptors for two to each; further ones are answered 503 and closed',
    ),
  maxConnectionsPerAddress: z
    .int()
    .min(16)
    .max(1_000_000)
    .optional()
    .describe(
      'Most client connections of one address in one thread; a fifth of `maxConnections` when absent, which is enough for a school behind one address',
    ),
  sharedAddresses: z
    .record(cidr, z.int().min(16).max(1_000_000))
    .default({})
    .describe(
      'Networks (CIDR) in which many devices share an address (NAT), and the most connections of one address there where that is more',
    ),
  headTimeout: durationBetween(second, 5 * minute)
    .default(15 * second)
    .describe('How long the head of a request may take once it has begun'),
  idleTimeout: durationBetween(second, hour)
    .default(65 * second)
    .describe('How long a client connection is kept without a request'),
  tunnelIdleTimeout: durationBetween(10 * second, 24 * hour)
    .default(30 * minute)
    .describe('How long a tunnel may stand still'),
  drain: durationBetween(0, 10 * minute)
    .default(10 * second)
    .describe('How long requests under way may still take after SIGTERM'),
});

export type ProxyOptions = z.output<typeof options>;
