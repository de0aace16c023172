/**
 * Heads as they leave: always written anew from the parsed message, never passed through. Hop-by-hop fields go
 * (RFC 9110 §7.6.1), framing is ours, Host is made from the canonical target, `Proxy-Authorization` never leaves.
 */
import type { OwnResponse } from '../downstream.ts';
import { signsInConnections } from './connection-sign-in.ts';
import type { Fields } from './fields.ts';
import type { BodyLength } from './framing.ts';
import type { RequestHead, ResponseHead } from './head.ts';
import { withOneForwardFewer } from './max-forwards.ts';

/** Fields of one hop, or fields that are always written anew. */
const neverForwarded: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'host',
  'via',
  'proxy-authorization',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-support',
  'http2-settings',
  'alt-svc',
]);

export interface Via {
  /** Our pseudonym in `Via` (RFC 9110 §7.6.3), or null to leave the field as it came. */
  readonly pseudonym: string | null;
}

/** Fields named by `Connection`, in lower case. A framing field named there is not thereby removed: ours stands. */
function connectionTokens(fields: Fields): readonly string[] {
  const value = fields.list('connection');
  if (value === undefined) return [];
  return value.toLowerCase().split(',').map(trim);
}
const trim = (text: string): string => text.trim();

function endToEnd(fields: Fields): string {
  const named = connectionTokens(fields);
  const { keys, names, values } = fields;
  let text = '';
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (!neverForwarded.has(key) && !named.includes(key)) text += `${names[i]}: ${values[i]}\r\n`;
  }
  return text;
}

function viaField(fields: Fields, version: number, via: Via): string {
  const before = fields.list('via');
  if (via.pseudonym === null) return before === undefined ? '' : `Via: ${before}\r\n`;
  const ours = `${version === 11 ? '1.1' : '1.0'} ${via.pseudonym}`;
  return `Via: ${before === undefined ? ours : `${before}, ${ours}`}\r\n`;
}

function framingField(length: BodyLength, always: boolean): string {
  if (length === 'chunked') return 'Transfer-Encoding: chunked\r\n';
  if (length === 'until-close' || (length === 0 && !always)) return '';
  return `Content-Length: ${length}\r\n`;
}

/** What of a request is not taken from the client's head as it is. */
export interface Rewritten {
  /** Canonical `host[:port]` for Host. */
  readonly authority: string;
  /** The target as the next one on the way takes it; path and query byte for byte what the client sent. */
  readonly target: string;
  /** Field lines for the next one on the way alone; empty, or each with its CRLF. */
  readonly fields: string;
  readonly length: BodyLength;
  readonly via: Via;
  /** Protocol to switch to, when a decision allowed it. */
  readonly upgrade: string | undefined;
}

export function requestHeadText(head: RequestHead, rewritten: Rewritten): string {
  const { authority, target, fields, length, via, upgrade } = rewritten;
  // A body of length 0 is stated where the client stated it: servers ask for it on POST (RFC 9110 §8.6).
  const stated = length !== 0 || head.fields.has('content-length');
  const connection = upgrade === undefined ? '' : `Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n`;
  return (
    `${head.method} ${target} HTTP/1.1\r\nHost: ${authority}\r\n` +
    endToEnd(withOneForwardFewer(head)) +
    viaField(head.fields, head.version, via) +
    fields +
    framingField(length, stated) +
    `${connection}\r\n`
  );
}

/**
 * @param length how the body will be framed towards the client
 * @param connection `close`, `keep-alive` (said to HTTP/1.0 clients), or undefined where silence means keep-alive
 */
export function responseHeadText(
  head: ResponseHead,
  length: BodyLength,
  requestMethod: string,
  connection: 'close' | 'keep-alive' | undefined,
  via: Via,
): string {
  const reason = head.reason === '' ? reasonOf(head.status) : head.reason;
  return (
    `HTTP/1.1 ${head.status} ${reason}\r\n` +
    endToEnd(head.fields) +
    viaField(head.fields, head.version, via) +
    responseFraming(head, length, requestMethod) +
    (signsInConnections(head) ? sessionSupport(connection) : connectionField(connection)) +
    '\r\n'
  );
}

const connectionField = (value: string | undefined): string =>
  value === undefined ? '' : `Connection: ${value}\r\n`;

/** Clients sign in a connection through a proxy only when it says that it keeps them apart (RFC 4559 §6). */
const sessionSupport = (connection: string | undefined): string =>
  'Proxy-Support: Session-Based-Authentication\r\n' +
  connectionField(connection === undefined ? 'Proxy-Support' : `${connection}, Proxy-Support`);

/** A response to HEAD and a 304 keep the length that a GET would have had; 1xx and 204 may not state one. */
function responseFraming(head: ResponseHead, length: BodyLength, requestMethod: string): string {
  if (head.status < 200 || head.status === 204) return '';
  if (requestMethod === 'HEAD' || head.status === 304) {
    const stated = head.fields.get('content-length');
    return stated !== undefined && /^\d{1,15}$/.test(stated) ? `Content-Length: ${Number(stated)}\r\n` : '';
  }
  return framingField(length, true);
}

/** The head of an answer of our own. */
export function ownHeadText(response: OwnResponse, connection: 'close' | 'keep-alive' | undefined): string {
  let text = `HTTP/1.1 ${response.status} ${reasonOf(response.status)}\r\n`;
  for (const [name, value] of response.headers) text += `${name}: ${value}\r\n`;
  text += `Date: ${new Date().toUTCString()}\r\n`;
  if (response.status !== 204) text += `Content-Length: ${response.body.length}\r\n`;
  return connection === undefined ? `${text}\r\n` : `${text}Connection: ${connection}\r\n\r\n`;
}

/** A 101 as it came from the origin: the fields of the handshake end to end, and the switch itself. */
export function switchingHeadText(head: ResponseHead, upgrade: string): string {
  return `HTTP/1.1 101 Switching Protocols\r\n${endToEnd(head.fields)}Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`;
}

/** Any other interim response. */
export function interimHeadText(head: ResponseHead): string {
  return `HTTP/1.1 ${head.status} ${head.reason === '' ? reasonOf(head.status) : head.reason}\r\n${endToEnd(head.fields)}\r\n`;
}

const reasons: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'Switching Protocols',
  102: 'Processing',
  103: 'Early Hints',
  200: 'OK',
  204: 'No Content',
  400: 'Bad Request',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  508: 'Loop Detected',
};

export const reasonOf = (status: number): string => reasons[status] ?? 'Status';
