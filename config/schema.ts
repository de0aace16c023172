/** The sections of the configuration, each declared by the folder that owns it. */
import { z } from 'zod';
import { options as admin } from '../admin-ui/server/options.ts';
import { options as policy } from '../control/options.ts';
import { options as directory } from '../directory/options.ts';
import { options as identity } from '../proxy/identity/options.ts';
import { options as portal } from '../portal/options.ts';
import { options as proxy } from '../proxy/options.ts';
import { options as pages } from '../pages/options.ts';
import { dnsOptions, upstreamOptions } from '../proxy/upstream/options.ts';
import { options as store } from '../store/options.ts';
import { logLevels } from '../threads/log.ts';
import type { DeepReadonly } from '../policy/deep-readonly.ts';

const log = z.strictObject({
  level: z
    .enum(logLevels)
    .default('info')
    .describe(
      'Least level that is logged. `error` tells of what is broken, `warn` also of what will be, `info` also of starts, stops, publications, refused sign-ins and requests that ended with an error page',
    ),
});

/** The whole configuration; docs/options.md is written from it. */
export const schema = z.strictObject({
  data: z
    .string()
    .min(1)
    .default('data')
    .describe('Folder of everything that Hallpass keeps; below the working directory unless given'),
  log: log.prefault({}).describe('What is logged'),
  proxy: proxy.prefault({}).describe('The data plane'),
  dns: dnsOptions.prefault({}).describe('How names are resolved'),
  upstream: upstreamOptions.prefault({}).describe('How origins are reached'),
  identity: identity.prefault({}).describe('How people say who they are'),
  directory: directory.prefault({}).describe('Who they are'),
  store: store.prefault({}).describe('What is kept of blocks'),
  pages: pages.prefault({}).describe('What block and error pages say'),
  policy: policy.prefault({}).describe('What is in force'),
  portal: portal.prefault({}).describe('What students and staff see directly'),
  admin: admin.prefault({}).describe('The admin pages'),
});

/** Every path in it is absolute. */
export type Config = DeepReadonly<z.output<typeof schema>>;
