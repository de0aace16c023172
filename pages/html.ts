/** Escaping. Everything that a client, a policy or a host name contributes to a page goes through here. */

const needsEscape = /[&<>"'`]/;
const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Safe as element content and inside a quoted attribute value; control characters are made visible first. */
export function escapeHtml(text: string): string {
  const shown = printable(text);
  return needsEscape.test(shown) ? shown.replace(/[&<>"'`]/g, (found) => escapes[found] ?? '') : shown;
}

/*
 * C0 and C1 controls except newline (a terminal would obey them), line and paragraph separators, zero-width and
 * bidirectional controls (they make one host look like another), and lone surrogates (no UTF-8 form).
 */
const unprintable =
  // eslint-disable-next-line no-control-regex -- control characters are what it is about
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu;

/** The text with every control character replaced by U+FFFD; newlines stay. */
export function printable(text: string): string {
  return text.replace(unprintable, '\ufffd');
}

/** The text as a run of its own direction: a host or a title may be written the other way than the words around it. */
export function isolated(text: string): string {
  return `<bdi>${escapeHtml(text)}</bdi>`;
}

/** Paragraphs parted by empty lines become `<p>` elements. */
export function paragraphs(text: string): string {
  let html = '';
  for (const paragraph of text.split(/\n[ \t]*\n/)) {
    const trimmed = paragraph.trim();
    if (trimmed !== '') html += `<p>${escapeHtml(trimmed)}</p>`;
  }
  return html;
}
