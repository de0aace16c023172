/** How long a message body is (RFC 9112 §6.3), or why nobody may say. */
import type { Fields } from './fields.ts';
import type { RequestHead, ResponseHead } from './head.ts';
import { Refused } from './refusals.ts';

/** A number of bytes (0: no body), `chunked`, or `until-close` (responses only). */
export type BodyLength = number | 'chunked' | 'until-close';

/** @throws Refused for every framing that two parsers may read differently. */
export function requestBodyLength(head: RequestHead): BodyLength {
  const coded = head.fields.has('transfer-encoding');
  const counted = head.fields.has('content-length');
  if (!coded && !counted) return 0;
  if (head.method === 'CONNECT') throw new Refused('body-in-connect');
  if (coded && counted) throw new Refused('length-and-encoding');
  if (coded) return chunked(head.fields, head.version);
  if (head.fields.count('content-length') > 1) throw new Refused('bad-content-length');
  return contentLength(head.fields.get('content-length') ?? '');
}

/**
 * @param requestMethod method of the request that this response answers
 * @throws Refused for every framing that two parsers may read differently.
 */
export function responseBodyLength(head: ResponseHead, requestMethod: string): BodyLength {
  if (requestMethod === 'HEAD' || head.status < 200 || head.status === 204 || head.status === 304) return 0;
  const coded = head.fields.has('transfer-encoding');
  if (coded && head.fields.has('content-length')) throw new Refused('length-and-encoding');
  if (coded) return chunked(head.fields, head.version);
  const first = head.fields.get('content-length');
  if (first === undefined) return 'until-close';
  const length = contentLength(first);
  // Equal repetitions may be taken as one (RFC 9110 §8.6); servers behind sloppy middleboxes send them.
  for (let i = 0; i < head.fields.keys.length; i++) {
    if (head.fields.keys[i] === 'content-length' && head.fields.values[i] !== first) {
      throw new Refused('bad-content-length');
    }
  }
  return length;
}

function chunked(fields: Fields, version: number): 'chunked' {
  if (version === 10) throw new Refused('encoding-in-1.0');
  const single = fields.count('transfer-encoding') === 1;
  if (!single || fields.get('transfer-encoding')?.toLowerCase() !== 'chunked') {
    throw new Refused('bad-transfer-encoding');
  }
  return 'chunked';
}

function contentLength(value: string): number {
  // 15 digits stay below 2^53.
  if (!/^\d{1,15}$/.test(value)) throw new Refused('bad-content-length');
  return Number(value);
}
