/**
 * A rule of Adblock Plus, ready to be asked: its pattern as pieces of bytes between wildcards, found one after another
 * without going back (the first place of a piece is as good as any later one); its options as the request's fields tell.
 */
import { canonicalHost } from '../host.ts';
import type { AbpPattern, AbpRule, AbpType } from '../lists/abp-rule.ts';
import { expressionOf, isIn } from './regex-safety.ts';
import type { UrlText } from './url-text.ts';

/** What the options may ask for. An absent field is the empty string. */
export interface AbpAsked {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly path: string;
  readonly headers: AbpHeaders;
}

export interface AbpHeaders {
  /** `Sec-Fetch-Dest`, `-Mode` and `-Site`. */
  readonly dest: string;
  readonly mode: string;
  readonly site: string;
  /** Host of the page that asks. */
  readonly initiator: string;
}

export const noAbpHeaders: AbpHeaders = Object.freeze({ dest: '', mode: '', site: '', initiator: '' });

/**
 * The host that a rule is about, with its sub-domains: `||example.org^…` and `||example.org/…`. Null where the pattern can
 * be in the address of any host.
 */
export function hostOfAbp({ pattern }: AbpRule): string | null {
  if (pattern.kind === 'regex' || pattern.anchor !== 'host') return null;
  const [first, second] = pattern.parts;
  if (first?.kind !== 'text') return null;
  const [name = '', mark = ''] = /^[^/]*(\/?)/.exec(first.text.toLowerCase()) ?? [];
  if (mark === '' && second?.kind !== 'separator') return null;
  const host = mark === '' ? name : name.slice(0, -1);
  const found = canonicalHost(host);
  return found.ok && found.host === host && found.kind !== 'ipv6' ? host : null;
}

/** Text that is in every address which the rule matches, in lower case. */
export const literalsOfAbp = (pattern: AbpPattern & { kind: 'parts' }): string[] =>
  pattern.parts.flatMap((part) => (part.kind === 'text' ? [part.text.toLowerCase()] : []));

/** The parts of a {@link UrlText} that patterns look at. */
export type AddressText = Pick<UrlText, 'bytes' | 'start' | 'host' | 'path' | 'end'>;

const stringOf = ({ bytes, start, end }: AddressText): string =>
  Buffer.from(bytes.subarray(start, end)).toString();

/** One spelling of an address; what few rules want is made when one does. */
export interface AbpAddress {
  readonly text: AddressText;
  /** The text as a string. */
  string(): string;
  /** The text with its upper case. */
  original(): AddressText;
  asked(): AbpAsked;
}

/** Between two wildcards: bytes of text, and null for a separator. */
type Piece = readonly (Uint8Array | null)[];

export class AbpMatcher {
  readonly #rule: AbpRule;
  readonly #pieces: readonly Piece[];
  readonly #expression: RegExp | null;

  /** @param rule an expression in it is checked */
  constructor(rule: AbpRule) {
    this.#rule = rule;
    const { pattern, matchCase } = rule;
    this.#pieces = pattern.kind === 'parts' ? piecesOf(pattern, matchCase) : [];
    this.#expression = pattern.kind === 'regex' ? expressionOf(pattern.source, matchCase) : null;
  }

