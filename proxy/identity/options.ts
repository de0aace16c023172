import { z } from 'zod';

/** Section `identity`: how people say who they are. */
export const options = z.strictObject({
  basic: z
    .strictObject({
      cleartext: z
        .boolean()
        .default(false)
        .describe(
          'Accept Basic sign-in, which shows passwords to the network, on a listener that is not loopback',
        ),
      realm: z
        .string()
        .regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,64}$/, 'printable ASCII without quotes')
        .default('School network')
        .describe('What a browser shows beside the request for name and password'),
    })
    .prefault({}),
  remembered: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(50_000)
    .describe('Most sign-ins that one proxy thread remembers'),
});

export type IdentityOptions = z.output<typeof options>;
