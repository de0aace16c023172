/**
 * Requests to the reserved name of the portal: never decided, recorded or forwarded. Who it is from is settled here, like
 * everywhere, and the request goes to the control thread, where the portal lives.
 */
import { FormBody, longestForm } from '../pages/form-body.ts';
import type { Person } from '../policy/subject.ts';
import type { Downstream } from './downstream.ts';
import type { PortalRequest } from './protocol.ts';
import type { BodySource } from './wire/body.ts';
import type { Target } from './wire/target.ts';

export async function portalRequest(
  downstream: Downstream,
  target: Target & { readonly form: 'absolute' },
  person: Person | null,
): Promise<PortalRequest | 'too-large' | 'broken-off'> {
  const { head, ip } = downstream;
  const body = await formOf(downstream.body);
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

function formOf(source: BodySource): Promise<Buffer | 'too-large' | 'broken-off'> {
  if (typeof source.length === 'number' && source.length > longestForm) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const form = new FormBody();
    source.pipe({
      write(chunk) {
        if (!form.add(chunk)) {
          source.cancel();
          resolve('too-large');
        }
        return true;
      },
      end: () => resolve(form.whole()),
      abort: () => resolve('broken-off'),
    });
  });
}
