/**
 * Heads of HTTP/1.1 messages, parsed by hand (RFC 9112 §2 to §5). A head arrives as latin1 text without its final empty
 * line: one regular expression passes heads without stray control characters, so that the loop over lines only has to split.
 */
import { Fields } from './fields.ts';
import { Refused } from './refusals.ts';

/** 10 for HTTP/1.0, 11 for HTTP/1.1. */
export type Version = 10 | 11;

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly version: Version;
  readonly fields: Fields;
}

export interface ResponseHead {
  readonly version: Version;
  readonly status: number;
  /** May be empty. */
  readonly reason: string;
  readonly fields: Fields;
}

export interface HeadLimits {
  readonly maxTargetBytes: number;
  readonly maxFields: number;
}

/** A head without strays. Twice as fast as looking for one, and what is rare may be slow. */
const clean = /^[\t\x20-\x7e\x80-\xff]*(?:\r\n[\t\x20-\x7e\x80-\xff]*)*$/;
// eslint-disable-next-line no-control-regex -- these are the characters that no head may hold
const straysInHead = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Visible ASCII: what a request target may be made of at all. */
const visible = /^[\x21-\x7e]+$/;

/** @throws Refused when the head is not exactly one well-formed HTTP/1.0 or HTTP/1.1 request head. */
export function parseRequestHead(text: string, limits: HeadLimits): RequestHead {
  refuseStrays(text);
  const lineEnd = endOfLine(text, 0);
  const methodEnd = text.indexOf(' ');
  const targetEnd = methodEnd < 0 ? -1 : text.indexOf(' ', methodEnd + 1);
  if (targetEnd < 0 || targetEnd > lineEnd || targetEnd === methodEnd + 1)
    throw new Refused('bad-request-line');
  const method = text.slice(0, methodEnd);
  if (!token.test(method)) throw new Refused('bad-method');
  const version = requestVersion(text.slice(targetEnd + 1, lineEnd));
  const target = text.slice(methodEnd + 1, targetEnd);
  if (target.length > limits.maxTargetBytes) throw new Refused('target-too-long');
  if (!visible.test(target)) throw new Refused('bad-target');
  const fields = parseFields(text, lineEnd + 2, limits.maxFields, false);
  return { method, target, version, fields };
}

const noFields = new Fields();
for (const each of [noFields.names, noFields.keys, noFields.values]) Object.freeze(each);

/** A head of these and no fields; null where {@link parseRequestHead} would refuse it, and say why. */
export function bareHead(method: string, target: string, { maxTargetBytes }: HeadLimits): RequestHead | null {
  if (target.length > maxTargetBytes || !visible.test(target) || !token.test(method)) return null;
  return { method, target, version: 11, fields: noFields };
}

/** @throws Refused when the head is not exactly one well-formed HTTP/1.0 or HTTP/1.1 response head. */
export function parseResponseHead(text: string, limits: HeadLimits): ResponseHead {
  refuseStrays(text);
  const lineEnd = endOfLine(text, 0);
  const version = text.startsWith('HTTP/1.1 ') ? 11 : text.startsWith('HTTP/1.0 ') ? 10 : undefined;
  if (version === undefined || lineEnd < 12) throw new Refused('bad-status-line');
  const status = threeDigits(text, 9);
  if (status < 0 || (lineEnd > 12 && text.charCodeAt(12) !== 0x20)) throw new Refused('bad-status-line');
  if (status < 100 || status > 599) throw new Refused('bad-status');
  const fields = parseFields(text, lineEnd + 2, limits.maxFields, true);
  return { version, status, reason: text.slice(13, lineEnd), fields };
}

function refuseStrays(text: string): void {
  if (clean.test(text)) return;
  const stray = text.search(straysInHead);
  const code = text.charCodeAt(stray);
  throw new Refused(code === 0x0d || code === 0x0a ? 'bare-cr-or-lf' : 'control-character');
}

function requestVersion(text: string): Version {
  if (text === 'HTTP/1.1') return 11;
  if (text === 'HTTP/1.0') return 10;
  throw new Refused(/^HTTP\/\d\.\d$/.test(text) ? 'version-not-supported' : 'bad-version');
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\r\n', from);
  return end < 0 ? text.length : end;
}

function threeDigits(text: string, at: number): number {
  let number = 0;
  for (let i = at; i < at + 3; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/**
 * Field lines from `from` to the end of `text`. White space before the colon is removed from responses, as a proxy must
 * (RFC 9112 §5.1), and refused in requests.
 */
function parseFields(text: string, from: number, maxFields: number, lenient: boolean): Fields {
  const fields = new Fields();
  for (let start = from; start < text.length;) {
    const end = endOfLine(text, start);
    const first = text.charCodeAt(start);
    if (first === 0x20 || first === 0x09) throw new Refused('folded-field');
    const colon = text.indexOf(':', start);
    if (colon < 0 || colon > end) throw new Refused('bad-field-line');
    const name = lenient ? withoutOws(text, start, colon) : text.slice(start, colon);
    if (!token.test(name)) throw new Refused('bad-field-name');
    fields.add(name, withoutOws(text, colon + 1, end));
    if (fields.names.length > maxFields) throw new Refused('too-many-fields');
    start = end + 2;
  }
  return fields;
}

/** The text between `from` and `to` without surrounding spaces and tabs; `trim()` would also take NBSP and others. */
function withoutOws(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isOws = (code: number): boolean => code === 0x20 || code === 0x09;
