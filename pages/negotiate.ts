/**
 * Which form of an answer a request can use. A person who navigates gets a page; an image, a style sheet or a font gets
 * an empty body, so that no broken picture is left behind; a program gets JSON or a line of text.
 *
 * Sec-Fetch-Dest (W3C Fetch Metadata) decides where a browser sends it; Accept (RFC 9110 §12.5.1) elsewhere. Nothing
 * here throws or takes more than one pass, whatever the client sent.
 */
export type Form = 'html' | 'json' | 'text' | 'empty';

export interface NegotiationHeaders {
  readonly accept?: string | undefined;
  readonly secFetchDest?: string | undefined;
  readonly acceptLanguage?: string | undefined;
  readonly referer?: string | undefined;
  readonly host?: string | undefined;
}

export interface Negotiated {
  readonly form: Form;
  /** `page`: somebody sees it, so it has a record of its own. `repeat`: a sub-resource or a program's retry. */
  readonly kind: 'page' | 'repeat';
  /** Whether another page may show it within itself: then nothing on it may do anything by a click. */
  readonly framed: boolean;
  /** One of the languages offered, as they spell it. */
  readonly language: string;
}

/** `offered`: at least one language tag, the default first. */
export function negotiate(headers: NegotiationHeaders, offered: readonly string[]): Negotiated {
  const form = formOf(headers);
  return {
    form,
    kind: form === 'html' || form === 'json' ? 'page' : 'repeat',
    framed: isFramed(headers),
    language: languageOf(headers.acceptLanguage, offered),
  };
}

const frames = new Set(['iframe', 'frame', 'fencedframe']);

/**
 * By Sec-Fetch-Dest; over plain http, where no browser sends that, by a Referer of another origin. A page can leave out the
 * Referer of its frames: what is not known to be framed must forbid that.
 */
function isFramed({ secFetchDest, referer, host }: NegotiationHeaders): boolean {
  if (secFetchDest !== undefined) return frames.has(secFetchDest.trim());
  if (referer === undefined || !URL.canParse(referer)) return false;
  const { protocol, host: from } = new URL(referer);
  return protocol !== 'http:' || from !== host?.trim().toLowerCase().replace(/:80$/, '');
}

/** What is shown as a document of its own, by destination. */
const documents = new Set(['document', 'iframe', 'frame', 'fencedframe']);

/** Destinations that are parts of a page. `empty` is not among them: that is fetch(), which says by Accept what it wants. */
const parts = new Set(
  (
    'audio audioworklet dictionary embed font image json manifest object paintworklet report script serviceworker ' +
    'sharedworker speculationrules style text track video webidentity worker xslt'
  ).split(' '),
);

function formOf(headers: NegotiationHeaders): Form {
  const destination = headers.secFetchDest?.trim();
  if (destination !== undefined) {
    if (documents.has(destination)) return 'html';
    if (parts.has(destination)) return 'empty';
  }
  return formByAccept(headers.accept ?? '');
}

function formByAccept(accept: string): Form {
  let html = 0;
  let json = 0;
  let text = 0;
  let part = 0;
  for (let at = 0; at < accept.length;) {
    const end = endOfElement(accept, at);
    const nameEnd = endOfName(accept, at, end);
    const quality = qualityOf(accept, nameEnd, end);
    if (quality > 0) {
      const form = formOfType(accept.slice(at, nameEnd).trim().toLowerCase());
      if (form === 'html') html = Math.max(html, quality);
      else if (form === 'json') json = Math.max(json, quality);
      else if (form === 'text') text = Math.max(text, quality);
      else if (form === 'empty') part = Math.max(part, quality);
    }
    at = end + 1;
  }
  if (html > 0 && html >= json) return 'html';
  if (json > 0) return 'json';
  return part > 0 && part >= text ? 'empty' : 'text';
}

/** What a named media type asks for; undefined where it says nothing (a wildcard, a type unknown to us, garbage). */
function formOfType(type: string): Form | undefined {
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
  if (partTypes.has(type) || /^(?:image|audio|video|font)\/./.test(type)) return 'empty';
  if (type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json')))
    return 'json';
  return type === 'text/plain' || type === 'text/*' ? 'text' : undefined;
}

const partTypes = new Set([
  'text/css',
  'text/javascript',
  'application/javascript',
  'application/x-javascript',
  'application/ecmascript',
  'application/wasm',
  'application/manifest+json',
  'application/font-woff',
  'application/vnd.ms-fontobject',
  'application/vnd.apple.mpegurl',
  'application/dash+xml',
  'application/ogg',
  'text/vtt',
]);

/**
 * Lookup by RFC 4647 in both directions: `es-MX` is served by `es`, and `es` by `es-MX`. The highest quality wins; of
 * equals, the range that the client names first. `*` stands for what no other range names.
 */
function languageOf(header: string | undefined, offered: readonly string[]): string {
  const fallback = offered[0] ?? 'en';
  if (header === undefined || header === '') return fallback;
  const named = offered.map(() => ({ quality: -1, place: Infinity }));
  let anyQuality = -1;
  for (let at = 0, place = 0; at < header.length; place++) {
    const end = endOfElement(header, at);
    const nameEnd = endOfName(header, at, end);
    const range = header.slice(at, nameEnd).trim().toLowerCase();
    const quality = qualityOf(header, nameEnd, end);
    if (range === '*') anyQuality = Math.max(anyQuality, quality);
    else if (range !== '' && range.length <= 64) nameLanguages(named, offered, range, { quality, place });
    at = end + 1;
  }
  let best = fallback;
  let bestQuality = 0;
  let bestPlace = Infinity;
  for (const [index, language] of offered.entries()) {
    const own = named[index];
    const quality = own === undefined || own.quality < 0 ? anyQuality : own.quality;
    const place = own?.place ?? Infinity;
    if (quality > bestQuality || (quality === bestQuality && quality > 0 && place < bestPlace)) {
      best = language;
      bestQuality = quality;
      bestPlace = place;
    }
  }
  return best;
}

interface Naming {
  quality: number;
  place: number;
}

/** Notes the quality of every offered language that the range names; of several ranges the kindest counts. */
function nameLanguages(
  named: readonly Naming[],
  offered: readonly string[],
  range: string,
  naming: Naming,
): void {
  for (const [index, language] of offered.entries()) {
    const entry = named[index];
    const tag = language.toLowerCase();
    const names = range === tag || range.startsWith(`${tag}-`) || tag.startsWith(`${range}-`);
    if (entry === undefined || !names || naming.quality <= entry.quality) continue;
    entry.quality = naming.quality;
    entry.place = naming.place;
  }
}

/** Where the list element that begins at `from` ends: at a comma, or at the end of the header. */
function endOfElement(header: string, from: number): number {
  const comma = header.indexOf(',', from);
  return comma < 0 ? header.length : comma;
}

/** Where the name within an element ends: at its first `;`, or with the element. */
function endOfName(header: string, from: number, end: number): number {
  for (let at = from; at < end; at++) if (header.charCodeAt(at) === 0x3b) return at;
  return end;
}

/** The `q` parameter between `from` and `end` (RFC 9110 §12.4.2); 1 when absent, 0 when it cannot be read. */
function qualityOf(header: string, from: number, end: number): number {
  if (from >= end) return 1;
  for (const parameter of header.slice(from + 1, end).split(';')) {
    const trimmed = parameter.trim();
    if (!/^q=/i.test(trimmed)) continue;
    const value = trimmed.slice(2);
    return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value) ? Number(value) : 0;
  }
  return 1;
}
