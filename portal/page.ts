/** What every page of the portal has, and the answer that it leaves in. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { icon, mark, style as sheet, talk } from '../pages/layout.ts';
import { isolated } from '../pages/html.ts';
import type { DistrictWords } from '../pages/district.ts';
import { html, raw } from './markup.ts';
import type { Markup } from './markup.ts';
import type { PortalTexts } from './texts.ts';

export interface PortalResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** What is said on every page, in the language of the reader. */
export interface Voice {
  readonly texts: PortalTexts;
  readonly district: DistrictWords;
}

const own = readFileSync(new URL('./style.css', import.meta.url), 'utf8')
  .replace(/\/\*[^]*?\*\//g, '')
  .replace(/\s+/g, ' ')
  .trim();
const style = `${sheet} ${own}`;

/** As text, so that not a byte of it differs from what the policy below admits. */
const sheetElement = `<style>${style}</style>`;

/** Nothing is run, and nothing is loaded but the sheet and the icon that stand in the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = (language: string): PortalResponse['headers'] => [
  ['Content-Type', 'text/html; charset=utf-8'],
  ['Content-Language', language],
  ['Content-Security-Policy', contentSecurityPolicy],
  ['Cache-Control', 'no-store'],
  ['Vary', 'Accept-Language'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
];

export interface PageParts {
  readonly heading: string;
  readonly content: Markup;
  readonly status?: number;
  /** Where the reader is taken next, at once. */
  readonly goTo?: string;
  /** False on the first page itself. */
  readonly wayBack?: boolean;
}

export function page({ texts, district }: Voice, parts: PageParts): PortalResponse {
  const { heading, content, status = 200, goTo, wayBack = true } = parts;
  const { language, direction } = texts;
  const document = html`<!doctype html>
    <html lang="${language}" dir="${direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${heading} · ${texts.title}</title>
        <link rel="icon" href="${raw(icon)}" />
        ${goTo === undefined ? null : html`<meta http-equiv="refresh" content="0;url=${goTo}" />`}
        ${raw(sheetElement)}
      </head>
      <body class="portal">
        <a class="skip" href="#content">${texts.skip}</a>
        <header class="masthead">${raw(mark)}<bdi>${district.name}</bdi></header>
        <main id="content">
          <h1>${heading}</h1>
          ${content} ${wayBack ? html`<p class="way-back"><a href="/">${texts.home}</a></p>` : null}
          <aside class="help">
            ${raw(talk)}
            <p>${district.help}</p>
          </aside>
        </main>
      </body>
    </html> `;
  return { status, headers: headers(language), body: Buffer.from(document.text) };
}

/** A page that only says something. */
export function notice(
  voice: Voice,
  status: number,
  { heading, text }: { readonly heading: string; readonly text: string },
): PortalResponse {
  return page(voice, { heading, status, content: html`<p class="lead">${text}</p>` });
}

/** To another page of the portal, after a form (RFC 9110 §15.4.4). */
export const seeOther = (path: string): PortalResponse => ({
  status: 303,
  headers: [
    ['Location', path],
    ['Cache-Control', 'no-store'],
  ],
  body: new Uint8Array(0),
});

/** A row of the list on a ticket. */
export const row = (label: string, value: string): Markup =>
  html`<div>
    <dt>${label}</dt>
    <dd>${raw(isolated(value))}</dd>
  </div>`;

/** Puts values into the holes of a text, such as `{host}`; the result is escaped where it is used. */
export function fillText(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{([A-Za-z]+)\}/g, (whole, name: string) => values[name] ?? whole);
}
