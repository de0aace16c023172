/** Amounts of data as people write them: `500B`, `64KB`, `10MB`, `1GB`; a kilobyte has 1,024 bytes. */
import { z } from 'zod';

const units = new Map([
  ['B', 1],
  ['KB', 1_024],
  ['MB', 1_048_576],
  ['GB', 1_073_741_824],
]);

/** A size as text, or a number of bytes; read as bytes. */
export const size = z.union([z.int().min(0), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const [, count, unit = ''] = /^(\d{1,6})([KMG]?B)$/.exec(value) ?? [];
  const bytes = units.get(unit);
  if (count !== undefined && bytes !== undefined) return Number(count) * bytes;
  context.addIssue({ code: 'custom', message: 'a size such as `64KB`, `10MB` or `1GB`' });
  return z.NEVER;
});

/** Bytes in the largest unit that writes them whole. */
export function formatSize(bytes: number): string {
  const [name, unit] = [...units].findLast(([, each]) => bytes !== 0 && bytes % each === 0) ?? ['B', 1];
  return `${String(bytes / unit)}${name}`;
}
