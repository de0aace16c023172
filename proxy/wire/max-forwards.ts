/**
 * `Max-Forwards` (RFC 9110 §7.6.2): how often a request may still be passed on. It binds for OPTIONS alone: TRACE is
 * refused, and for other methods it means nothing and is passed on as it came.
 */
import { Fields } from './fields.ts';
import type { RequestHead } from './head.ts';
import { Refused } from './refusals.ts';

const key = 'max-forwards';
const decimal = /^\d{1,15}$/;

/** Times that the request may be passed on, Infinity where it does not say. @throws Refused `bad-max-forwards` */
export function forwardsLeft({ method, fields }: RequestHead): number {
  const value = method === 'OPTIONS' ? fields.list(key) : undefined;
  if (value === undefined) return Infinity;
  if (!decimal.test(value)) throw new Refused('bad-max-forwards');
  return Number(value);
}

/** The fields of a request with one time fewer, where they say how often. */
export function withOneForwardFewer(head: RequestHead): Fields {
  const left = forwardsLeft(head);
  if (left === Infinity) return head.fields;
  const fields = new Fields();
  const { names, keys, values } = head.fields;
  for (const [i, name] of names.entries()) {
    fields.add(name, keys[i] === key ? String(left - 1) : (values[i] ?? ''));
  }
  return fields;
}
