/**
 * The world of benchmarks/policy.ts: lists, a policy and requests, all invented, the same each time. Everything is a
 * function of its number, so that nothing large is kept: domain 4,000,000 is made when it is asked for.
 *
 * | | |
 * | --- | --- |
 * | listed domains | syllables under reserved top-level domains, 16 characters on average, one in five with a label more |
 * | categories | 60, the larger half of all domains in the first five, one domain in thirty in two of them |
 * | URL entries | path prefixes of 40,000 hosts, a tenth of all on one host by `/watch?v=…` |
 * | patterns | globs, regular expressions of keywords, rules of Adblock Plus |
 * | requests | 70 % to hosts that no list names, 20 % to listed ones, 10 % to hosts with URL entries; hosts by Zipf's law |
 */

const onsets = 'b br c ch cl d dr f fl g gr h j k l m n p pl qu r s sh sk sl st t tr v w y z'.split(' ');
const rhymes = 'a e i o u an er ol'.split(' ');
/** 256 of them. */
const syllables = onsets.flatMap((onset) => rhymes.map((rhyme) => onset + rhyme));
const topLevels = ['test', 'test', 'test', 'test', 'example', 'invalid', 'test', 'example'];
const prefixes = ['www', 'shop', 'blog', 'cdn1', 'm', 'forum', 'news', 'img7'];
const types = ['document', 'script', 'image', 'style', 'empty', 'iframe', 'font', 'image'] as const;

