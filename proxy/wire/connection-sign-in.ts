/**
 * Origins that sign in connections instead of requests (NTLM, Negotiate; RFC 4559 §6). Such a connection is one person's,
 * and handing it to the next would hand over who that is.
 */
import type { RequestHead, ResponseHead } from './head.ts';

/** Schemes that sign in each request by itself; any other may sign in the connection. */
const perRequest = /^(?:basic|digest|bearer)[ ,]/i;
const perConnection = /\b(?:ntlm|negotiate|kerberos)\b/i;

/** Whether the request may sign in the connection that it is sent on. */
export function maySignInConnection({ fields }: RequestHead): boolean {
  const authorization = fields.list('authorization');
  return authorization !== undefined && !perRequest.test(authorization);
}

/** Whether the origin asks for the sign-in of a connection, or answers to one. */
export function signsInConnections({ fields }: ResponseHead): boolean {
  const challenge = fields.list('www-authenticate');
  return challenge !== undefined && perConnection.test(challenge);
}
