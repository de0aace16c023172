/** The admin API, typed from its OpenAPI description. */
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.d.ts';

export type Schemas = components['schemas'];

/** What the server says is wrong: problem details (RFC 9457). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string | null;

  constructor(status: number, detail: string, code: string | null) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

let csrf = '';

/** What the session of now sends with whatever changes something. */
export function rememberCsrf(token: string): void {
  csrf = token;
}

/** Input longer ago than this is nobody's who is still there: what a page asks by itself keeps no session from then on. */
const attention = 60_000;
let lastInput = performance.now();
for (const input of ['pointermove', 'pointerdown', 'keydown', 'wheel'])
  addEventListener(input, () => void (lastInput = performance.now()), { capture: true, passive: true });

export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin' });
api.use({
  onRequest({ request }) {
    if (request.method !== 'GET') request.headers.set('x-csrf-token', csrf);
    if (performance.now() - lastInput > attention) request.headers.set('x-unattended', '1');
    return request;
  },
});

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** @throws ApiError in the words of the server, or that it does not answer */
export async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch {
    throw new ApiError(0, 'Hallpass does not answer: look at the network, then try again', 'network');
  }
  if (answer.response.ok) return answer.data as T;
  const { detail, title, code } = (answer.error ?? {}) as Readonly<Record<string, unknown>>;
  const says =
    typeof detail === 'string' ? detail : typeof title === 'string' ? title : 'it could not be done';
  throw new ApiError(answer.response.status, sentence(says), typeof code === 'string' ? code : null);
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replace(/\.\.$/, '.');
