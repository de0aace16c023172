import { z } from 'zod';
import { readCidr } from '../../policy/cidr.ts';
import { listener } from '../../threads/listener.ts';

const cidr = z.string().refine((text) => readCidr(text).ok, 'a network such as `10.0.0.0/8`, or an address');

/** Section `admin`. */
export const options = z.strictObject({
  listen: listener.default('127.0.0.1:8080').describe('Address and port of the admin pages'),
  metrics: z
    .strictObject({
      clients: z
        .array(cidr)
        .default(['127.0.0.0/8', '::1/128'])
        .describe('Networks (CIDR) that may read `/metrics`; everyone else is refused'),
    })
    .prefault({}),
});
