/**
 * Requests to the reserved name of the portal: never decided, recorded or forwarded. Who it is from is settled here, like
 * everywhere, and the request goes to the control thread, where the portal lives.
 */
import type { Person } from '../policy/subject.ts';
import type { Downstream } from './downstream.ts';
import type { PortalRequest } from './protocol.ts';
import type { BodySource } from './wire/body.ts';
import type { Target } from './wire/target.ts';

/** The longest form that the portal takes, in bytes. */
const longestForm = 16_384;

export async function portalRequest(
  downstream: Downstream,
  target: Target & { readonly form: 'absolute' },
  person: Person | null,
): Promise<PortalRequest | 'too-large' | 'broken-off'> {
  const { head, ip } = downstream;
  const body = await wholeBody(downstream.body);
  if (typeof body === 'string') return body;
  return {
    method: head.method,
    path: target.path === '' ? '/' : target.path,
    query: target.query ?? '',
    contentType: head.fields.get('content-type') ?? null,
    acceptLanguage: head.fields.list('accept-language') ?? null,
    body,
    ip,
    person,
    signedInBy: 'proxy',
  };
}

function wholeBody(source: BodySource): Promise<Buffer | 'too-large' | 'broken-off'> {
  if (typeof source.length === 'number' && source.length > longestForm) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    source.pipe({
      write(chunk) {
        length += chunk.length;
        // The memory of a chunk is the connection's.
        if (length <= longestForm) parts.push(Buffer.from(chunk));
        else {
          source.cancel();
          resolve('too-large');
        }
        return true;
      },
      end: () => resolve(Buffer.concat(parts)),
      abort: () => resolve('broken-off'),
    });
  });
}
