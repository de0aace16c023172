/** The proxy's own errors: short and honest, HTML or a line of text, with a reference that is in the log. */
import type { ErrorPageCode } from './errors.ts';
import { errorPageCodes, errorStatus } from './errors.ts';
import { escapeHtml, isolated, printable } from '../../pages/html.ts';
import { closing, emptyBody, headersByForm, opening } from '../../pages/layout.ts';
import type { Page } from '../../pages/layout.ts';
import type { Form } from '../../pages/negotiate.ts';
import { fill, prepare } from './template.ts';
import type { Template } from './template.ts';
import type { PageTexts } from './texts.ts';
import type { DistrictWords } from '../../pages/district.ts';

export interface ErrorPageInput {
  /** `json` is answered as text: what the proxy reports has no schema. */
  readonly form: Form;
  readonly language: string;
  readonly code: ErrorPageCode;
  /** Names the log line; null where there is none (a crisis host), and then no reference is shown. */
  readonly id: string | null;
  /** Canonical host; null where it is not known or not to be named. */
  readonly host: string | null;
  /** In a few English words, what exactly was wrong: for whoever mends the program that sent it. */
  readonly detail?: string | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

export type ErrorPage = (input: ErrorPageInput) => Page;

interface ErrorTemplates {
  readonly page: Template;
  readonly html: Wording;
  readonly plain: Wording;
}

/** Templates with the hole `host`. */
interface Wording {
  readonly heading: Template;
  readonly text: Template;
}

/** Prepares the error pages of one language. */
export function errorPages(texts: PageTexts, district: DistrictWords): ErrorPage {
  const headers = headersByForm(texts.language);
  const templates = new Map(errorPageCodes.map((code) => [code, prepareError(texts, code)]));
  return (input) => {
    const form = input.form === 'json' ? 'text' : input.form;
    const extra =
      input.retryAfter === undefined ? [] : [['Retry-After', String(Math.ceil(input.retryAfter))] as const];
    const page = { status: errorStatus[input.code], headers: [...headers[form], ...extra] };
    const template = templates.get(input.code);
    if (form === 'empty' || template === undefined) return { ...page, body: emptyBody };
    const body =
      form === 'html'
        ? htmlBody(template, texts, district, input)
        : textBody(template, texts, district, input);
    return { ...page, body: Buffer.from(body) };
  };
}

function prepareError(texts: PageTexts, code: ErrorPageCode): ErrorTemplates {
  const { heading, text } = texts.errors[code];
  const title = heading.replaceAll('{host}', texts.labels.thisSite);
  const source =
    opening(texts, 'error', title) +
    '<h1>{heading}</h1><p class="lead">{text}</p>{detail}{reference}' +
    closing(escapeHtml(texts.errorNote));
  return {
    page: prepare(source),
    html: { heading: prepare(escapeHtml(heading)), text: prepare(escapeHtml(text)) },
    plain: { heading: prepare(heading), text: prepare(text) },
  };
}

/** `thisSite` where the host is not named: it may be the first word, and is then written as such. */
function sentence(template: Template, host: string | null, thisSite: string): string {
  const filled = fill(template, { host: host ?? thisSite });
  return host === null ? filled.charAt(0).toUpperCase() + filled.slice(1) : filled;
}

function htmlBody(
  template: ErrorTemplates,
  texts: PageTexts,
  district: DistrictWords,
  input: ErrorPageInput,
): string {
  const { id, detail, host } = input;
  const { labels } = texts;
  const shown = host === null ? null : isolated(host);
  const thisSite = escapeHtml(labels.thisSite);
  return fill(template.page, {
    district: escapeHtml(district.name),
    help: escapeHtml(district.help),
    heading: sentence(template.html.heading, shown, thisSite),
    text: sentence(template.html.text, shown, thisSite),
    detail: detail === undefined ? '' : `<p class="note" lang="en" dir="ltr">${escapeHtml(detail)}</p>`,
    reference:
      id === null
        ? ''
        : `<div class="ticket"><div class="stub"><h2>${escapeHtml(labels.reference)}</h2>` +
          `<p class="code"><bdi dir="ltr">${escapeHtml(id)}</bdi></p></div></div>`,
  });
}

function textBody(
  template: ErrorTemplates,
  texts: PageTexts,
  district: DistrictWords,
  input: ErrorPageInput,
): string {
  const { id, detail } = input;
  const { thisSite } = texts.labels;
  const host = input.host === null ? null : printable(input.host);
  const lines = [
    `${sentence(template.plain.heading, host, thisSite)}. ${sentence(template.plain.text, host, thisSite)}`,
  ];
  if (detail !== undefined) lines.push(printable(detail));
  if (id !== null) lines.push(`${texts.labels.reference}: ${printable(id)}`);
  lines.push(district.help);
  return `${lines.join('\n')}\n`;
}
