/** What stands after the `$` of a rule of Adblock Plus. */
import { canonicalHost } from '../host.ts';
import { quoted } from './report.ts';

export const abpTypes = [
  'document',
  'subdocument',
  'script',
  'stylesheet',
  'image',
  'media',
  'font',
  'object',
  'xmlhttprequest',
  'ping',
  'websocket',
  'other',
] as const;
export type AbpType = (typeof abpTypes)[number];

/** What the options say. */
export interface AbpConditions {
  readonly matchCase: boolean;
  /** What is fetched must be one of these; null is anything. */
  readonly types: ReadonlySet<AbpType> | null;
  /** True: from another site's page only. False: from its own only. */
  readonly thirdParty: boolean | null;
  /** The page that fetches must be on one of `include` (where there are any) and on none of `exclude`; canonical hosts with their sub-domains. */
  readonly domains: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  /** Hosts, with their sub-domains, that the rule does not mean. */
  readonly denyallow: readonly string[];
  /** Stronger than an exception. */
  readonly important: boolean;
  /** Takes back the rule of the same text; the reader of lists does that. */
  readonly badfilter: boolean;
  /** With `@@`: the whole page is allowed, and all that it fetches. */
  readonly document: boolean;
}

export class Refused extends Error {
  readonly unsupported: string | null;
  constructor(why: string, unsupported: string | null = null) {
    super(why);
    this.unsupported = unsupported;
  }
}

const typeNames: Readonly<Record<string, AbpType>> = {
  ...Object.fromEntries(abpTypes.map((type) => [type, type])),
  doc: 'document',
  frame: 'subdocument',
  css: 'stylesheet',
  xhr: 'xmlhttprequest',
  beacon: 'ping',
  'object-subrequest': 'object',
};

/** True is another site's page. */
const parties: Readonly<Record<string, boolean>> = {
  'third-party': true,
  '3p': true,
  '~first-party': true,
  '~1p': true,
  'first-party': false,
  '1p': false,
  '~third-party': false,
  '~3p': false,
};

/** What a name server or a page would have to do. */
const elsewhere: ReadonlySet<string> = new Set([
  ...['dnsrewrite', 'dnstype', 'client', 'ctag'],
  ...[
    'elemhide',
    'ehide',
    'generichide',
    'ghide',
    'specifichide',
    'shide',
    'genericblock',
    'jsinject',
    'content',
  ],
  ...[
    'csp',
    'permissions',
    'redirect',
    'redirect-rule',
    'rewrite',
    'removeparam',
    'queryprune',
    'removeheader',
  ],
  ...[
    'replace',
    'cookie',
    'stealth',
    'inline-script',
    'inline-font',
    'extension',
    'urlblock',
    'hls',
    'jsonprune',
  ],
  ...['app', 'network', 'header', 'method', 'to', 'urltransform', 'uritransform', 'webrtc'],
]);

const known = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

export class Options {
  readonly #flags = new Set<string>();
  readonly #only = new Set<AbpType>();
  readonly #not = new Set<AbpType>();
  readonly #include: string[] = [];
  readonly #exclude: string[] = [];
  readonly #denyallow: string[] = [];
  #thirdParty: boolean | null = null;
  #all = false;

  constructor(options: readonly string[]) {
    for (const option of options) this.#read(option);
    // Whether something opens as a window of its own is seen in the browser alone.
    if (this.#flags.has('popup') && this.#only.size === 0 && !this.#all)
      throw new Refused('`$popup` is for browsers', 'popup');
  }

  #read(option: string): void {
    const equals = option.indexOf('=');
    const name = (equals < 0 ? option : option.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? null : option.slice(equals + 1);
    const party = known(parties, name);
    const inverted = name.startsWith('~');
    const type = known(typeNames, inverted ? name.slice(1) : name);
    if (/^_+$/.test(name)) return;
    if (elsewhere.has(inverted ? name.slice(1) : name))
      throw new Refused(`${quoted(`$${name}`)} is for browsers and name servers`, name);
    if (value !== null) this.#readHosts(name, value);
    else if (party !== undefined) this.#party(party);
    else if (type !== undefined) (inverted ? this.#not : this.#only).add(type);
    else if (name === 'all') this.#all = true;
    else if (['match-case', 'important', 'badfilter', 'popup'].includes(name)) this.#flags.add(name);
    else if (name !== '~popup') throw new Refused(`the option ${quoted(option)} is not known`);
  }

  #party(party: boolean): void {
    if (this.#thirdParty !== null && this.#thirdParty !== party)
      throw new Refused('no page is both of the same site and of another');
    this.#thirdParty = party;
  }

  #readHosts(name: string, value: string): void {
    if (name !== 'domain' && name !== 'from' && name !== 'denyallow')
      throw new Refused(`the option ${quoted(`${name}=${value}`)} is not known`);
    const hosts = value.split('|').filter((host) => host !== '');
    if (hosts.length === 0) throw new Refused(`${quoted(`${name}=`)} names no host`);
    for (const text of hosts) {
      const not = text.startsWith('~');
      const found = canonicalHost(not ? text.slice(1) : text);
      if (!found.ok || (not && name === 'denyallow'))
        throw new Refused(`${quoted(text)} in ${quoted(`${name}=`)} is no host`);
      (name === 'denyallow' ? this.#denyallow : not ? this.#exclude : this.#include).push(found.host);
    }
  }

  result(exception: boolean): AbpConditions {
    return {
      matchCase: this.#flags.has('match-case'),
      types: this.#types(),
      thirdParty: this.#thirdParty,
      domains: { include: this.#include, exclude: this.#exclude },
      denyallow: this.#denyallow,
      important: this.#flags.has('important'),
      badfilter: this.#flags.has('badfilter'),
      document: exception && this.#only.has('document'),
    };
  }

  #types(): ReadonlySet<AbpType> | null {
    if (this.#all || this.#only.size + this.#not.size === 0) return null;
    const from = this.#only.size > 0 ? this.#only : new Set<AbpType>(abpTypes);
    const types = new Set([...from].filter((type) => !this.#not.has(type)));
    if (types.size === 0) throw new Refused('no kind of request is left');
    return types;
  }
}
