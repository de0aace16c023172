/** What an error page of the proxy can be about. */

/**
 * The proxy's own errors and their statuses (RFC 9110 §15; 431 RFC 6585 §5; 508 RFC 5842 §7.2).
 *
 * `address-refused`, `port-refused` and `client-not-admitted` are 403: the proxy will not, whatever is tried again, and
 * no gateway has failed. What went wrong beyond the proxy is 502, and 504 where only time ran out.
 */
export const errorStatus = Object.freeze({
  'bad-request': 400,
  'client-not-admitted': 403,
  'address-refused': 403,
  'port-refused': 403,
  'method-not-allowed': 405,
  'sign-in-needed': 407,
  'request-timeout': 408,
  'uri-too-long': 414,
  'expectation-failed': 417,
  'sign-in-limited': 429,
  'header-too-large': 431,
  'internal-error': 500,
  'not-implemented': 501,
  'name-not-found': 502,
  'connection-refused': 502,
  'connection-failed': 502,
  'bad-response': 502,
  'parent-unreachable': 502,
  'parent-refused': 502,
  'sign-in-unavailable': 503,
  overloaded: 503,
  timeout: 504,
  'version-not-supported': 505,
  loop: 508,
});

export type ErrorPageCode = keyof typeof errorStatus;

export const errorPageCodes = Object.freeze(Object.keys(errorStatus)) as readonly ErrorPageCode[];

const codeByStatus = new Map<number, ErrorPageCode>([
  [400, 'bad-request'],
  [403, 'client-not-admitted'],
  [405, 'method-not-allowed'],
  [407, 'sign-in-needed'],
  [408, 'request-timeout'],
  [414, 'uri-too-long'],
  [417, 'expectation-failed'],
  [429, 'sign-in-limited'],
  [431, 'header-too-large'],
  [500, 'internal-error'],
  [501, 'not-implemented'],
  [502, 'bad-response'],
  [503, 'overloaded'],
  [504, 'timeout'],
  [505, 'version-not-supported'],
  [508, 'loop'],
]);

/** The page for a status of the wire's table of refusals; `bad-request` for any other 4xx, else `internal-error`. */
export function errorPageCodeOf(status: number): ErrorPageCode {
  return codeByStatus.get(status) ?? (status >= 400 && status < 500 ? 'bad-request' : 'internal-error');
}
