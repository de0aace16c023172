/** How a source of lists is written: in the configuration (`policy.lists.sources`), and by `hallpass lists add`. */
import { z } from 'zod';
import { listFormats } from '../../policy/lists/detect.ts';
import { duration, durationBetween } from '../../policy/model/duration.ts';
import type { DeepReadonly } from '../../policy/deep-readonly.ts';

/** As policy/model/policy.ts has names of categories. */
const category = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'a category such as `games`');

/** Lists are called by the source and their category, `ut1/games`: so no `/`. */
export const sourceName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/,
    'a name of lower-case letters, digits and hyphens, such as `ut1`',
  );

const address = z
  .string()
  .max(2_048)
  .refine((text) => isWebAddress(text), 'an address such as `https://lists.example.org/games.txt`');

const minute = 60_000;
const day = 86_400_000;
const times = /^([01]\d|2[0-3]):([0-5]\d)$/;
const spans = durationBetween(5 * minute, 366 * day);

/** When a source is looked at again. */
export type ListSchedule =
  | { readonly kind: 'every'; readonly every: number }
  /** Minutes after midnight, by the clock of the machine. */
  | { readonly kind: 'at'; readonly minutes: number }
  | { readonly kind: 'never' };

const schedule = z.union([z.string(), duration]).transform((value, context): ListSchedule => {
  if (value === 'never') return { kind: 'never' };
  const [, hours, minutes] = times.exec(String(value)) ?? [];
  if (hours !== undefined) return { kind: 'at', minutes: Number(hours) * 60 + Number(minutes) };
  const span = spans.safeParse(value);
  if (span.success) return { kind: 'every', every: span.data };
  context.addIssue({
    code: 'custom',
    message: 'a duration of at least five minutes such as `24h`, a time of day such as `03:30`, or `never`',
  });
  return z.NEVER;
});

const units = { KB: 1e3, MB: 1e6, GB: 1e9 } as const;

const size = z.string().transform((text, context) => {
  const [, count, unit = ''] = /^(\d{1,6})(KB|MB|GB)$/.exec(text) ?? [];
  const bytes = Number(count) * (units[unit as keyof typeof units] ?? 0);
  if (count !== undefined && bytes >= 1_000 && bytes <= 2e9) return bytes;
  context.addIssue({ code: 'custom', message: 'a size from `1KB` to `2GB`, such as `200MB`' });
  return z.NEVER;
});

const share = z.string().transform((text, context) => {
  const [, percent] = /^(\d{1,3})%$/.exec(text) ?? [];
  if (percent !== undefined && Number(percent) <= 100) return Number(percent) / 100;
  context.addIssue({ code: 'custom', message: 'a share from `0%` to `100%`' });
  return z.NEVER;
});

const fields = z.strictObject({
  url: address.optional().describe('Where it is fetched from'),
  file: z.string().min(1).optional().describe('File, folder or archive that it is read from'),
  format: z.enum(listFormats).optional().describe('How it is written; told by its content unless given'),
  category: category.optional().describe('Category of what names none itself; stands before those of a tree'),
  categories: z
    .record(z.string().min(1).max(128), category)
    .optional()
    .describe('Which of its categories become which of ours; the others are left out'),
  schedule: schedule.prefault('24h').describe('How often it is looked at, or when'),
  checksum: z
    .union([z.string().regex(/^[0-9a-fA-F]{64}$/, 'a SHA-256 of 64 hexadecimal digits'), address])
    .optional()
    .describe('SHA-256 that it must have, or the address of a file that begins with it'),
  maxSize: size.prefault('200MB').describe('How large it may be as it comes'),
  shrink: share
    .prefault('20%')
    .describe('A list that loses more of its entries than this is held back until somebody says yes'),
  user: z
    .string()
    .min(1)
    .regex(/^[^:\p{Cc}]+$/u, 'a name without `:`')
    .optional()
    .describe('Name to sign in with'),
  passwordFile: z.string().min(1).optional().describe('File with the password of `user`'),
});

/** Of one source. */
export const sourceOptions = fields.superRefine((source, context) => {
  const complain = (path: string, message: string): void =>
    void context.addIssue({ code: 'custom', path: [path], message });
  if ((source.url === undefined) === (source.file === undefined))
    complain(source.url === undefined ? 'file' : 'url', 'either `url` or `file`, and not both');
  if (source.category !== undefined && source.categories !== undefined)
    complain('category', 'either one `category` for all, or `categories`');
  if (source.file !== undefined && source.checksum?.includes(':') === true)
    complain('checksum', 'the SHA-256 itself: a file has no address to find it beside');
  if ((source.user === undefined) !== (source.passwordFile === undefined))
    complain('user', '`user` and `passwordFile` together');
  if (source.user !== undefined && source.url?.startsWith('https:') !== true)
    complain('url', 'an `https` address: to another the password would be readable on its way');
});

export type ListSource = DeepReadonly<z.output<typeof sourceOptions>>;
/** As it is written. */
export type ListSourceInput = DeepReadonly<z.input<typeof sourceOptions>>;

/** Section `policy.lists.sources`. */
export const sources = z.record(sourceName, sourceOptions);

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}
