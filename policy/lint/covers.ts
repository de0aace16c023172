/**
 * Whether one rule matches wherever another does. Sound and not complete: it answers yes only where the written names and
 * patterns say so, whatever the lists and the directory hold.
 */
import { parseHostPattern, parseTopLevel } from '../model/patterns.ts';
import type { HostPattern } from '../model/patterns.ts';
import type { Match, Rule } from '../model/policy.ts';
import { namesPlaces } from './rules.ts';

/** One of the ways in which a rule can match: its audience, its place and its schedule. */
export interface Way {
  readonly audience: string;
  /** Null where the rule is about every place. */
  readonly place: PlaceKey | null;
  /** Null for always. */
  readonly schedule: string | null;
}

export type PlaceKey =
  | { readonly kind: 'category' | 'url' | 'expression' | 'topLevel'; readonly text: string }
  | { readonly kind: 'host'; readonly pattern: HostPattern }
  | { readonly kind: 'special'; readonly text: 'bareAddress' | 'uncategorised' | 'mixedScript' };

const specials = ['bareAddress', 'uncategorised', 'mixedScript'] as const;

function hostsOf(texts: readonly string[]): HostPattern[] {
  return texts.flatMap((text) => {
    const read = parseHostPattern(text);
    return read.ok ? [read.value] : [];
  });
}

function labelsOf(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const read = parseTopLevel(text);
    return read.ok ? [read.value] : [];
  });
}

/** A rule with what it names read once. */
export class Covering {
  readonly rule: Rule;
  readonly #hosts: readonly HostPattern[];
  readonly #topLevel: readonly string[];
  readonly #everywhere: boolean;
  readonly #everyone: boolean;

  constructor(rule: Rule) {
    this.rule = rule;
    this.#hosts = hostsOf(rule.match.hosts);
    this.#topLevel = labelsOf(rule.match.topLevel);
    this.#everywhere = !namesPlaces(rule);
    this.#everyone = rule.for.includes('anyone');
  }

  *ways(): Generator<Way, void, undefined> {
    const audiences = this.#everyone ? ['anyone'] : this.rule.for;
    const places = this.#everywhere ? [null] : [...this.#places()];
    for (const place of places)
      for (const audience of audiences)
        for (const schedule of this.rule.when ?? [null]) yield { audience, place, schedule };
  }

  *#places(): Generator<PlaceKey, void, undefined> {
    const { match } = this.rule;
    for (const text of match.categories) yield { kind: 'category', text };
    for (const pattern of this.#hosts) yield { kind: 'host', pattern };
    for (const text of match.urls) yield { kind: 'url', text };
    for (const text of match.expressions) yield { kind: 'expression', text };
    for (const text of this.#topLevel) yield { kind: 'topLevel', text };
    for (const text of specials) if (match[text] === true) yield { kind: 'special', text };
  }

  /** Whether this rule matches whatever `other` does in that way, as long as `other` holds. */
  covers(other: Rule, { audience, place, schedule }: Way): boolean {
    const { when } = this.rule;
    return (
      (this.#everyone || this.rule.for.includes(audience)) &&
      (when === undefined || (schedule !== null && when.includes(schedule))) &&
      lastsAsLong(this.rule, other) &&
      (this.#everywhere || (place !== null && this.#hasPlace(place))) &&
      isNarrowerOrSame(other.match, this.rule.match)
    );
  }

  #hasPlace(place: PlaceKey): boolean {
    const { match } = this.rule;
    switch (place.kind) {
      case 'category':
        return match.categories.includes(place.text);
      case 'url':
        return match.urls.includes(place.text);
      case 'expression':
        return match.expressions.includes(place.text);
      case 'topLevel':
        return this.#topLevel.includes(place.text);
      case 'special':
        return match[place.text] === true;
      case 'host':
        return (
          this.#hosts.some((own) => isWithin(place.pattern, own)) ||
          this.#topLevel.some((label) => place.pattern.host.endsWith(`.${label}`))
        );
    }
  }
}

/** Whether every host that `inner` reaches is reached by `outer`. */
export function isWithin(inner: HostPattern, outer: HostPattern): boolean {
  if (inner.host === outer.host && inner.reach === outer.reach) return true;
  switch (outer.reach) {
    case 'subtree':
      return inner.host === outer.host || inner.host.endsWith(`.${outer.host}`);
    case 'children':
      return inner.reach === 'exact' && inner.host.replace(/^[^.]+\./, '') === outer.host;
    case 'exact':
      return false;
  }
}

const lastsAsLong = (rule: Rule, other: Rule): boolean =>
  rule.expires === undefined ||
  (other.expires !== undefined && Date.parse(other.expires) <= Date.parse(rule.expires));

const anyOf = [
  'search',
  'files',
  'mediaTypes',
  'methods',
  'ports',
  'schemes',
  'userAgents',
  'headers',
] as const;

/** Whether every condition of `wide` holds where those of `narrow` do. */
function isNarrowerOrSame(narrow: Match, wide: Match): boolean {
  for (const key of anyOf) {
    const [wanted, given]: [readonly unknown[], readonly unknown[]] = [wide[key], narrow[key]];
    if (wanted.length > 0 && (given.length === 0 || !given.every((each) => wanted.includes(each))))
      return false;
  }
  if (wide.upload !== undefined && (narrow.upload === undefined || narrow.upload.over < wide.upload.over))
    return false;
  return wide.fetch === undefined || JSON.stringify(wide.fetch) === JSON.stringify(narrow.fetch);
}
