import { z } from 'zod';

const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A span of time as people write it (`500ms`, `30s`, `5m`, `12h`, `90d`), or a number of milliseconds; read as milliseconds. */
export const duration = z.union([z.int().min(0), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const [, count, name] = /^(\d+)(ms|s|m|h|d)$/.exec(value) ?? [];
  if (count !== undefined && name !== undefined) return Number(count) * unit[name as keyof typeof unit];
  context.addIssue({ code: 'custom', message: 'a duration such as `30s`, `5m`, `12h` or `90d`' });
  return z.NEVER;
});
