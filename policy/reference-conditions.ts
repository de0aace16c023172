/** What each condition of a rule means, slowly and plainly: the half of reference.ts that asks one thing at a time. */
import ipaddr from 'ipaddr.js';
import { Temporal } from 'temporal-polyfill';
import type { Grant, Need } from './decision.ts';
import type { Emergency } from './emergency.ts';
import { canonicalHost, canonicalPath } from './facts.ts';
import { fullyDecoded } from './path.ts';
import type { ListEntry } from './lists/entry.ts';
import type { Audience, Match, Policy, Rule, Schedule } from './model/policy.ts';
import type { RequestFacts, UrlFacts } from './request.ts';
import type { Service } from './services.ts';
import type { Person, Subject } from './subject.ts';
import { wordsOf } from './words.ts';

/** An entry of a list file. */
export type ReferenceEntry = ListEntry & { readonly list: string };

export interface ReferenceSource {
  readonly policy: Policy;
  readonly entries: readonly ReferenceEntry[];
  readonly services?: readonly Service[];
  readonly emergency?: Emergency;
}

/** Yes, no, or the facts that would tell. */
export type Verdict = true | false | readonly Need[];

/** One question. */
export interface Asked {
  readonly source: ReferenceSource;
  readonly facts: RequestFacts;
  readonly subject: Subject;
  readonly grants: readonly Grant[];
  readonly at: number;
}

/** Whether it closes, or at least warns. */
export const opensNot = ({ action }: Pick<Rule, 'action'>): boolean =>
  action === 'block' || action === 'warn';

// Rules

export function ruleMatches(asked: Asked, rule: Rule): Verdict {
  const { source, facts, subject, at } = asked;
  const { policy } = source;
  if (rule.expires !== undefined && at >= Date.parse(rule.expires)) return false;
  if (rule.when !== undefined && !rule.when.some((name) => scheduleOpen(policy, name, at))) return false;
  return all([
    placeMatches(asked, rule),
    ...narrowed(rule.match, facts),
    any(rule.for.map((name) => audienceHolds(policy, name, subject, at))),
  ]);
}

export function all(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(false)) return false;
  const needs = verdicts.flatMap((verdict) => (verdict === true || verdict === false ? [] : verdict));
  return needs.length === 0 ? true : needs;
}

function any(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(true)) return true;
  const needs = verdicts.flatMap((verdict) => (verdict === true || verdict === false ? [] : verdict));
  return needs.length === 0 ? false : needs;
}

const not = (verdict: Verdict): Verdict => (typeof verdict === 'boolean' ? !verdict : verdict);

/** The conditions besides places, people and time. */
function narrowed(match: Match, facts: RequestFacts): Verdict[] {
  const { ports, schemes, methods, search, files, upload, userAgents, headers, fetch, mediaTypes } = match;
  const whole = (glob: string, text: string) => starred(glob.toLowerCase(), text.toLowerCase());
  const among = (wanted: readonly string[], value: string) => wanted.length === 0 || wanted.includes(value);
  const ofUrl = (asks: boolean, holds: (url: UrlFacts) => boolean): Verdict => {
    if (!asks) return true;
    if (facts.url === 'unknown') return ['url'];
    return facts.url !== 'unobtainable' && holds(facts.url);
  };
  return [
    among(ports.map(String), String(facts.port)),
    among(schemes, facts.scheme),
    ofUrl(methods.length > 0, ({ method }) => methods.includes(method)),
    ofUrl(files.length > 0, ({ extension }) => files.some((file) => file.toLowerCase() === extension)),
    ofUrl(
      upload !== undefined,
      ({ upload: body }) => (body?.size ?? (body === null ? -1 : Infinity)) > (upload?.over ?? 0),
    ),
    ofUrl(search.length > 0, ({ search: found }) =>
      search.some((set) => found !== null && wordsOf(set).every((word) => found.words.includes(word))),
    ),
    ofUrl(userAgents.length > 0, ({ headers: { userAgent } }) =>
      userAgents.some((glob) => whole(glob, userAgent)),
    ),
    ofUrl(headers.length > 0, ({ headers: { names } }) =>
      headers.some((name) => names.has(name.toLowerCase())),
    ),
    ofUrl(
      fetch !== undefined,
      ({ headers: { dest, mode, site } }) =>
        fetch === undefined ||
        (among(fetch.dest, dest) && among(fetch.mode, mode) && among(fetch.site, site)),
    ),
    mediaTypes.length === 0 ? true : any(mediaTypes.map((type) => isOfType(type, facts))),
  ];
}

