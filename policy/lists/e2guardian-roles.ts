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

const kinds: Readonly<Record<string, E2Kind>> = {
  site: 'site',
  url: 'url',
  siteip: 'ip',
  regexpsite: 'regex',
  regexpurl: 'regex',
  search: 'search',
  extension: 'extension',
  mimetype: 'type',
  phrase: 'phrase',
};

const replacements =
  /^(?:urlregexplist|urlredirectregexplist|contentregexplist|headerregexplist|responseheaderregexplist|addheaderregexplist|sslsiteregexplist)$/;

/**
 * Null for lists about something else: clients, users, what is not decrypted, what is not scanned for viruses, what may be
 * downloaded from where, and the lists for encrypted connections, which mean less than their names say.
 */
export function e2Role(path: string): E2Role | null {
  const name = path.replace(/^.*\//, '').toLowerCase();
  if (replacements.test(name)) return { kind: 'replacement', role: 'banned' };
  if (name === 'weightedphraselist') return { kind: 'phrase', role: 'banned' };
  const [, role, what = ''] = /^(?:local)?(banned|exception|grey|log)([a-z]+)list$/.exec(name) ?? [];
  const kind = Object.hasOwn(kinds, what) ? kinds[what] : undefined;
  if (kind === undefined) return null;
  return role === 'banned' || role === 'exception' || role === 'grey' || role === 'log'
    ? { kind, role }
    : null;
}
