import { z } from 'zod';
import { durationBetween } from '../policy/model/duration.ts';
import { sources } from './lists/options.ts';

const path = z.string().min(1);

/** Section `policy`. Paths are relative to the configuration file; those of the defaults to Hallpass itself. */
export const options = z.strictObject({
  initial: z
    .strictObject({
      policy: path
        .default('rules/starter/policy.yaml')
        .describe('Policy document that is published when the store has none yet'),
      aup: z
        .array(path)
        .min(1)
        .default(['rules/starter/aup.md', 'rules/starter/aup.es.md'])
        .describe('Acceptable use policy that goes with it: the adopted text first, then its translations'),
    })
    .prefault({})
    .describe('What is in force from the first start until a policy is published'),
  closeNow: durationBetween(600_000, 7 * 86_400_000)
    .prefault('24h')
    .describe('When a host that somebody has closed at once opens again unless somebody else approves'),
  lists: z
    .strictObject({
      folders: z
        .array(path)
        .max(64)
        .default(['rules/lists'])
        .describe(
          'Folders whose `*.list` files are in force; where two files share a name, the later folder wins',
        ),
      sources: sources
        .default({})
        .describe(
          'Where further lists come from, by name: each with `url` or `file`, and perhaps `format`, `category` or `categories`, `schedule`, `checksum`, `maxSize`, `shrink`, `user` and `passwordFile`; docs/lists.md explains them',
        ),
    })
    .prefault({})
    .describe('Category lists'),
});
