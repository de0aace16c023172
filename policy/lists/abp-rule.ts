/**
 * One network rule of Adblock Plus, as its family of blockers writes it:
 *
 *     [@@] [|| or |] pattern [|] [$option,option=value,…]
 *
 * A pattern is text in which `*` is anything and `^` a separator or the end, or a regular expression between slashes.
 */
import { canonicalHost } from '../host.ts';
import { Options, Refused } from './abp-options.ts';
import type { AbpConditions } from './abp-options.ts';

export { abpTypes } from './abp-options.ts';
export type { AbpType } from './abp-options.ts';

export type AbpPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `*` */
  | { readonly kind: 'any' }
  /** `^`: one character that is neither letter, digit, nor one of `.%_-`; or the end. */
  | { readonly kind: 'separator' };

export type AbpPattern =
  | {
      readonly kind: 'parts';
      /** Where the first part stands: anywhere, at the beginning of the address, or of the host or one of its labels. */
      readonly anchor: 'none' | 'start' | 'host';
      readonly parts: readonly AbpPart[];
      /** The last part stands at the end of the address. */
      readonly end: boolean;
    }
  /** Over the whole address, as JavaScript has it; `i` unless `matchCase`. */
  | { readonly kind: 'regex'; readonly source: string };

export interface AbpRule extends AbpConditions {
  /** `@@` */
  readonly exception: boolean;
  readonly pattern: AbpPattern;
}

export type AbpRead =
  | { readonly ok: true; readonly rule: AbpRule }
  /** `unsupported`: a rule for browsers or name servers, which a proxy cannot follow. */
  | { readonly ok: false; readonly why: string; readonly unsupported: string | null };

const longest = 65_536;

/** Never throws. */
export function parseAbpRule(text: string): AbpRead {
  try {
    if (text.length > longest) throw new Refused('longer than any rule');
    const { exception, pattern, options } = splitRule(text);
    const read = new Options(options);
    const rule: AbpRule = { exception, pattern: readPattern(pattern), ...read.result(exception) };
    // On few pages even a short pattern does no harm.
    if (rule.domains.include.length === 0) refuseShort(rule.pattern);
    return { ok: true, rule };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { ok: false, why: error.message, unsupported: error.unsupported };
  }
}

/** The host that `||host^` without any option means, as it is written; null for every other rule. */
export function plainAbpHost(text: string): string | null {
  return /^(?:@@)?\|\|([^/*^|$:?=&@\s]+)\^\|?$/.exec(text)?.[1] ?? null;
}

/** @returns the options as they are written, without escapes */
export function splitRule(text: string): { exception: boolean; pattern: string; options: readonly string[] } {
  const exception = text.startsWith('@@');
  const rule = exception ? text.slice(2) : text;
  const whole = rule.length > 2 && rule.startsWith('/') && rule.endsWith('/');
  const dollar = whole ? -1 : optionsAt(rule);
  if (dollar < 0) return { exception, pattern: rule, options: [] };
  return { exception, pattern: rule.slice(0, dollar), options: splitOptions(rule.slice(dollar + 1)) };
}

/** So many `$` are looked at, from the end. */
const tries = 20;

/** The last `$` that options follow. */
function optionsAt(rule: string): number {
  let at = rule.length;
  for (let n = 0; n < tries && at > 0; n++) {
    at = rule.lastIndexOf('$', at - 1);
    if (at < 0) return -1;
    if (rule[at - 1] !== '\\' && /^~?[a-z0-9_-]+(?:[=,]|$)/i.test(rule.slice(at + 1))) return at;
  }
  return -1;
}

function splitOptions(text: string): string[] {
  return text.split(/(?<!\\),/).map((option) => option.replaceAll('\\,', ',').trim());
}

function readPattern(text: string): AbpPattern {
  if (text.length > 2 && text.startsWith('/') && text.endsWith('/')) return readRegex(text.slice(1, -1));
  const anchor = text.startsWith('||') ? 'host' : text.startsWith('|') ? 'start' : 'none';
  const from = anchor === 'host' ? 2 : anchor === 'start' ? 1 : 0;
  const end = text.length > from && text.endsWith('|');
  const body = text.slice(from, end ? -1 : undefined);
  if (/\s/.test(body)) throw new Refused('an address has no spaces');
  const parts = (body.match(/\*+|\^|[^*^]+/g) ?? []).map((part): AbpPart =>
    part.startsWith('*')
      ? { kind: 'any' }
      : part === '^'
        ? { kind: 'separator' }
        : { kind: 'text', text: asciiHost(part, anchor === 'host' && body.startsWith(part)) },
  );
  return { kind: 'parts', anchor, parts, end };
}

/** Host names reach the wire as A-labels; elsewhere in an address what is not ASCII is encoded anyway. */
function asciiHost(text: string, isHost: boolean): string {
  const host = /^[^/?:]+/.exec(text)?.[0] ?? '';
  if (!isHost || !/[^\0-\x7f]/.test(host)) return text;
  const found = canonicalHost(host);
  return found.ok ? found.host + text.slice(host.length) : text;
}

function readRegex(source: string): AbpPattern {
  try {
    new RegExp(source);
  } catch {
    throw new Refused('this is no regular expression');
  }
  return { kind: 'regex', source };
}

/** So few characters are in nearly every address. */
const least = 4;

function refuseShort(pattern: AbpPattern): void {
  if (
    pattern.kind === 'regex' ? literals(pattern.source) < least - 1 : !namesSite(pattern) && isShort(pattern)
  )
    throw new Refused('so short a pattern is in nearly every address');
}

/** How many characters stand for themselves. */
const literals = (source: string): number =>
  source.replace(/\\\w|(?<!\\)[.*+?^$()[\]{}|]/g, '').replace(/\\./g, 'x').length;

type Parts = Extract<AbpPattern, { kind: 'parts' }>;

/** `||host.example…`, and a whole top-level domain such as `||zip^`. */
function namesSite({ anchor, parts: [first, second] }: Parts): boolean {
  if (anchor !== 'host' || first?.kind !== 'text') return false;
  return second?.kind === 'separator'
    ? /^[^/:?]{2}/.test(first.text)
    : /^[^/:?.]+\.[^/:?.]{2}/.test(first.text);
}

function isShort({ parts }: Parts): boolean {
  const text = parts.map((part) => (part.kind === 'text' ? part.text : '*')).join('');
  const rest = text
    .replace(/^\**(?:https?|wss?)?:?\/{0,2}(?:www\.)?/i, '')
    .replace(/^\.?(?:com|net|org)\/?$/i, '')
    .replaceAll('*', '');
  return rest.length < least;
}

/** What two rules share of which one takes the other back by `$badfilter`. */
export function abpTwin(text: string): string {
  const { exception, pattern, options } = splitRule(text);
  const rest = options
    .filter((option) => option.toLowerCase() !== 'badfilter')
    .map((option) => {
      const [name = '', value] = option.split('=', 2);
      return value === undefined
        ? name.toLowerCase()
        : `${name.toLowerCase()}=${value.split('|').sort().join('|')}`;
    });
  return `${exception ? '@@' : ''}${pattern}$${rest.sort().join(',')}`;
}
