/** The cookie of a session, and the token that shows that a request comes from our own pages. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { Request, Response } from 'express';

/** `__Host-`: browsers take it from this origin alone, over TLS (or on loopback), for every path (RFC 6265bis §4.1.3.2). */
const name = '__Host-hallpass';
const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

export function tokenOf(request: Request): string | null {
  const token = parseCookie(request.headers.cookie ?? '')[name];
  return token !== undefined && /^[\w-]{43}$/.test(token) ? token : null;
}

export function giveCookie(response: Response, token: string): void {
  response.append('Set-Cookie', stringifySetCookie({ name, value: token, ...attributes }));
}

export function takeCookie(response: Response): void {
  response.append('Set-Cookie', stringifySetCookie({ name, value: '', ...attributes, maxAge: 0 }));
}

/** Known to whoever can read our answers, which no other origin can. */
export const csrfOf = (token: string): string =>
  createHash('sha256').update(`csrf\n${token}`).digest('base64url');

export function hasCsrf(request: Request, token: string): boolean {
  const [sent, wanted] = [Buffer.from(request.get('x-csrf-token') ?? ''), Buffer.from(csrfOf(token))];
  return sent.length === wanted.length && timingSafeEqual(sent, wanted);
}

/**
 * Whether a browser says that another site's page sent it; a page of another scheme is another site. Programs that are no
 * browsers say neither. `Sec-Fetch-Site: none` is somebody typing the address, which never changes anything.
 */
export function isForeign(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') return true;
  const origin = request.get('origin');
  return origin !== undefined && origin !== ownOrigin(request);
}

/** As browsers write it (RFC 6454 §6.2): by the connection, which nothing stands before, and without the usual port. */
function ownOrigin(request: Request): string | null {
  const own = `${request.socket instanceof TLSSocket ? 'https' : 'http'}://${request.get('host') ?? ''}`;
  return URL.canParse(own) ? new URL(own).origin : null;
}
