/**
 * Every reason for which the wire refuses a message: one row each. A refused request is answered with `status` and the
 * connection closes, so that no byte of a message that two parsers may read differently is ever reused; a refused
 * response (section `response`) ends the upstream connection and becomes 502.
 */

export interface RefusalRow {
  readonly status: 400 | 403 | 405 | 408 | 414 | 417 | 431 | 501 | 502 | 505;
  /** Where the rule stands. */
  readonly source: string;
  /** What is wrong, for the page and the log. */
  readonly text: string;
}

const row = (status: RefusalRow['status'], source: string, text: string): RefusalRow => ({
  status,
  source,
  text,
});

export const refusals = {
  // The head as a whole
  'bare-cr-or-lf': row(400, 'RFC 9112 §2.2', 'a line ends in something other than CRLF'),
  'control-character': row(400, 'RFC 9110 §5.5', 'the head holds a control character'),
  'head-too-large': row(431, 'RFC 6585 §5', 'the head is longer than `proxy.maxHeadBytes`'),
  'too-many-fields': row(431, 'RFC 6585 §5', 'the head has more fields than `proxy.maxFields`'),
  'head-timeout': row(408, 'RFC 9110 §15.5.9', 'the head did not arrive within `proxy.headTimeout`'),
  // Request line
  'bad-request-line': row(400, 'RFC 9112 §3', 'the request line is not `method SP target SP HTTP-version`'),
  'bad-method': row(400, 'RFC 9110 §9.1', 'the method is not a token'),
  'bad-version': row(400, 'RFC 9112 §2.3', 'the version is not `HTTP/1.0` or `HTTP/1.1`'),
  'version-not-supported': row(505, 'RFC 9110 §15.6.6', 'only HTTP/1.0 and HTTP/1.1 are spoken here'),
  'target-too-long': row(414, 'RFC 9112 §3', 'the request target is longer than `proxy.maxTargetBytes`'),
  'method-not-allowed': row(405, 'RFC 9110 §9.3.8', 'TRACE is not passed on'),
  // Request target
  'bad-target': row(400, 'RFC 9112 §3.2', 'the request target holds a character that no URI may hold'),
  'origin-form': row(400, 'RFC 9112 §3.2.2', 'a request to a proxy must name the whole URI'),
  'bad-scheme': row(400, 'RFC 9112 §3.2.2', 'only `http:` URIs are proxied; use CONNECT for others'),
  userinfo: row(400, 'RFC 9110 §4.2.4', 'the URI holds user information'),
  fragment: row(400, 'RFC 9112 §3.2', 'the request target holds a fragment'),
  'bad-authority': row(400, 'RFC 3986 §3.2', 'the authority is not `host [":" port]`'),
  'bad-port': row(400, 'RFC 3986 §3.2.3', 'the port is not a number from 1 to 65535'),
  'bad-host': row(400, 'RFC 3986 §3.2.2', 'the host is neither a name nor an address'),
  'too-many-inner': row(403, 'RFC 9110 §15.5.4', 'more addresses lie inside the URI than are looked at'),
  'asterisk-form': row(400, 'RFC 9112 §3.2.4', '`*` is a target of OPTIONS only'),
  'authority-form': row(400, 'RFC 9112 §3.2.3', 'CONNECT takes `host:port` and no other method does'),
  // Fields
  'folded-field': row(400, 'RFC 9112 §5.2', 'a field is folded over several lines'),
  'bad-field-line': row(400, 'RFC 9112 §5', 'a field line is not `name ":" value`'),
  'bad-field-name': row(400, 'RFC 9110 §5.1', 'a field name is not a token'),
  'host-missing': row(400, 'RFC 9112 §3.2', 'an HTTP/1.1 request has no Host'),
  'host-repeated': row(400, 'RFC 9112 §3.2', 'there is more than one Host'),
  'host-invalid': row(400, 'RFC 9112 §3.2', 'Host is not `host [":" port]`'),
  'host-differs': row(400, 'RFC 9112 §3.2.3', 'Host differs from the target of CONNECT'),
  'expectation-failed': row(417, 'RFC 9110 §10.1.1', 'only `100-continue` may be expected'),
  'bad-max-forwards': row(400, 'RFC 9110 §7.6.2', 'Max-Forwards of OPTIONS is not one decimal number'),
  // Framing
  'length-and-encoding': row(400, 'RFC 9112 §6.3', 'Content-Length and Transfer-Encoding are both there'),
  'bad-content-length': row(400, 'RFC 9110 §8.6', 'Content-Length is not one decimal number'),
  'bad-transfer-encoding': row(
    501,
    'RFC 9112 §6.1',
    'the only transfer coding understood is `chunked`, once',
  ),
  'encoding-in-1.0': row(400, 'RFC 9112 §6.1', 'an HTTP/1.0 message has a Transfer-Encoding'),
  'body-in-connect': row(400, 'RFC 9110 §9.3.6', 'CONNECT has no body'),
  'incomplete-body': row(400, 'RFC 9112 §8', 'the connection ended before the body did'),
  'body-timeout': row(408, 'RFC 9110 §15.5.9', 'the body stood still for `upstream.bodyIdleTimeout`'),
  'bad-chunk': row(400, 'RFC 9112 §7.1', 'a chunk is malformed'),
  'chunk-extensions-too-long': row(400, 'RFC 9112 §7.1.1', 'the chunk extensions are longer than 16 KiB'),
  'bad-trailer': row(400, 'RFC 9112 §7.1.2', 'the trailer section is malformed or longer than 16 KiB'),
  // Responses
  'bad-status-line': row(502, 'RFC 9112 §4', 'the status line is malformed'),
  'bad-status': row(502, 'RFC 9110 §15', 'the status is not from 100 to 599'),
  'too-many-interim': row(502, 'RFC 9110 §15.2', 'more than eight interim responses'),
  'unasked-101': row(502, 'RFC 9110 §15.2.2', 'protocols were switched that nobody asked to switch'),
} as const satisfies Record<string, RefusalRow>;

export type RefusalCode = keyof typeof refusals;

/** Thrown by every parser of the wire; caught once, by the connection that read the message. */
export class Refused extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode) {
    super(refusals[code].text);
    this.name = 'Refused';
    this.code = code;
  }
}
