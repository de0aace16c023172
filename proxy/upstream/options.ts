/** How names are resolved (`dns`) and how origins are reached (`upstream`). */
import { isIP } from 'node:net';
import { z } from 'zod';
import { durationBetween } from '../../policy/model/duration.ts';
import { endpoint } from '../../threads/listener.ts';
import { parseCidr, parseCidrPort } from './cidr.ts';

const span = (least: number, most: number, value: number) => durationBetween(least, most).default(value);

const address = z
  .string()
  .refine((text) => isIP(text) !== 0, 'an IP address such as `10.1.2.3` or `fd00::3`');

const hostName = z
  .string()
  .max(253)
  .regex(/^[\w-]{1,63}(\.[\w-]{1,63})*$/, 'a host name without port, such as `library.example.org`')
  .toLowerCase();

const server = z
  .string()
  .refine(
    isServer,
    'the IP address of a DNS server, such as `10.0.0.53`, `10.0.0.53:5353` or `[fd00::53]:5353`',
  );

/** A string that `parse` can read; what it throws is the message. */
const readable = (parse: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    }
  });

/** A range of addresses, or one address, without port. */
export const cidr = readable(parseCidr);

export const dnsOptions = z.strictObject({
  hosts: z
    .record(hostName, z.union([address, z.array(address).min(1).max(16)]))
    .default({})
    .describe('names with fixed addresses, asked before the hosts file and DNS'),
  hostsFile: z.string().min(1).default('/etc/hosts').describe('hosts file, read again when it changes'),
  servers: z.array(server).max(8).default([]).describe("DNS servers; the system's when empty"),
  timeout: span(100, 60_000, 5_000).describe(
    'how long a request waits for DNS; 800 ms while no server has ever answered',
  ),
  negativeTtl: span(0, 3_600_000, 30_000).describe('how long "there is no such name" is remembered'),
  minTtl: span(0, 300_000, 1_000).describe('answers are remembered at least this long, whatever their TTL'),
  maxTtl: span(1_000, 604_800_000, 3_600_000).describe('answers are remembered at most this long'),
  cacheSize: z.int().min(1).max(1_000_000).default(20_000).describe('names remembered per proxy thread'),
  maxInFlight: z
    .int()
    .min(1)
    .max(65_536)
    .default(1_024)
    .describe(
      'names asked of DNS at once per proxy thread; beyond, a request fails at once. Crisis help and testing have a tenth on top',
    ),
  maxInFlightPerClient: z
    .int()
    .min(1)
    .max(65_536)
    .default(64)
    .describe(
      'names asked of DNS at once per proxy thread for one person, or for one address where nobody has signed in; to be raised where a whole school without sign-in shares one address',
    ),
});

const hostPort = endpoint('a host and its port, such as `proxy.region.example:8080` or `10.1.2.3:8080`');

const parent = z
  .strictObject({
    address: hostPort
      .optional()
      .describe(
        'Proxy of a regional network that everything goes through; none: origins are reached directly',
      ),
    user: z
      .string()
      .min(1)
      .regex(/^[^:\p{Cc}]+$/u, 'a name without `:`')
      .optional()
      .describe('Name by which Hallpass signs in to it (Basic), where it asks'),
    passwordFile: z.string().min(1).optional().describe('File with the password of `user`'),
    password: z.string().min(1).optional().describe('Password of `user`; better by environment or file'),
    except: z
      .array(readable(readException))
      .default([])
      .describe(
        'Hosts (with their sub-domains) and ranges of addresses that are reached directly, such as those of the district. Names without a dot, names with a fixed address, and addresses that are not public always are',
      ),
  })
  .prefault({});

export const upstreamOptions = z.strictObject({
  allow: z
    .array(readable(parseCidrPort))
    .default([])
    .describe('private, loopback and other special addresses that may be reached, as `CIDR[:port]`'),
  parent,
  connectTimeout: span(100, 120_000, 10_000).describe(
    'how long all attempts to connect to an origin may take',
  ),
  attemptDelay: span(10, 5_000, 250).describe('head start of one address over the next (RFC 8305)'),
  responseTimeout: span(1_000, 3_600_000, 60_000).describe('how long the head of a response may take'),
  bodyIdleTimeout: span(1_000, 3_600_000, 120_000).describe('how long a body may stand still'),
  keepAlive: span(0, 600_000, 30_000).describe('how long an idle connection to an origin is kept'),
  maxIdlePerOrigin: z
    .int()
    .min(0)
    .max(65_536)
    .default(64)
    .describe('idle connections kept for one origin per proxy thread'),
  maxIdle: z
    .int()
    .min(0)
    .max(65_536)
    .default(1_024)
    .describe('idle connections kept in all per proxy thread'),
});

export type DnsOptions = z.infer<typeof dnsOptions>;
export type UpstreamOptions = z.infer<typeof upstreamOptions>;

/** A name of a host, or a range of addresses. @throws Error saying what is wrong */
function readException(text: string): void {
  if (isIP(text.split('/', 1)[0] ?? '') !== 0) parseCidr(text);
  else if (!hostName.safeParse(text).success)
    throw new Error('a host such as `district.example`, or a range of addresses such as `10.0.0.0/8`');
}

/** `address`, `address:port` or `[address]:port`, as the resolver takes them. */
function isServer(text: string): boolean {
  if (isIP(text) !== 0) return true;
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  return isIP(v6 ?? v4 ?? '') === (v6 === undefined ? 4 : 6) && Number(port) >= 1 && Number(port) <= 65_535;
}
