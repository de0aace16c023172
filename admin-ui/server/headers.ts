/** On every answer of the admin listener: nothing is framed, sniffed, cached or loaded from elsewhere. */
import { randomBytes } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';

/** For `<style>` elements that the pages make themselves; another one for each page. */
export const nonceOf = (response: Response): string => String(response.locals['nonce']);

const oneYear = 31_536_000;

/** @param tls whether the listener speaks HTTPS: only then may a browser be told to insist on it */
export function securityHeaders(tls: boolean): RequestHandler[] {
  const withNonce: RequestHandler = (_request, response, next) => {
    response.locals['nonce'] = randomBytes(16).toString('base64');
    response.set({
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
      'Cache-Control': 'no-store',
    });
    next();
  };
  const nonce = (_request: unknown, response: unknown): string => `'nonce-${nonceOf(response as Response)}'`;
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", nonce],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'form-action': ["'none'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
        'object-src': ["'none'"],
      },
    },
    strictTransportSecurity: tls ? { maxAge: oneYear, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  return [withNonce, headers];
}
