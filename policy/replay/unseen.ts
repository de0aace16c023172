/** A request as a record has it: with its path, and without its query, its search, its fields and its body. */
import { canonicalPath } from '../path.ts';
import { noHeaders } from '../request.ts';
import type { RequestFacts, UrlFacts, Witness } from '../request.ts';
import { extensionOf } from '../url-facts.ts';

type Asked = Pick<UrlFacts, 'method' | 'path' | 'rawPath' | 'extension'>;

export const pathOf = (method: string, rawPath: string): Asked => {
  const path = canonicalPath(rawPath);
  return { method, rawPath, path, extension: extensionOf(path) };
};

export function unseen({ method, path, rawPath, extension }: Asked, witness?: Witness): UrlFacts {
  const seen = { method, path, rawPath, extension };
  const nothing = { query: '', search: null, upload: null, headers: noHeaders } as const;
  return witness === undefined ? { ...seen, ...nothing } : { ...seen, ...nothing, witness };
}

/** The same of a request that was seen. */
export function asKept(facts: RequestFacts): RequestFacts {
  return typeof facts.url === 'string' ? facts : { ...facts, url: unseen(facts.url) };
}