function isOfType(type: string, { response }: RequestFacts): Verdict {
  if (response === 'unknown') return ['response'];
  if (response === 'unobtainable') return false;
  const [kind, subtype] = type.split('/');
  const [foundKind, foundSubtype] = response.mediaType.split('/');
  return kind === foundKind && foundSubtype !== undefined && (subtype === '*' || subtype === foundSubtype);
}

// Places

type Places = Pick<Match, 'categories' | 'hosts' | 'urls' | 'expressions' | 'topLevel'>;
export const nowhere: Places = { categories: [], hosts: [], urls: [], expressions: [], topLevel: [] };

function placeMatches(asked: Asked, rule: Rule): Verdict {
  const { match } = rule;
  const { facts } = asked;
  const { categories, hosts, urls, expressions, topLevel, bareAddress, uncategorised, mixedScript } = match;
  const named = [categories, hosts, urls, expressions, topLevel].some(({ length }) => length > 0);
  if (!named && !bareAddress && !uncategorised && !mixedScript) return true;
  if (bareAddress && facts.hostKind !== 'name') return true;
  if (mixedScript && facts.mixedScript) return true;
  if (uncategorised && isUncategorised(asked, facts.host)) return true;
  const opens = !opensNot(rule);
  const alone = { ...asked, facts: { ...facts, url: 'unobtainable', response: 'unobtainable' } } as const;
  if (!opens && facts.aliases.some((alias) => placesHold(alone, match, alias, false) === true)) return true;
  return placesHold(asked, match, facts.host, opens);
}

export function placesHold(asked: Asked, places: Places, host: string, opens: boolean): Verdict {
  const { categories, hosts, urls, expressions, topLevel } = places;
  const facts = { ...asked.facts, host };
  return any([
    ...categories.map((name) => inCategory(asked.source, name, facts, opens)),
    hosts.some((pattern) => hostMatches(pattern, host)),
    topLevel.some((label) => hostMatches(label, host)),
    ...urls.map((glob) => urlMatches(glob, facts, opens)),
    ...expressions.map((source) => expressionMatches(source, facts, opens)),
  ]);
}

export function isUncategorised({ source, facts }: Asked, host: string): boolean {
  const { policy, entries } = source;
  const known = (name: string) => Object.hasOwn(policy.categories, name);
  const listed = entries.some(
    (entry) =>
      !entry.except &&
      known(entry.category) &&
      (entry.kind === 'host' || entry.kind === 'ip') &&
      entryMatches(entry, { ...facts, host }, true) === true,
  );
  return (
    !listed && !Object.values(policy.lists).some(({ hosts }) => hosts.some((each) => hostMatches(each, host)))
  );
}

/** By the policy's own lists, or by any list file: by an entry of it that none of its exceptions takes back. */
function inCategory(
  { policy, entries }: ReferenceSource,
  name: string,
  facts: RequestFacts,
  opens: boolean,
): Verdict {
  const inline = Object.values(policy.lists).some(
    ({ category, hosts }) => category === name && hosts.some((pattern) => hostMatches(pattern, facts.host)),
  );
  const of = entries.filter(({ category }) => category === name);
  const lists = [...new Set(of.map(({ list }) => list))];
  return any([
    inline,
    ...lists.map((list) => {
      const own = of.filter((entry) => entry.list === list);
      const within = any(
        own.filter(({ except }) => !except).map((entry) => entryMatches(entry, facts, opens)),
      );
      const back = any(own.filter(({ except }) => except).map((entry) => entryMatches(entry, facts, !opens)));
      return all([within, not(back)]);
    }),
  ]);
}

function entryMatches(entry: ListEntry, facts: RequestFacts, opens: boolean): Verdict {
  const { host, url } = facts;
  const ofUrl = (holds: (url: UrlFacts) => boolean): Verdict =>
    url === 'unknown' ? ['url'] : url !== 'unobtainable' && holds(url);
  switch (entry.kind) {
    case 'host':
      return hostMatches(`${marks[entry.reach]}${entry.host}`, host);
    case 'path':
      if (!hostMatches(`${entry.exact ? '=' : ''}${entry.host}`, host)) return false;
      return ofUrl((known) =>
        addressesOf(known, opens).some((address) => startsAt(entry.path, address, opens)),
      );
    case 'glob':
      return urlMatches(entry.glob, facts, opens);
    case 'regex':
      return expressionMatches(entry.regex, facts, opens);
    case 'term':
      return ofUrl(
        ({ search }) => search !== null && entry.words.every((word) => search.words.includes(word)),
      );
    case 'extension':
      return ofUrl(({ extension }) => extension === entry.extension);
    case 'type':
      return isOfType(entry.type, facts);
    case 'ip':
      return isBetween(entry.from, entry.to, host);
    case 'abp':
      throw new Error('the reference has its own way with Adblock Plus rules');
  }
}

