/** Spans of time as people write them: `500ms`, `30s`, `5m`, `12h`, `90d`. */
import { z } from 'zod';

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

const sizes = new Map<string, number>(units);

/** A span as text, or a number of milliseconds; read as milliseconds. */
export const duration = z.union([z.int().min(0), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const [, count, unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(value) ?? [];
  const size = sizes.get(unit);
  if (count !== undefined && size !== undefined) return Number(count) * size;
  context.addIssue({ code: 'custom', message: 'a duration such as `30s`, `5m`, `12h` or `90d`' });
  return z.NEVER;
});

/** A span of at least `least` and at most `most` milliseconds. */
export const durationBetween = (least: number, most: number) =>
  duration.pipe(
    z
      .int()
      .min(least, `at least ${formatDuration(least)}`)
      .max(most, `at most ${formatDuration(most)}`),
  );

/** Milliseconds in the largest unit that writes them whole. */
export function formatDuration(ms: number): string {
  const [name, size] = units.find(([, unit]) => ms !== 0 && ms % unit === 0) ?? ['ms', 1];
  return `${ms / size}${name}`;
}
