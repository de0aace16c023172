/** What rules may know of an answer. */
import type { BodySource } from './wire/body.ts';
import type { ResponseHead } from './wire/head.ts';

/** Values of a list, parted at the commas outside quoted strings (RFC 9110 §5.6). */
const values = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g;
const type = /^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * In lower case, without parameters; empty where there is none. Of several the last that is a type counts, as browsers have
 * it (Fetch, "extract a MIME type").
 */
export function mediaTypeOf({ fields }: ResponseHead): string {
  const all = fields.list('content-type')?.match(values) ?? [];
  const types = all.map((value) => value.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  return types.findLast((each) => each !== '*/*' && type.test(each)) ?? '';
}

/** Bytes of the body as it comes; null where the origin does not say. */
export const sizeOf = ({ length }: BodySource): number | null => (typeof length === 'number' ? length : null);