const marks = { subtree: '', exact: '=', children: '*.' } as const;

/** `path?query` in lower case: canonical, and in the other spellings where those count too. */
function addressesOf({ path, rawPath, query }: UrlFacts, opens: boolean): string[] {
  const spellings = opens
    ? [[path, query]]
    : [
        [path, query],
        [path, fullyDecoded(query)],
        [rawPath, query],
      ];
  return spellings.map(([each = '', asked]) =>
    (asked === '' ? each : `${each}?${asked ?? ''}`).toLowerCase(),
  );
}

/** A parameter may stand anywhere in the query of what closes. */
function startsAt(prefix: string, address: string, opens: boolean): boolean {
  const begins = (whole: string, part: string) =>
    whole.startsWith(part) && ['', '/', '?', '&', '='].includes(whole.slice(part.length, part.length + 1));
  if (begins(address, prefix)) return true;
  const [path = '', query = ''] = address.split(/\?(.*)/s);
  const [wantedPath, wanted] = prefix.split(/\?(.*)/s);
  return (
    !opens &&
    wanted !== undefined &&
    wantedPath === path &&
    query.split('&').some((each) => begins(each, wanted))
  );
}

function isBetween(from: string, to: string, host: string): boolean {
  if (!ipaddr.isValid(host)) return false;
  const number = (text: string) =>
    ipaddr
      .parse(text)
      .toByteArray()
      .reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return (
    from.includes(':') === host.includes(':') && number(from) <= number(host) && number(host) <= number(to)
  );
}

export function hostMatches(pattern: string, host: string): boolean {
  if (pattern.startsWith('=')) return host === canonical(pattern.slice(1));
  if (pattern.startsWith('*.')) {
    const rest = canonical(pattern.slice(2));
    return host.endsWith(`.${rest}`) && !host.slice(0, -rest.length - 1).includes('.');
  }
  const whole = canonical(pattern);
  return host === whole || (host.endsWith(`.${whole}`) && !ipaddr.isValid(whole));
}

function canonical(host: string): string {
  const found = canonicalHost(host);
  return found.ok ? found.host : host;
}

function expressionMatches(source: string, { host, url }: RequestFacts, opens: boolean): Verdict {
  if (url === 'unknown') return ['url'];
  if (url === 'unobtainable') return false;
  return addressesOf(url, opens).some((address) => new RegExp(source, 'is').test(`${host}${address}`));
}

/**
 * Paths are compared without case: many servers do so, and no rule should be escaped by a capital letter. What closes a
 * place may be met by the raw path too; what opens one may not, or `/open/../closed` would be open.
 */
function urlMatches(glob: string, { host, url }: RequestFacts, opens: boolean): Verdict {
  const slash = glob.indexOf('/');
  const hostGlob = glob.slice(0, slash).toLowerCase();
  const labels = hostGlob.includes('*') ? hostGlob : canonical(hostGlob);
  if (!globMatches(labels.split('.'), host.split('.'))) return false;
  if (url === 'unknown') return ['url'];
  if (url === 'unobtainable') return false;
  const wanted = segments(canonicalPath(glob.slice(slash)));
  const raw = url.rawPath.replace(/(.)\/$/, '$1');
  return (opens ? [url.path] : [url.path, raw]).some((path) => globMatches(wanted, segments(path)));
}

/** `/` has none. */
export const segments = (path: string): string[] =>
  path === '/' ? [] : path.slice(1).toLowerCase().split('/');

/** `**` stands for any number of whole parts, none too. A raw path may have `.` and `..`: what closes is met by them too. */
function globMatches(glob: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = glob;
  const [part, ...others] = text;
  if (first === undefined) return text.length === 0;
  if (first === '**') return globMatches(rest, text) || (part !== undefined && globMatches(glob, others));
  return part !== undefined && partMatches(first, part) && globMatches(rest, others);
}

