/**
 * The URL of a request as rules see it. Method, path and query are there at once; everything else is found out when a
 * rule first asks for it, so that a request which no such rule looks at pays for none of it.
 */
import { noPlaces } from './extract/extractors.ts';
import type { Place } from './extract/extractors.ts';
import { searchOf } from './extract/search.ts';
import { canonicalHost } from './host.ts';
import { canonicalPath } from './path.ts';
import { noHeaders } from './request.ts';
import type { HeaderFacts, SearchFacts, UploadFacts, UrlFacts } from './request.ts';

/** A request's fields as the wire keeps them (`proxy/wire/head.ts` fits): read where they stand, never copied. */
export interface HeadView {
  readonly fields: FieldsView;
  /** Bytes of the body, null when nobody knows; left away where the fields say it, as in HTTP/1.1. */
  readonly body?: number | null;
}

export interface FieldsView {
  /** Names in lower case. */
  readonly keys: readonly string[];
  /** The first value of `key` (lower case). */
  get(key: string): string | undefined;
}

export class RequestUrl implements UrlFacts {
  readonly method: string;
  readonly path: string;
  readonly rawPath: string;
  readonly query: string;
  readonly #head: HeadView | null;
  readonly #places: readonly Place[];
  #found: Found | null = null;

  /** @param places what the tables say of the host */
  constructor(
    method: string,
    rawPath: string,
    query: string,
    head: HeadView | null,
    places: readonly Place[] = noPlaces,
  ) {
    this.method = method;
    this.path = canonicalPath(rawPath);
    this.rawPath = rawPath;
    this.query = query;
    this.#head = head;
    this.#places = places;
  }

  get search(): SearchFacts | null {
    if (this.#places === noPlaces) return null;
    const found = this.#remembered();
    if (found.search === undefined) found.search = searchOf(this.#places, this.method, this.path, this.query);
    return found.search;
  }

  get extension(): string {
    return (this.#remembered().extension ??= extensionOf(this.path));
  }

  get upload(): UploadFacts | null {
    const found = this.#remembered();
    if (found.upload === undefined) found.upload = this.#head === null ? null : uploadOf(this.#head);
    return found.upload;
  }

  get headers(): HeaderFacts {
    if (this.#head === null) return noHeaders;
    return (this.#remembered().headers ??= headersOf(this.#head.fields));
  }

  #remembered(): Found {
    return (this.#found ??= {
      search: undefined,
      extension: undefined,
      upload: undefined,
      headers: undefined,
    });
  }
}

/** What rules have asked for so far; undefined what none has. */
interface Found {
  search: SearchFacts | null | undefined;
  extension: string | undefined;
  upload: UploadFacts | null | undefined;
  headers: HeaderFacts | undefined;
}

/**
 * Of the last segment: what follows its last dot, when that could be an extension. Dots and blanks at the end are passed
 * over, and so is what follows a NUL: a file is saved without them.
 */
export function extensionOf(path: string): string {
  const dot = path.lastIndexOf('.');
  if (dot <= path.lastIndexOf('/')) return '';
  const nul = path.indexOf('\0');
  const name = (nul < 0 ? path : path.slice(0, nul)).replace(/[. ]+$/, '');
  return /\.([a-z0-9_+-]{1,16})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}

const unknownSize: UploadFacts = Object.freeze({ size: null });

function uploadOf({ fields, body }: HeadView): UploadFacts | null {
  if (body !== undefined) return body === null ? unknownSize : body === 0 ? null : { size: body };
  if (fields.get('transfer-encoding') !== undefined) return unknownSize;
  const length = fields.get('content-length');
  if (length === undefined || /^0+$/.test(length)) return null;
  return /^\d{1,15}$/.test(length) ? { size: Number(length) } : unknownSize;
}

function headersOf(fields: FieldsView): HeaderFacts {
  const word = (key: string) => fields.get(key)?.trim().toLowerCase() ?? '';
  return {
    userAgent: fields.get('user-agent') ?? '',
    names: new Set(fields.keys),
    dest: word('sec-fetch-dest'),
    mode: word('sec-fetch-mode'),
    site: word('sec-fetch-site'),
    initiator: hostOf(fields.get('referer') ?? fields.get('origin')),
  };
}

/** The host of an absolute http or https URL, canonical; empty for anything else, as `null` and `about:blank`. */
function hostOf(url: string | undefined): string {
  const authority = url === undefined ? undefined : /^https?:\/\/([^/?#\\]*)/i.exec(url)?.[1];
  if (authority === undefined) return '';
  const host = canonicalHost(authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, ''));
  return host.ok ? host.host : '';
}
