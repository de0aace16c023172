/** The portal at its own address, for where the proxy is not between. Sign-in is Basic there (RFC 7617), as at the proxy. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FormBody } from '../pages/form-body.ts';
import { isPublic } from '../pages/public-paths.ts';
import { canonicalAddress } from '../policy/facts.ts';
import type { Person } from '../policy/subject.ts';
import { listenHttp } from '../threads/http-listener.ts';
import type { HttpListener } from '../threads/http-listener.ts';
import { listenAddress } from '../threads/listener.ts';
import { notice } from './page.ts';
import type { PortalResponse } from './page.ts';
import type { Portal } from './portal.ts';

/** Who an `Authorization` field says it is, verified. */
export type VisitorSignIn =
  | { readonly kind: 'verified'; readonly person: Person }
  /** Nobody who could be verified; `retryAfter` in seconds. */
  | { readonly kind: 'unknown'; readonly retryAfter: number }
  | { readonly kind: 'busy'; readonly retryAfter: number }
  | { readonly kind: 'unavailable' };

export interface PortalListenerParts {
  readonly portal: Portal;
  readonly realm: string;
  /** @param field value of `Authorization`, or null where there is none */
  readonly signIn: (field: string | null, ip: string) => Promise<VisitorSignIn>;
  readonly onError: (error: unknown) => void;
}

/** @throws the error of the operating system when the address cannot be had */
export async function listenPortal(parts: PortalListenerParts, address: string): Promise<HttpListener> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 },
    (request, response) => {
      answer(parts, request, response).catch((error: unknown) => {
        parts.onError(error);
        response.destroy();
      });
    },
  );
  server.maxConnections = 1_024;
  return listenHttp(server, listenAddress(address));
}

async function answer(
  parts: PortalListenerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const acceptLanguage = request.headers['accept-language'] ?? null;
  const voice = parts.portal.voiceFor(acceptLanguage);
  const { problems } = voice.texts;
  const address = request.socket.remoteAddress ?? '';
  const ip = canonicalAddress(address) ?? address;
  const body = await formOf(request);
  if (body === null) return send(request, response, notice(voice, 413, problems.refused));
  const field = request.headers.authorization ?? null;
  const isOpen = isPublic(path);
  const signIn = isOpen && field === null ? null : await parts.signIn(field, ip);
  if (signIn?.kind === 'busy')
    return send(request, response, later(notice(voice, 429, problems.limited), signIn.retryAfter));
  if (signIn?.kind === 'unknown' && !isOpen) {
    const asked = notice(voice, 401, signIn.retryAfter > 0 ? problems.limited : problems.signIn);
    const challenge = `Basic realm="${parts.realm}", charset="UTF-8"`;
    return send(request, response, {
      ...asked,
      headers: [...asked.headers, ['WWW-Authenticate', challenge]],
    });
  }
  const asked = {
    ...{ method: request.method ?? 'GET', path, query, acceptLanguage, body, ip },
    contentType: request.headers['content-type'] ?? null,
    person: signIn?.kind === 'verified' ? signIn.person : null,
    signedInBy: 'portal' as const,
  };
  send(request, response, await parts.portal.answer(asked));
}

const later = (answer: PortalResponse, seconds: number): PortalResponse => ({
  ...answer,
  headers: [...answer.headers, ['Retry-After', String(seconds)]],
});

/** Null where it is longer than any form. */
async function formOf(request: IncomingMessage): Promise<Buffer | null> {
  const form = new FormBody();
  for await (const part of request as AsyncIterable<Buffer>) if (!form.add(part)) return null;
  return form.whole();
}

function send(request: IncomingMessage, response: ServerResponse, answer: PortalResponse): void {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}
