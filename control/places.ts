/** What somebody in charge types for a place, in the form that decisions compare. */
import { canonicalHost, canonicalPath } from '../policy/facts.ts';
import { ControlError } from './errors.ts';

export interface Place {
  /** Canonical. */
  readonly host: string;
  /** Canonical and in lower case; null for the whole host. */
  readonly path: string | null;
}

const schemed = /^[a-z][a-z0-9+.-]*:\/\//i;

/** @throws ControlError `bad-question` for what is no host, and for what is half the Internet */
export function hostOf(typed: string, verb: 'close' | 'open'): string {
  const name = schemed.test(typed) && URL.canParse(typed) ? new URL(typed).hostname : typed;
  const host = canonicalHost(name.trim());
  if (!host.ok)
    throw new ControlError(
      'bad-question',
      `\`${typed.slice(0, 100)}\` is no host: write it as in \`example.com\``,
    );
  if (host.kind === 'name' && !host.host.includes('.'))
    throw new ControlError(
      'bad-question',
      `\`${host.host}\` would ${verb} every site that ends so: name one site`,
    );
  return host.host;
}

/** Of `host/path`, with or without a scheme. @throws ControlError `bad-question` */
export function placeOf(typed: string): Place {
  const address = typed.trim().replace(schemed, '');
  if (/[?#]/.test(address))
    throw new ControlError(
      'bad-question',
      'what stands behind `?` or `#` tells no pages apart here: leave it out',
    );
  const slash = address.indexOf('/');
  if (slash < 0) return { host: hostOf(address, 'open'), path: null };
  const path = canonicalPath(address.slice(slash)).toLowerCase();
  return { host: hostOf(address.slice(0, slash), 'open'), path: path === '/' ? null : path };
}
