/** What rules may know of an answer. */
import type { BodySource } from './wire/body.ts';
import type { ResponseHead } from './wire/head.ts';

/**
 * In lower case, without parameters; empty where there is none. Of several the last counts, as browsers have it (Fetch,
 * "extract a MIME type").
 */
export function mediaTypeOf({ fields }: ResponseHead): string {
  const last = fields.list('content-type')?.split(',').at(-1) ?? '';
  return last.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Bytes of the body as it comes; null where the origin does not say. */
export const sizeOf = ({ length }: BodySource): number | null => (typeof length === 'number' ? length : null);
