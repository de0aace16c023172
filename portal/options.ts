import { z } from 'zod';
import { listener } from '../threads/listener.ts';

/** Section `portal`: what students and staff see directly. */
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
});

export type PortalOptions = z.output<typeof options>;
