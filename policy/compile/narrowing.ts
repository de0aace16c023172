/** The conditions that narrow a rule and that few rules have; each is met, not met, or wants a fact that is not known. */
import { wordsOf } from '../words.ts';
import type { RequestFacts, UnkeptCondition, UrlFacts } from '../request.ts';
import { NEED_RESPONSE, NEED_URL, NO_MATCH } from './outcome.ts';
import type { Narrowing } from './program.ts';
import { matchStars } from './url-glob.ts';

export class LiveNarrowing {
  readonly source: Narrowing;
  readonly #rule: string;
  readonly #search: readonly (readonly string[])[];
  /** Whether any condition reads what is known of a request only when its head is seen. */
  readonly #ofUrl: boolean;

  /** @param rule id of whose conditions they are */
  constructor(source: Narrowing, rule: string) {
    this.source = source;
    this.#rule = rule;
    this.#search = source.search.map(wordsOf);
    const lists = [source.search, source.files, source.userAgents, source.headers];
    this.#ofUrl =
      lists.some(({ length }) => length > 0) || source.upload !== undefined || source.fetch !== undefined;
  }

  /** {@link NO_MATCH}, 0 where all hold, or the bits of the facts that would tell. */
  match(facts: RequestFacts): number {
    const { schemes, mediaTypes } = this.source;
    if (schemes.length > 0 && !schemes.includes(facts.scheme)) return NO_MATCH;
    let needs = 0;
    if (this.#ofUrl) {
      if (facts.url === 'unobtainable') return NO_MATCH;
      if (facts.url === 'unknown') needs |= NEED_URL;
      else if (!this.#request(facts.url)) return NO_MATCH;
    }
    if (mediaTypes.length > 0) {
      const { response } = facts;
      if (response === 'unobtainable') return NO_MATCH;
      if (response === 'unknown') needs |= NEED_RESPONSE;
      else if (!mediaTypes.some((wanted) => isType(wanted, response.mediaType))) return NO_MATCH;
    }
    return needs;
  }

  /** One of the conditions by itself, for the trace. */
  holdsAlone(key: keyof Narrowing, url: UrlFacts): boolean {
    const { witness } = url;
    if (witness === undefined || !isUnkept(key) || !isAsked(this.source[key])) return this.#holds(key, url);
    return witness.condition(this.#rule, key, () => this.#holds(key, url));
  }

  #holds(key: keyof Narrowing, url: UrlFacts): boolean {
    const { files, upload, userAgents, headers, fetch } = this.source;
    switch (key) {
      case 'files':
        return files.length === 0 || files.includes(url.extension);
      case 'upload':
        return upload === undefined || isLarger(url, upload.over);
      case 'search':
        return this.#search.length === 0 || this.#searches(url);
      case 'userAgents': {
        const userAgent = userAgents.length === 0 ? '' : url.headers.userAgent.toLowerCase();
        return userAgents.length === 0 || userAgents.some((glob) => matchStars(glob, userAgent));
      }
      case 'headers':
        return headers.length === 0 || headers.some((name) => url.headers.names.has(name));
      case 'fetch':
        return fetch === undefined || isFetched(fetch, url);
      default:
        return true;
    }
  }

  #request(url: UrlFacts): boolean {
    return ofRequest.every((key) => this.holdsAlone(key, url));
  }

  #searches({ search }: UrlFacts): boolean {
    return search !== null && this.#search.some((set) => set.every((word) => search.words.includes(word)));
  }
}

/** Those that read the request itself, the cheapest first. */
const ofRequest = ['files', 'upload', 'search', 'headers', 'fetch', 'userAgents'] as const;

const unkept: readonly string[] = [
  'search',
  'headers',
  'fetch',
  'userAgents',
  'upload',
] satisfies UnkeptCondition[];
const isUnkept = (key: keyof Narrowing): key is UnkeptCondition => unkept.includes(key);
/** Whether a rule has the condition at all. */
const isAsked = (value: Narrowing[keyof Narrowing]): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined;

function isFetched(fetch: NonNullable<Narrowing['fetch']>, { headers }: UrlFacts): boolean {
  const holds = (wanted: readonly string[], value: string) => wanted.length === 0 || wanted.includes(value);
  return (
    holds(fetch.dest, headers.dest) && holds(fetch.mode, headers.mode) && holds(fetch.site, headers.site)
  );
}

/** A body of unknown length is larger than any. */
function isLarger({ upload }: UrlFacts, over: number): boolean {
  return upload !== null && (upload.size === null || upload.size > over);
}

/** @param wanted `video/mp4` or `video/*` */
export function isType(wanted: string, mediaType: string): boolean {
  return wanted.endsWith('/*') ? mediaType.startsWith(wanted.slice(0, -1)) : mediaType === wanted;
}
