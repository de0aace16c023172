import { z } from 'zod';
import { endpoint, listener } from '../threads/listener.ts';

/** Section `portal`: what students and staff see directly. */
const hostAndPort = endpoint(
  'a host and its port as devices reach them, such as `filter.district.example:3128`',
);

const pac = z
  .strictObject({
    proxy: hostAndPort
      .optional()
      .describe('The proxy as devices reach it; then the portal serves `/proxy.pac` and `/wpad.dat`'),
    direct: z
      .array(z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'a host such as `intranet.district.example`'))
      .default([])
      .describe(
        'Hosts (with their sub-domains) that devices reach without the proxy. Names without a dot and private addresses always are',
      ),
  })
  .prefault({});

export const options = z.strictObject({
  host: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/, 'a name such as `hallpass`')
    .max(253)
    .default('hallpass')
    .describe(
      'Name under which the proxy itself answers with the portal (`http://hallpass/`), never blocked',
    ),
  listen: listener
    .default('127.0.0.1:8081')
    .describe(
      'Address and port of the portal where the proxy is not between; sign-in is asked for there too',
    ),
  pac: pac.describe('The PAC file that tells devices to use the proxy'),
});

export type PortalOptions = z.output<typeof options>;
