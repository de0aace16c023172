import { z } from 'zod';

/** Section `admin`. */
export const options = z.strictObject({
  listen: z
    .string()
    .regex(
      /^(\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):\d{1,5}$/,
      'an address and a port such as `127.0.0.1:8080` or `[::1]:8080`',
    )
    .default('127.0.0.1:8080')
    .describe('Address and port of the admin pages'),
});