/** `*` stands for any run within one part, none too; alone it matches no part that is empty. */
function partMatches(glob: string, part: string): boolean {
  return !(glob.startsWith('*') && part === '') && starred(glob, part);
}

function starred(glob: string, text: string): boolean {
  const pattern = glob.split('*').map((literal) => literal.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(text);
}

// Audiences

export function audienceHolds(policy: Policy, name: string, { ip, identity }: Subject, at: number): Verdict {
  if (name === 'anyone') return true;
  const found = networkOf(policy, ip);
  const network = found === undefined ? undefined : policy.networks[found];
  const audience = policy.audiences[name];
  if (audience === undefined) return false;
  const byNetwork =
    (found !== undefined && audience.networks.includes(found)) ||
    (network?.audiences.includes(name) ?? false);
  const asked = identity === 'unknown' && network?.signIn === 'never' ? 'unidentified' : identity;
  const { except, age } = audience;
  const fallback = network?.unidentified === name;
  const byAgeAlone = age !== undefined && !namesAnybody(audience) && audience.networks.length === 0;
  if (asked === 'unknown') {
    if (byNetwork && !namesAnybody(except) && age === undefined) return true;
    return byNetwork || namesAnybody(audience) || byAgeAlone || fallback ? ['identity'] : false;
  }
  if (asked === 'unidentified') return (byNetwork && (age === undefined || age.unknown)) || fallback;
  if (isNamed(asked, except) || !isOfAge(age, asked, policy.timeZone, at)) return false;
  return byNetwork || byAgeAlone || isNamed(asked, audience);
}

function isOfAge(age: Audience['age'], { born }: Person, zone: string, at: number): boolean {
  if (age === undefined) return true;
  if (born === undefined || born === null || !isDate(born)) return age.unknown;
  const today = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
  // Who was born on a leap day grows older on the first of March where there is none.
  const date = today.toString();
  const years = today.year - Number(born.slice(0, 4)) - (date.slice(5) < born.slice(5) ? 1 : 0);
  return (age.from === undefined || years >= age.from) && (age.under === undefined || years < age.under);
}

function isDate(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

interface Names {
  readonly groups: readonly string[];
  readonly users: readonly string[];
  readonly schools: readonly string[];
}

const namesAnybody = ({ groups, users, schools }: Names): boolean =>
  groups.length + users.length + schools.length > 0;

function isNamed(person: Person, { groups, users, schools }: Names): boolean {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  return (
    groups.some((name) =>
      person.groups.some((each) => [each.name, each.dn, each.key].some((id) => same(id, name))),
    ) ||
    users.some((name) => same(name, person.login) || same(name, person.key)) ||
    schools.some((school) => person.schools.includes(school))
  );
}

/** The network with the longest CIDR that holds `ip`; the first of the document among equals. */
export function networkOf(policy: Policy, ip: string): string | undefined {
  const address = ipaddr.process(ip);
  let best: { readonly name: string; readonly bits: number } | undefined;
  for (const [name, { cidrs }] of Object.entries(policy.networks)) {
    for (const cidr of cidrs) {
      const [range, bits] = ipaddr.parseCIDR(
        cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`,
      );
      if (range.kind() !== address.kind() || !address.match(range, bits)) continue;
      if (best === undefined || bits > best.bits) best = { name, bits };
    }
  }
  return best?.name;
}

// Schedules

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

function scheduleOpen(policy: Policy, name: string, at: number): boolean {
  const schedule = policy.schedules[name];
  if (schedule === undefined) return false;
  const zone = schedule.timeZone ?? policy.timeZone;
  const today = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
  return [today.subtract({ days: 1 }), today].some((day) => openFrom(schedule, zone, day, at));
}

/** Whether a window that begins on `day` is open at `at`. */
function openFrom(schedule: Schedule, zone: string, day: Temporal.PlainDate, at: number): boolean {
  const date = day.toString();
  if (schedule.except.some(({ from, to }) => from <= date && date <= to)) return false;
  return schedule.windows.some((window) => {
    if (!window.days.includes(days[day.dayOfWeek - 1] as (typeof days)[number])) return false;
    if (window.dates !== undefined && !window.dates.some(({ from, to }) => from <= date && date <= to))
      return false;
    const last = window.to > window.from ? day : day.add({ days: 1 });
    const moment = (on: Temporal.PlainDate, time: string): number =>
      on.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;
    return moment(day, window.from) <= at && at < moment(last, window.to);
  });
}
