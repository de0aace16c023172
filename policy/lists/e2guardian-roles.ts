/** What the lists of e2guardian are for, by their names, and what stands in those that are not read. */

export type E2Kind =
  | 'site'
  | 'url'
  | 'ip'
  | 'regex'
  | 'search'
  | 'extension'
  | 'type'
  /** Weighted and other phrases, which the text of pages is searched for. */
  | 'phrase'
  /** What changes addresses, headers or pages. */
  | 'replacement';

/** What a line of a phrase list is, for its count. */
export function phraseKind(line: string): string {
  if (!line.startsWith('<')) return 'line that is no phrase';
  const combined = line.includes('>,');
  const [, weight] = /><([^>]*)>/.exec(line) ?? [];
  const what = combined ? 'combination of phrases' : 'phrase';
  if (weight === undefined) return what;
  if (/^-?\d+%$/.test(weight)) return `${what} with a share of the limit`;
  // A weight that is none makes it a banned phrase.
  const number = Number.parseInt(weight, 10);
  if (!Number.isInteger(number) || number === 0) return `${what} without a valid weight`;
  return number < 0 ? `${what} with a negative weight` : `${what} with a weight`;
}

/** What a file of that name is for. */
export interface E2Role {
  readonly kind: E2Kind;
  readonly role: 'banned' | 'exception' | 'grey' | 'log';
}

const kindNames: readonly (readonly [ending: RegExp, E2Kind])[] = [
  [/phraselist$/, 'phrase'],
  [
    /^(?:urlregexplist|urlredirectregexplist|contentregexplist|headerregexplist|addheader|sslsiteregexplist|sslreplace)/,
    'replacement',
  ],
  [/regexp(?:site|url|ipsite)?list$|regexp(?:sslsite|useragent)list$/, 'regex'],
  [/ipsitelist$|siteiplist$/, 'ip'],
  [/sitelist$/, 'site'],
  [/urllist$/, 'url'],
  [/search(?:term)?list$/, 'search'],
  [/extensionlist$/, 'extension'],
  [/mimetypelist$/, 'type'],
];

/** Null for lists about something else: clients, users, what is not decrypted. */
export function e2Role(path: string): E2Role | null {
  const name = path.replace(/^.*\//, '').toLowerCase();
  const [, role] = /^(banned|exception|grey|log|weighted|local(?:banned|exception|grey))/.exec(name) ?? [];
  const found = kindNames.find(([ending]) => ending.test(name));
  if (found?.[1] === 'replacement') return { kind: 'replacement', role: 'banned' };
  if (role === undefined || found === undefined) return null;
  const plain = role.replace(/^local/, '');
  if (plain === 'weighted') return { kind: found[1], role: 'banned' };
  return plain === 'banned' || plain === 'exception' || plain === 'grey' || plain === 'log'
    ? { kind: found[1], role: plain }
    : null;
}
