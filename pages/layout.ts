/**
 * What every page has: head, masthead, line of help, style, and the headers that go with it.
 *
 * A block page is served in the blocked site's own origin, so it runs nothing and loads nothing: no script at all, one
 * style whose digest the CSP names, `sandbox` so that scripts of that origin cannot read it out of a frame. It may be
 * framed, since a blocked frame must show why it is blocked, and then has no form: whoever frames it could have the reader
 * press its buttons unseen. A page with forms, which go to the portal, is never framed.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { escapeHtml } from './html.ts';
import type { Form } from './negotiate.ts';
import type { Spoken } from './texts.ts';

export type Header = readonly [name: string, value: string];

/** An answer of the proxy itself. The caller adds what frames it (Content-Length, Connection, Date). */
export interface Page {
  readonly status: number;
  readonly headers: readonly Header[];
  /** Shared between answers where empty: not to be written to. */
  readonly body: Buffer;
}

/** The sheet, as it stands in every page. */
export const style = readFileSync(new URL('./style.css', import.meta.url), 'utf8')
  .replace(/\/\*[^]*?\*\//g, '')
  .replace(/\s+/g, ' ')
  .trim();

/** @param formTarget origin to which forms on the page may go; null where it has none, and may be framed */
const contentSecurityPolicy = (formTarget: string | null): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    // The icon below; without one, browsers ask the blocked site for /favicon.ico.
    'img-src data:',
    "base-uri 'none'",
    `form-action ${formTarget ?? "'none'"}`,
    // A link on a framed page leads out of the frame, once somebody follows it.
    ...(formTarget === null
      ? ['sandbox allow-top-navigation-by-user-activation']
      : ["frame-ancestors 'none'", 'sandbox allow-forms']),
  ].join('; ');

/** A hall pass: a card with a hole to hang it by. */
export const mark =
  '<svg viewBox="0 0 20 28" aria-hidden="true"><path fill="currentColor" fill-rule="evenodd" d="M4 0h12a4 4 0 0 1 4 ' +
  '4v20a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4Zm3 5a1.5 1.5 0 0 0 0 3h6a1.5 1.5 0 0 0 0-3ZM5 14v2h10v-2Zm0 ' +
  '5v2h7v-2Z"/></svg>';

export const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(mark.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" color="#0d5960" '));

/** Two speech bubbles. */
export const talk =
  '<svg viewBox="0 0 26 26" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" ' +
  'stroke-linejoin="round"><path d="M3 4h13a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H9l-4 4v-4H3a2 2 0 0 1-2-2V6a2 2 0 0 1 ' +
  '2-2Z"/><path d="M21 10h2a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2h-1v4l-4-4h-5a2 2 0 0 1-2-2"/></svg>';

/** The page up to its `<main>`, as a template source with the hole `district`; `kind` is the class of the body. */
export function opening(texts: Spoken, kind: string, heading: string, extra = ''): string {
  return (
    `<!doctype html><html lang="${texts.language}" dir="${texts.direction}"><head><meta charset="utf-8">` +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<meta name="robots" content="noindex"><title>${escapeHtml(heading)}</title>` +
    `<link rel="icon" href="${icon}"><style>${style}</style></head><body class="${kind}">` +
    `<header class="masthead">${mark}<bdi>{district}</bdi></header><main${extra}>`
  );
}

/** The line of help and all that follows `<main>`; its hole is `help`. */
export function closing(footer = ''): string {
  const foot = footer === '' ? '' : `<footer><p>${footer}</p></footer>`;
  return `<aside class="help">${talk}<p>{help}</p></aside></main>${foot}</body></html>\n`;
}

const contentType: Readonly<Record<Form, string | undefined>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  empty: undefined,
};

/** The headers of an answer in this form and language; frozen, made once at load. */
export function pageHeaders(
  form: Form,
  language: string,
  formTarget: string | null = null,
): readonly Header[] {
  const type = contentType[form];
  const headers: Header[] = type === undefined ? [] : [['Content-Type', type]];
  if (type !== undefined) headers.push(['Content-Language', language]);
  if (form === 'html') headers.push(['Content-Security-Policy', contentSecurityPolicy(formTarget)]);
  if (form === 'html' && formTarget !== null) headers.push(['X-Frame-Options', 'DENY']);
  headers.push(
    ['Cache-Control', 'no-store'],
    ['Vary', 'Sec-Fetch-Dest, Accept, Accept-Language'],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'no-referrer'],
  );
  return Object.freeze(headers);
}

/** Headers by form, for one language. */
export function headersByForm(
  language: string,
  formTarget: string | null = null,
): Readonly<Record<Form, readonly Header[]>> {
  const of = (form: Form) => pageHeaders(form, language, formTarget);
  return Object.freeze({ html: of('html'), json: of('json'), text: of('text'), empty: of('empty') });
}

export const emptyBody = Buffer.alloc(0);
