/** Regular expressions as PCRE and POSIX write them → JavaScript's, over `host/path?query` in lower case. */
import { isRegex } from './notation.ts';

export type RegexRead =
  | { readonly ok: true; readonly regex: string; readonly notes: readonly string[] }
  | { readonly ok: false; readonly why: string };

const posixClasses: Readonly<Record<string, string>> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  blank: ' \\t',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9a-fA-F',
};

/** What JavaScript spells otherwise. */
const escapes: Readonly<Record<string, string>> = {
  '\\A': '^',
  '\\Z': '$',
  '\\z': '$',
  '\\<': '\\b',
  '\\>': '\\b',
  '\\h': '[ \\t]',
  '\\a': '\\x07',
  '\\e': '\\x1b',
};

const scheme =
  /^\^?(?:\(\?:|\()?(?:https\?|https|http\(s\)\?|http|http\|https|https\|http|\.\*)\)?:(?:\\?\/){2}/;
const longest = 8_192;

/** Never throws. */
export function readForeignRegex(source: string): RegexRead {
  if (source.length > longest) return { ok: false, why: 'so long an expression is in no list' };
  const notes: string[] = [];
  let text = source.replaceAll(/\(\?#[^)]*\)/g, '').replace(/^\(\?[imsx]+\)/, (flags) => {
    if (/x/.test(flags)) notes.push('x');
    return '';
  });
  // The address is compared in lower case, on one line.
  if (notes.length > 0) return { ok: false, why: 'an expression with spaces that mean nothing (`(?x)`)' };
  const [prefix] = scheme.exec(text) ?? [''];
  if (prefix !== '') {
    text = (prefix.startsWith('^') ? '^' : '') + text.slice(prefix.length);
    notes.push('the scheme in front of an expression was taken away: entries hold for every scheme');
  } else if (/^\^\(?(?:\?:)?https?\b/.test(text))
    return { ok: false, why: 'it begins with a scheme, which addresses are compared without' };
  const found = translate(text);
  if (typeof found !== 'string') return found;
  if (!isRegex(found)) return { ok: false, why: 'this is no regular expression of JavaScript' };
  if (new RegExp(found, 'i').test('')) return { ok: false, why: 'this expression holds for every address' };
  return { ok: true, regex: found, notes };
}

function translate(text: string): string | { readonly ok: false; readonly why: string } {
  let out = '';
  let inClass = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === '\\') {
      const escape = text.slice(i, i + 2);
      // A property, a quoted piece, the end of an earlier match: nothing like it here.
      if (/\\[pPQEKGRXCNk]/.test(escape)) return { ok: false, why: `\`${escape}\` is not understood` };
      const known = inClass || !Object.hasOwn(escapes, escape) ? undefined : escapes[escape];
      out += known ?? escape;
      i++;
    } else if (inClass && text.startsWith('[:', i)) {
      const [whole = '', name = ''] = /^\[:(\w+):\]/.exec(text.slice(i, i + 12)) ?? [];
      const set = Object.hasOwn(posixClasses, name) ? posixClasses[name] : undefined;
      if (whole !== '' && set === undefined) return { ok: false, why: `\`${whole}\` is not understood` };
      out += set ?? '\\[';
      i += whole === '' ? 0 : whole.length - 1;
    } else if (!inClass && c === '[') {
      // A `]` that comes first is itself, and JavaScript wants it escaped.
      const [start = ''] = /^\[\^?\]?/.exec(text.slice(i, i + 3)) ?? [];
      inClass = true;
      out += start.replace(/\]$/, '\\]');
      i += start.length - 1;
    } else {
      if (c === ']') inClass = false;
      if (!inClass && text.startsWith('(?>', i)) return { ok: false, why: '`(?>` is not understood' };
      out += !inClass && text.startsWith('(?P<', i) ? '(?<' : c;
      if (!inClass && text.startsWith('(?P<', i)) i += 3;
    }
  }
  return inClass ? { ok: false, why: 'a `[` is not closed' } : out;
}
