import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { errorPageOf } from '../../proxy/failures.ts';
import { errorStatus } from '../../proxy/pages/errors.ts';
import type { OriginFailure } from '../../proxy/upstream/upstream.ts';

const module = (path: string) =>
  JSON.stringify(new URL(`../../proxy/upstream/${path}`, import.meta.url).href);

/** Resolves a name and dials an address, first with descriptors to be had and then without. */
const program = `
  import { openSync } from 'node:fs';
  const { Names } = await import(${module('names.ts')});
  const { dial } = await import(${module('dial.ts')});
  const { AddressRules } = await import(${module('address-rules.ts')});
  const { dnsOptions, upstreamOptions } = await import(${module('options.ts')});
  const names = new Names(dnsOptions.parse({ servers: ['127.10.0.53:9'], hostsFile: '/nonexistent' }));
  const rules = new AddressRules({ allow: ['127.10.0.0/16'], own: [] });
  const asker = { client: 'ann', exempt: false };
  const resolve = async (host) => 'name-' + (await names.resolve(host, asker).answer).code;
  const target = { host: 'a.test', port: 9, addresses: ['127.10.0.1'] };
  const connect = () =>
    new Promise((done) => dial(target, rules, upstreamOptions.parse({}), ({ code }) => done(code)));
  const found = [await resolve('a.test'), await connect()];
  try { for (;;) openSync('/dev/null'); } catch {}
  process.stdout.write(JSON.stringify([...found, await resolve('b.test'), await connect()]));`;

describe('a failure to reach an origin', () => {
  it('for want of descriptors is ours: 503, and not the 502 of a name or an origin that is not there', async () => {
    const limited = 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"';
    const { stdout } = await promisify(execFile)('sh', ['-c', limited, process.execPath, program]);
    const failures = JSON.parse(stdout) as OriginFailure[];
    expect(failures).toEqual(['name-timeout', 'connect-refused', 'name-no-sockets', 'no-sockets']);
    expect(failures.map((failure) => errorStatus[errorPageOf(failure)])).toEqual([502, 502, 503, 503]);
  });

  it('for want of room is ours as well', () => {
    for (const failure of ['name-overloaded', 'name-over-share'] as const)
      expect(errorPageOf(failure)).toBe('overloaded');
  });
});