/** Numbers that look like chance; always the same for the same seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e37_79b1) ^ 0x85eb_ca6b) >>> 0;
  }

  /** 0 to 2³² − 1. */
  next(): number {
    let x = (this.#state = (this.#state + 0x6d2b_79f5) >>> 0);
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  }

  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** A rank from 0 on: the first comes `limit`/2 times as often as number `limit`/2. */
  zipf(limit: number): number {
    return Math.min(limit - 1, Math.floor(Math.exp((this.next() / 2 ** 32) * Math.log(limit + 1))) - 1);
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

/** A word of `count` syllables, one for each number below 256 ** count. */
function word(number: number, count: number): string {
  let [text, left] = ['', number];
  for (let i = 0; i < count; i++) {
    text += syllables[left & 255] ?? '';
    left >>>= 8;
  }
  return text;
}

const SPACE = 2 ** 24;
/** Neighbours become strangers; no two numbers become one. */
const shuffled = (number: number): number => (Math.imul(number, 0x5bd1_e995) ^ 0x2545f) & (SPACE - 1);

/** Different for each number and each kind. */
function domain(kind: 'l' | 'u' | 'p' | 'a', number: number): string {
  const mixed = shuffled(number);
  const name = `${word(mixed, 3)}${kind}`;
  const site = `${name}.${topLevels[mixed % 8] ?? 'test'}`;
  return number % 5 === 0 ? `${prefixes[(number / 5) % 8] ?? 'www'}.${site}` : site;
}

export interface WorldSize {
  readonly domains: number;
  readonly urls: number;
  readonly patterns: number;
  readonly rules: number;
  readonly audiences: number;
}

export const fullSize: WorldSize = {
  domains: 5_000_000,
  urls: 100_000,
  patterns: 5_000,
  rules: 500,
  audiences: 200,
};
export const CATEGORIES = 60;

export interface WorldRequest {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly rawPath: string;
  readonly query: string;
  readonly dest: (typeof types)[number];
  /** Host of the page, or empty. */
  readonly initiator: string;
}

export class World {
  readonly size: WorldSize;
  /** Hosts that have URL entries; the first has a tenth of all. */
  readonly urlHosts: number;
  #categories: Uint8Array | null = null;

  constructor(size: WorldSize = fullSize) {
    this.size = size;
    this.urlHosts = Math.max(1, Math.min(40_000, Math.ceil(size.urls / 2.5)));
  }

  listed(number: number): string {
    return domain('l', number);
  }

  unlisted(number: number): string {
    return domain('u', number);
  }

  urlHost(number: number): string {
    return number === 0 ? 'video.test' : domain('p', number).replace(/^[a-z0-9]+\.(?=.*\.)/, '');
  }

  /** The category of each domain; one domain in thirty is in {@link secondCategory}, too. */
  get categories(): Uint8Array {
    return (this.#categories ??= Uint8Array.from({ length: this.size.domains }, (_, number) =>
      new Chance(number).zipf(CATEGORIES),
    ));
  }

  secondCategory(number: number): number {
    return number % 30 === 0 ? ((this.categories[number] ?? 0) + 7) % CATEGORIES : -1;
  }

  /** Host and canonical path, perhaps with a query. */
  urlEntry(number: number): { host: string; path: string; category: number } {
    const category = number % CATEGORIES;
    if (number % 10 === 0) return { host: this.urlHost(0), path: `/watch?v=${videoId(number)}`, category };
    return { host: this.urlHost(1 + (number % (this.urlHosts - 1 || 1))), path: entryPath(number), category };
  }

  /** Globs, for the policy's `urls`. */
  glob(number: number): string {
    const text = keyword(number);
    if (number % 5 === 0) return `**/${text}-games/*`;
    return `${number % 3 === 0 ? '**.' : ''}${this.urlHost(number % this.urlHosts)}/${text}/**`;
  }

  /** Keywords as such lists have them. */
  regex(number: number): string {
    const [one, two] = [keyword(3 * number), keyword(3 * number + 1)];
    const forms = [
      `${one}${two}`,
      `(${one}|${two})[-_.]?(game|play)s?`,
      `(^|[./-])${one}[0-9]*\\.`,
      `${one}.*${two}`,
      `/${one}/[^/]+\\.(mp4|zip)$`,
    ];
    return forms[number % forms.length] ?? one;
  }

  /** As EasyList has them: hosts, hosts with options, paths of hosts, paths of anybody, exceptions, expressions. */
  abp(number: number): string {
    const chance = new Chance(number + 7);
    const host = domain('a', number);
    const text = keyword(number);
    const kind = number % 100;
    if (number % 1_000 === 999) return `/^https?:\\/\\/[a-z0-9-]{3,20}\\.${text}\\.test\\/[a-z]{2,9}$/`;
    if (kind < 55) return `||${host}^`;
    if (kind < 65) return `||${host}^$third-party`;
    if (kind < 70) return `||${host}^$${chance.of(['script', 'image', 'script,third-party', 'subdocument'])}`;
    if (kind < 78) return `||${host}/${text}/`;
    if (kind < 84)
      return `||${host}/*/${text}.js$domain=${this.unlisted(number)}|${this.unlisted(number % 100)}`;
    if (kind < 90) return `/${text}-ads/*$${chance.of(['image', 'script', 'third-party'])}`;
    if (kind < 94) return `&${text}id=`;
    if (kind < 96) return `-${text}_banner.`;
    const other = domain('a', number - (kind - 95) * 7 - 1);
    return `@@||${other}${kind < 98 ? '' : `/${text}/`}^$${chance.of(['image', 'script'])}`;
  }

  abpHost(number: number): string {
    return domain('a', number);
  }

  /** The same each time; a different address for each number. */
  request(number: number): WorldRequest {
    const chance = new Chance(number + 1_000_003);
    const kind = chance.below(10);
    const scheme = chance.below(5) === 0 ? 'http' : 'https';
    const dest = chance.of(types);
    const initiator = dest === 'document' ? '' : this.unlisted(chance.zipf(300_000));
    const plain = { scheme, dest, initiator, ...address(number, chance) } as const;
    if (kind < 7)
      return {
        ...plain,
        host: `${chance.below(2) === 0 ? 'www.' : ''}${this.unlisted(chance.zipf(300_000))}`,
      };
    if (kind < 9) {
      const host = this.listed(Math.floor((chance.zipf(200_000) * this.size.domains) / 200_000));
      return { ...plain, host: chance.below(2) === 0 ? `www.${host}` : host };
    }
    const entry = this.urlEntry(chance.zipf(this.size.urls));
    const host = chance.below(2) === 0 ? `www.${entry.host}` : entry.host;
    if (chance.below(2) === 0) return { ...plain, host };
    const [path = '', query] = entry.path.split('?');
    if (query !== undefined) return { ...plain, host, rawPath: path, query: `${query}&t=${number}` };
    return { ...plain, host, rawPath: `${path}/${number}` };
  }

  /** What a page with advertisements asks for: half of it is on the list of {@link abp}. */
  adRequest(number: number, rules: number): WorldRequest {
    const chance = new Chance(number + 2_000_003);
    const plain = { ...this.request(number) };
    const rule = chance.zipf(rules);
    const text = keyword(rule);
    const forms = [
      `/${text}/x${number}.js`,
      `/${text}-ads/${number}.png`,
      `/img/a-${text}_banner.${number}.gif`,
    ];
    const kind = chance.below(20);
    if (kind < 6) return { ...plain, host: this.abpHost(rule) };
    if (kind < 8) return { ...plain, host: this.abpHost(rule), rawPath: chance.of(forms) };
    if (kind < 9) return { ...plain, rawPath: chance.of(forms) };
    if (kind < 10) return { ...plain, query: `n=${number}&${text}id=1` };
    // A path as nobody but an evader writes it.
    if (chance.below(200) === 0)
      return {
        ...plain,
        host: this.abpHost(rule),
        rawPath: `/%${text.charCodeAt(0).toString(16)}${text.slice(1)}/x`,
      };
    return plain;
  }
}

/** What patterns look for: other words than those of hosts. */
const keyword = (number: number): string => word(shuffled(number + 5_000_011), 2);
const videoId = (number: number): string => (shuffled(number) + SPACE).toString(36).padStart(8, 'x');
const entryPath = (number: number): string =>
  `/${word(shuffled(number), 2)}${number % 3 === 0 ? '' : `/${word(shuffled(number + 9), 2)}`}`;

/** Path and query of a page like any other. */
function address(number: number, chance: Chance): { rawPath: string; query: string } {
  const depth = 1 + chance.below(4);
  let rawPath = '';
  for (let i = 0; i < depth; i++) rawPath += `/${word(chance.next(), 1 + chance.below(3))}`;
  rawPath += `/${number.toString(36)}`;
  const end = chance.below(20);
  if (end === 0) rawPath += '/';
  else if (end < 9) rawPath += chance.of(['.html', '.js', '.png', '.php', '.css']);
  const asks = chance.below(10);
  if (asks > 3) return { rawPath, query: '' };
  const id = chance.next().toString(36);
  return {
    rawPath,
    query: asks === 0 ? `q=${id}%20${id}&page=2` : `id=${id}&utm_source=${word(chance.next(), 2)}`,
  };
}

/** A list of one category in our own format, piece by piece. */
export function* listText(world: World, category: number): Generator<string> {
  yield `@category c${category}\n@source invented for benchmarks/policy.ts\n`;
  const { domains, urls, patterns } = world.size;
  let lines: string[] = [];
  const flushed = () => {
    const text = `${lines.join('\n')}\n`;
    lines = [];
    return text;
  };
  for (let i = 0; i < domains; i++) {
    if (world.categories[i] === category || world.secondCategory(i) === category) lines.push(world.listed(i));
    if (lines.length === 10_000) yield flushed();
  }
  for (let i = category; i < urls; i += CATEGORIES) {
    const { host, path } = world.urlEntry(i);
    lines.push(host + path);
  }
  for (let i = category; i < patternCounts(patterns).regexes; i += CATEGORIES)
    lines.push(`regex ${world.regex(i)}`);
  if (category === CATEGORIES - 1)
    for (let i = 0; i < patternCounts(patterns).rules; i++)
      lines.push(`abp ${world.abp(i * 100 + 55 + (i % 45))}`);
  if (lines.length > 0) yield flushed();
}

/** How the patterns are shared out. */
export const patternCounts = (patterns: number) => ({
  globs: Math.floor(patterns * 0.3),
  regexes: Math.floor(patterns * 0.3),
  rules: patterns - 2 * Math.floor(patterns * 0.3),
});

/** A policy in which every audience has rules about some categories, some of them about URLs. */
export function policyText(world: World): string {
  const { rules, audiences, patterns } = world.size;
  const { globs } = patternCounts(patterns);
  const lines = ['hallpass: 1', 'title: Invented district', 'timeZone: America/Chicago', 'audiences:'];
  for (let i = 0; i < audiences; i++) lines.push(`  a${i}: { title: Audience ${i}, groups: [g${i}] }`);
  lines.push('categories:');
  for (let i = 0; i < CATEGORIES; i++) lines.push(`  c${i}: { title: Category ${i} }`);
  lines.push('rules:');
  for (let i = 0; i < rules; i++) {
    const urls = Array.from(
      { length: Math.ceil((globs - i) / rules) },
      (_, j) => `'${world.glob(i + j * rules)}'`,
    );
    const match = `categories: [c${i % CATEGORIES}]${urls.length > 0 ? `, urls: [${urls.join(', ')}]` : ''}`;
    const who =
      i < audiences ? `, for: [a${i}]` : `, for: [a${(i * 7) % audiences}, a${(i * 11) % audiences}]`;
    const action = ['block', 'warn', 'allow'][i % 3] ?? 'block';
    lines.push(
      `  - { id: r${i}, title: Rule ${i}, publicTitle: Rule ${i}, noClause: invented${who}, match: { ${match} }, action: ${action} }`,
    );
  }
  lines.push('default: { action: allow, publicTitle: Open, noClause: invented }');
  return `${lines.join('\n')}\n`;
}
