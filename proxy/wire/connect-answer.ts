/** The answer of a proxy to CONNECT (RFC 9110 §9.3.6): the first final head; what follows a 2xx is the tunnel's. */
import type { Socket } from 'node:net';
import type { HeadLimits, ResponseHead } from './head.ts';
import { parseResponseHead } from './head.ts';
import { HeadReader } from './head-reader.ts';
import { Refused } from './refusals.ts';

export interface ConnectAnswerSettings extends HeadLimits {
  readonly maxHeadBytes: number;
  /** Milliseconds until the head must be here. */
  readonly responseTimeout: number;
}

export type ConnectAnswer =
  | { readonly head: ResponseHead; readonly rest: Buffer | null }
  /** `closed-early`, `response-timeout`, or why it cannot be read; the socket is the caller's to close. */
  | { readonly failure: string };

const mostInterim = 8;

/** Calls back once and leaves the socket paused. @returns a function that stops listening; no callback then */
export function responseHeadOf(
  socket: Socket,
  settings: ConnectAnswerSettings,
  answered: (answer: ConnectAnswer) => void,
): () => void {
  const reader = new HeadReader(settings.maxHeadBytes);
  let interim = 0;
  const stop = (): void => {
    clearTimeout(timer);
    socket.off('data', read).off('end', ended).off('close', ended);
    socket.pause();
  };
  const done = (answer: ConnectAnswer): void => {
    stop();
    answered(answer);
  };
  const read = (bytes: Buffer): void => {
    try {
      for (let left: Buffer | null = bytes; left !== null;) {
        const found = reader.push(left);
        if (found === null) return;
        const head = parseResponseHead(found.text, settings);
        if (head.status >= 200) return done({ head, rest: found.rest });
        if (head.status === 101 || ++interim > mostInterim) return done({ failure: 'too-many-interim' });
        left = found.rest;
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      done({ failure: error.code });
    }
  };
  const ended = (): void => done({ failure: 'closed-early' });
  const timer = setTimeout(() => done({ failure: 'response-timeout' }), settings.responseTimeout);
  socket.on('error', ignore).on('data', read).on('end', ended).on('close', ended);
  return stop;
}

const ignore = (): void => undefined;
