/** The portal at its own address, for where the proxy is not between. Sign-in is Basic there (RFC 7617), as at the proxy. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FormBody, longestForm } from '../pages/form-body.ts';
import { isPublic } from '../pages/public-paths.ts';
import { canonicalAddress } from '../policy/facts.ts';
import type { Person } from '../policy/subject.ts';
import { httpLimits, listenHttp } from '../threads/http-listener.ts';
import type { HttpListener } from '../threads/http-listener.ts';
import { listenAddress } from '../threads/listener.ts';
import { notice } from './page.ts';
import type { PortalResponse } from './page.ts';
import { takesForm } from './portal.ts';
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

/** A class behind one address finds room, and no class fills it. */
const room = { connections: 1_024, perAddress: 200 };

/** @throws the error of the operating system when the address cannot be had */
export async function listenPortal(parts: PortalListenerParts, address: string): Promise<HttpListener> {
  const server = createServer(httpLimits, (request, response) => {
    answer(parts, request, response).catch((error: unknown) => {
      parts.onError(error);
      response.destroy();
    });
  });
  return listenHttp(server, listenAddress(address), room);
}

/** A body is read last, and only where it is a form of somebody who has signed in. */
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
  const tooLong = () => send(request, response, notice(voice, 413, problems.refused));
  if (Number(request.headers['content-length'] ?? 0) > longestForm) return tooLong();
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
  const method = request.method ?? 'GET';
  const person = signIn?.kind === 'verified' ? signIn.person : null;
  const body = person !== null && takesForm(method, path) ? await formOf(request) : Buffer.alloc(0);
  if (body === null) return tooLong();
  const asked = {
    ...{ method, path, query, acceptLanguage, body, ip, person },
    contentType: request.headers['content-type'] ?? null,
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

/** What was not read of a request is not waited for either. */
function send(request: IncomingMessage, response: ServerResponse, answer: PortalResponse): void {
  if (!request.complete) response.setHeader('Connection', 'close');
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}