  matches(address: AbpAddress): boolean {
    const { matchCase } = this.#rule;
    const found =
      this.#expression === null
        ? this.#matchesText(matchCase ? address.original() : address.text)
        : isIn(this.#expression, matchCase ? stringOf(address.original()) : address.string());
    return found && meets(this.#rule, address.asked());
  }

  #matchesText(text: AddressText): boolean {
    const { pattern } = this.#rule;
    if (pattern.kind === 'regex') return false;
    if (pattern.anchor === 'none') return this.#matchesFrom(text, 0, text.start, pattern.end);
    if (pattern.anchor === 'start') return this.#matchesAt(text, text.start, pattern.end);
    for (let at = text.host; at < text.path; at++)
      if ((at === text.host || text.bytes[at - 1] === 46) && this.#matchesAt(text, at, pattern.end))
        return true;
    return false;
  }

  /** The first piece stands at `at`. */
  #matchesAt(text: AddressText, at: number, atEnd: boolean): boolean {
    const end = pieceEnd(this.#pieces[0] ?? [], text, at);
    if (end < 0) return false;
    if (this.#pieces.length === 1) return !atEnd || end === text.end;
    return this.#matchesFrom(text, 1, end, atEnd);
  }

  /** The pieces from `first` on, anywhere from `from` on. */
  #matchesFrom(text: AddressText, first: number, from: number, atEnd: boolean): boolean {
    let at = from;
    for (let i = first; i < this.#pieces.length; i++) {
      const piece = this.#pieces[i] ?? [];
      const last = atEnd && i === this.#pieces.length - 1;
      let end = -1;
      for (; at <= text.end; at++) {
        end = pieceEnd(piece, text, at);
        if (end >= 0 && (!last || end === text.end)) break;
        end = -1;
      }
      if (end < 0) return false;
      at = end;
    }
    return true;
  }
}

function piecesOf({ parts }: AbpPattern & { kind: 'parts' }, matchCase: boolean): Piece[] {
  const pieces: (Uint8Array | null)[][] = [[]];
  for (const part of parts) {
    if (part.kind === 'any') pieces.push([]);
    else
      pieces
        .at(-1)
        ?.push(part.kind === 'text' ? Buffer.from(matchCase ? part.text : part.text.toLowerCase()) : null);
  }
  return pieces;
}

/** Where the piece ends that begins at `at`; -1 where it does not. */
function pieceEnd(piece: Piece, { bytes, end }: AddressText, begin: number): number {
  let at = begin;
  for (const part of piece) {
    if (part === null) {
      if (at === end) continue;
      if (!isSeparator(bytes[at] ?? 0)) return -1;
      at++;
      continue;
    }
    if (at + part.length > end) return -1;
    for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return -1;
    at += part.length;
  }
  return at;
}

/** Neither letter, digit, nor one of `.%_-`. */
function isSeparator(byte: number): boolean {
  const lower = byte | 32;
  if (lower >= 97 && lower <= 122) return false;
  if (byte >= 48 && byte <= 57) return false;
  return byte < 128 && byte !== 46 && byte !== 37 && byte !== 95 && byte !== 45;
}

function meets(rule: AbpRule, asked: AbpAsked): boolean {
  const { types, thirdParty, domains, denyallow } = rule;
  if (types !== null && !types.has(typeOf(asked))) return false;
  if (thirdParty !== null && isThirdParty(asked) !== thirdParty) return false;
  if (denyallow.length > 0 && isUnder(asked.host, denyallow)) return false;
  if (domains.include.length + domains.exclude.length === 0) return true;
  // A page that is asked for by itself is its own.
  const page = asked.headers.initiator === '' ? asked.host : asked.headers.initiator;
  if (isUnder(page, domains.exclude)) return false;
  return domains.include.length === 0 || isUnder(page, domains.include);
}

const isUnder = (host: string, hosts: readonly string[]): boolean =>
  hosts.some((each) => host === each || host.endsWith(`.${each}`));

const types: Readonly<Record<string, AbpType>> = {
  ...{ document: 'document', iframe: 'subdocument', frame: 'subdocument', fencedframe: 'subdocument' },
  ...{ script: 'script', worker: 'script', sharedworker: 'script', serviceworker: 'script' },
  ...{ audioworklet: 'script', paintworklet: 'script', style: 'stylesheet', xslt: 'stylesheet' },
  ...{ image: 'image', audio: 'media', video: 'media', track: 'media', font: 'font' },
  ...{ object: 'object', embed: 'object', report: 'ping', empty: 'xmlhttprequest' },
};

/** Where the browser does not say what it fetches for. */
const extensions: Readonly<Record<string, AbpType>> = {
  ...{ js: 'script', mjs: 'script', css: 'stylesheet' },
  ...{
    png: 'image',
    jpg: 'image',
    jpeg: 'image',
    gif: 'image',
    webp: 'image',
    svg: 'image',
    avif: 'image',
    ico: 'image',
  },
  ...{ mp4: 'media', webm: 'media', mp3: 'media', m3u8: 'media', ts: 'media', ogg: 'media' },
  ...{ woff: 'font', woff2: 'font', ttf: 'font', otf: 'font', swf: 'object', json: 'xmlhttprequest' },
};
const known = (table: Readonly<Record<string, AbpType>>, name: string): AbpType | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

function typeOf({ path, headers: { dest, mode, initiator } }: AbpAsked): AbpType {
  if (mode === 'websocket') return 'websocket';
  if (dest !== '') return known(types, dest) ?? 'other';
  const [, extension = ''] = /\.([a-z0-9]{1,5})$/i.exec(path) ?? [];
  return known(extensions, extension.toLowerCase()) ?? (initiator === '' ? 'document' : 'other');
}

function isThirdParty({ host, headers: { site, initiator } }: AbpAsked): boolean {
  if (site !== '') return site === 'cross-site';
  return initiator !== '' && siteOf(host) !== siteOf(initiator);
}

/** Under which most countries give names away: as near as one comes without the public suffix list. */
const second = new Set([
  'ac',
  'co',
  'com',
  'edu',
  'go',
  'gob',
  'gov',
  'k12',
  'ne',
  'net',
  'or',
  'org',
  'sch',
]);

function siteOf(host: string): string {
  const labels = host.split('.');
  if (/^[0-9]+$/.test(labels.at(-1) ?? '') || host.includes(':')) return host;
  const country = labels.length > 2 && labels.at(-1)?.length === 2 && second.has(labels.at(-2) ?? '');
  return labels.slice(country ? -3 : -2).join('.');
}
