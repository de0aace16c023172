import { z } from 'zod';
import { listener } from '../../threads/listener.ts';

/** Section `admin`. */
export const options = z.strictObject({
  listen: listener.default('127.0.0.1:8080').describe('Address and port of the admin pages'),
});
