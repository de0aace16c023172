/** One rule that was asked, in words: for the trace. */
import { UNKNOWN, YES } from './compile/audiences.ts';
import type { Image } from './compile/image.ts';
import { isType } from './compile/narrowing.ts';
import type { Step } from './compile/plans.ts';
import type { Place, ProgramPattern, ProgramRule } from './compile/program.ts';
import type { Tier } from './decision.ts';
import { closedNow } from './emergency.ts';
import { formatSize } from './model/size.ts';
import type { RequestFacts, UnkeptCondition, UrlFacts } from './request.ts';
import type { Subject } from './subject.ts';

/** `unobtainable`: a condition on a fact that cannot be had does not match. `lifted`: it closes, and a grant sets it aside. */
export type StepOutcome = 'matched' | 'not matched' | 'unknown' | 'unobtainable' | 'lifted';

export interface TraceStep {
  readonly rule: string;
  readonly tier: Tier;
  readonly outcome: StepOutcome;
  /** In plain words: which entry, list, audience, schedule. */
  readonly reason: string;
}

const names = (all: readonly string[]): string => all.map((name) => `\`${name}\``).join(' or ');

/** Which entries put a request into the places. */
export function placeReason(image: Image, places: readonly Place[], facts: RequestFacts): string {
  const standing = places.filter((place) => takenBack(image, [place], facts) === null);
  // What is taken back by one reading of the address alone still stands.
  const found = reasonsOf(image, standing, facts) || reasonsOf(image, places, facts);
  return found || `\`${facts.host}\` is not among its places`;
}

/** Which entries would put a request into the places, and which exceptions take that back; null where none does. */
function takenBack(image: Image, places: readonly Place[], facts: RequestFacts): string | null {
  const found = places.flatMap(({ target, except }) => {
    if (except === null) return [];
    const back = reasonsOf(image, [{ target: except }], facts);
    const within = back === '' ? '' : reasonsOf(image, [{ target }], facts);
    return within === '' ? [] : [`${within}, and taken back: ${back}`];
  });
  return found.length === 0 ? null : found.join('; ');
}

/** Empty where nothing was met. */
function reasonsOf(image: Image, places: readonly Pick<Place, 'target'>[], facts: RequestFacts): string {
  const targets = new Set(places.map(({ target }) => target));
  const found = [
    ...[facts.host, ...facts.aliases].flatMap((host) => hostReasons(image, targets, host, facts.host)),
    ...patternReasons(image, targets, facts),
  ];
  return [...new Set(found)].join('; ');
}

/** Whether {@link placeReason} found none. */
export const isElsewhere = (reason: string): boolean => reason.endsWith('is not among its places');

function hostReasons(image: Image, targets: ReadonlySet<number>, host: string, asked: string): string[] {
  return image.places
    .entries(host)
    .filter(({ target }) => targets.has(target))
    .map(({ host: listed, target, origin, line }) => {
      const alias = host === asked ? '' : `DNS calls it \`${host}\`, and `;
      return `${alias}\`${listed}\` is ${sourceOf(image, target, origin, line)}`;
    });
}

/** What the same indexes found that decided. */
function patternReasons(image: Image, targets: ReadonlySet<number>, facts: RequestFacts): string[] {
  const addresses = image.places
    .patterns(facts)
    .filter(({ target }) => targets.has(target))
    .map(
      ({ target, origin, text }) =>
        `the address is meant by \`${text}\`, ${sourceOf(image, target, origin, 0)}`,
    );
  const details = image.requests
    .met(facts, image.program.patterns)
    .filter((pattern) => targets.has(pattern.target) && isMet(pattern, facts))
    .map((pattern) => `${patternInWords(pattern)} is ${sourceOf(image, pattern.target, pattern.origin, 0)}`);
  return [...addresses, ...details];
}

/** Of a target that several patterns bring: whether this one did. */
function isMet(pattern: ProgramPattern, { url, response }: RequestFacts): boolean {
  switch (pattern.kind) {
    case 'term':
      return typeof url !== 'string' && pattern.words.every((word) => url.search?.words.includes(word));
    case 'extension':
      return typeof url !== 'string' && url.extension === pattern.extension;
    case 'type':
      return typeof response !== 'string' && isType(pattern.type, response.mediaType);
    case 'ip':
      return true;
  }
}

function sourceOf({ program }: Image, target: number, origin: number, line: number): string {
  const category = program.categories[program.categoryOf[target] ?? -1]?.name;
  const { list, source } = program.origins[origin] ?? { list: '?', source: null };
  // What the policy itself says is told in words, a list by its name.
  const name = list.includes(' ') ? list : `list \`${list}\``;
  const place = line > 0 ? `${name}, line ${line}` : name;
  const as = category === undefined ? 'named by' : `in category \`${category}\` by`;
  return `${as} ${place}${source === null ? '' : ` (${source})`}`;
}

function patternInWords(pattern: ProgramPattern): string {
  switch (pattern.kind) {
    case 'term':
      return `the search for \`${pattern.words.join(' ')}\``;
    case 'extension':
      return `a file \`.${pattern.extension}\``;
    case 'type':
      return `what is \`${pattern.type}\``;
    case 'ip':
      return `the range \`${pattern.from}-${pattern.to}\``;
  }
}

/** The conditions of a rule, each in words; the first that fails or is unknown is the reason. */
export class StepWords {
  readonly #image: Image;
  readonly #facts: RequestFacts;
  readonly #subject: Subject;
  readonly #at: number;

  constructor(image: Image, facts: RequestFacts, subject: Subject, at: number) {
    this.#image = image;
    this.#facts = facts;
    this.#subject = subject;
    this.#at = at;
  }

  /** A rule that the host alone rules out. */
  elsewhere({ id, tier, places }: ProgramRule): TraceStep {
    const reason =
      takenBack(this.#image, places ?? [], this.#facts) ?? `\`${this.#facts.host}\` is not among its places`;
    return { rule: id, tier, outcome: 'not matched', reason };
  }

  step(step: Step, result: number): TraceStep {
    const { id, tier } = step.rule.source;
    const of = (outcome: StepOutcome, reason: string): TraceStep => ({ rule: id, tier, outcome, reason });
    if (result === 0)
      return of(
        'matched',
        [
          this.#place(step),
          ...this.#narrowed(step.rule.source),
          this.#who(step.rule.source),
          this.#when(step.rule),
        ]
          .filter(Boolean)
          .join('; '),
      );
    if (result > 0) return of('unknown', this.#lacking(step));
    const failed = this.#failed(step);
    if (failed !== null) return of('not matched', failed);
    if (this.#facts.url === 'unobtainable' && readsUrl(step))
      return of('unobtainable', 'the method, path or fields decide, and cannot be seen in this tunnel');
    if (this.#facts.response === 'unobtainable' && step.rule.source.narrowing?.mediaTypes.length !== 0)
      return of('unobtainable', 'the response decides, and cannot be seen');
    const back = takenBack(this.#image, step.rule.source.places ?? [], this.#facts);
    return of('not matched', this.#notNarrowed(step) ?? back ?? 'the address is not among its places');
  }

  #lacking({ rule, open }: Step): string {
    const { url, response } = this.#facts;
    const { source } = rule;
    const needsUrl = url === 'unknown' && readsUrl({ rule, open });
    const narrowed = source.narrowing !== null && source.narrowing.mediaTypes.length > 0;
    const placed = (open ?? []).some(({ needs }) => (needs & 4) !== 0);
    return [
      ...(this.#membership(rule.index) === UNKNOWN
        ? [`who it is decides: it is for ${names(this.#audiences(source))}`]
        : []),
      ...(needsUrl ? ['the method, path or fields decide, and are not known yet'] : []),
      ...(response === 'unknown' && (narrowed || placed)
        ? ['the media type of the response decides, and is not known yet']
        : []),
    ].join('; ');
  }

  /** The condition that fails besides what only the request itself tells, in words. */
  #failed({ rule }: Step): string | null {
    const { ports, expires, narrowing } = rule.source;
    const member = this.#membership(rule.index);
    if (member !== YES && member !== UNKNOWN) return `it is for ${names(this.#audiences(rule.source))}`;
    if (ports?.includes(this.#facts.port) === false) return `the port is ${this.#facts.port}`;
    if (expires !== null && this.#at >= expires) return `it expired at ${new Date(expires).toISOString()}`;
    if (rule.schedules?.some((schedule) => schedule.isOpen(this.#at)) === false)
      return `${names(rule.schedules.map(({ name }) => name))} is not open at this time`;
    if (narrowing !== null && narrowing.schemes.length > 0 && !narrowing.schemes.includes(this.#facts.scheme))
      return `the scheme is \`${this.#facts.scheme}\``;
    return null;
  }

  /** The condition on the request itself that fails. */
  #notNarrowed({ rule }: Step): string | null {
    const { url, response } = this.#facts;
    const { methods, narrowing } = rule.source;
    if (typeof url !== 'string') {
      if (methods?.includes(url.method) === false) return `the method is \`${url.method}\``;
      const failed =
        narrowing === null
          ? undefined
          : conditions.find(({ asked, holds }) => asked(narrowing) && !holds(rule, url));
      if (failed !== undefined) return failed.otherwise(url);
    }
    if (typeof response !== 'string' && narrowing !== null && narrowing.mediaTypes.length > 0)
      return `the response is \`${response.mediaType || 'of no named type'}\``;
    return null;
  }

  #narrowed({ narrowing }: ProgramRule): string[] {
    const { url, response } = this.#facts;
    if (narrowing === null) return [];
    const ofUrl =
      typeof url === 'string'
        ? []
        : conditions.filter(({ asked }) => asked(narrowing)).map(({ met }) => met(url));
    const ofResponse =
      typeof response === 'string' || narrowing.mediaTypes.length === 0
        ? []
        : [`the response is \`${response.mediaType}\``];
    return [...ofUrl, ...ofResponse];
  }

  #place({ rule, open }: Step): string {
    const { id, places, bareAddress, mixedScript, uncategorised } = rule.source;
    if (places === null) return 'it is about every place';
    if (id === closedNow) return 'somebody in charge has closed this site for now';
    if (bareAddress && this.#facts.hostKind !== 'name') return 'the host is an address and no name';
    if (mixedScript && this.#facts.mixedScript) return 'the name mixes scripts to look like another';
    const reason = placeReason(this.#image, places, this.#facts);
    const { url } = this.#facts;
    if (open !== null && typeof url !== 'string' && url.witness !== undefined && isElsewhere(reason))
      return 'the record keeps that the address is among its places';
    return uncategorised && isElsewhere(reason) ? 'no list knows the site' : reason;
  }

  #who(rule: ProgramRule): string {
    const held = new Set(this.#image.audiencesOf(this.#subject, this.#at));
    return rule.audiences === null
      ? 'for anyone'
      : `for ${names(this.#audiences(rule).filter((name) => held.has(name)))}`;
  }

  #when({ schedules }: Step['rule']): string {
    const open = (schedules ?? []).filter((schedule) => schedule.isOpen(this.#at));
    return open.length === 0 ? '' : `${names(open.map(({ name }) => name))} is open`;
  }

  #membership(index: number): number {
    return this.#image.membershipOf(this.#subject, this.#at).rules[index] ?? 0;
  }

  #audiences({ audiences }: ProgramRule): string[] {
    return (audiences ?? []).flatMap((i) => this.#image.program.audiences[i]?.name ?? []);
  }
}

type Narrowing = NonNullable<ProgramRule['narrowing']>;

interface Condition {
  readonly asked: (narrowing: Narrowing) => boolean;
  readonly holds: (rule: Step['rule'], url: UrlFacts) => boolean;
  readonly met: (url: UrlFacts) => string;
  readonly otherwise: (url: UrlFacts) => string;
}

const sizeOf = ({ upload }: UrlFacts): string =>
  upload === null ? 'nothing' : upload.size === null ? 'a body of unknown length' : formatSize(upload.size);

/** Asked of the rule's own condition with all the others left away, so that the trace cannot differ from the decision. */
const alone = (key: keyof Narrowing) => ({
  asked: (narrowing: Narrowing) => {
    const value = narrowing[key];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  },
  holds: ({ narrowing }: Step['rule'], url: UrlFacts) => narrowing?.holdsAlone(key, url) !== false,
});

/** A condition on what no record holds: of a record, words cannot say more than that it held or did not. */
const unkept = (
  key: UnkeptCondition,
  { met, otherwise }: Pick<Condition, 'met' | 'otherwise'>,
): Condition => ({
  ...alone(key),
  met: (url) => (url.witness === undefined ? met(url) : `the record keeps that \`${key}\` held`),
  otherwise: (url) =>
    url.witness === undefined ? otherwise(url) : `the record keeps that \`${key}\` did not hold`,
});

/** In the order in which they are asked, so that of a record nothing is asked that was not asked then. */
const conditions: readonly Condition[] = [
  {
    ...alone('files'),
    met: ({ extension }) => `the file is a \`.${extension}\``,
    otherwise: ({ extension }) =>
      extension === '' ? 'the path names no kind of file' : `the file is a \`.${extension}\``,
  },
  unkept('upload', {
    met: (url) => `the request brings ${sizeOf(url)}`,
    otherwise: (url) => `the request brings ${sizeOf(url)}`,
  }),
  unkept('search', {
    met: () => 'the search holds its words',
    otherwise: ({ search }) =>
      search === null ? 'it is no search' : 'the search holds none of its sets of words',
  }),
  unkept('headers', {
    met: () => 'the request has such a field',
    otherwise: () => 'the request has no such field',
  }),
  unkept('fetch', {
    met: ({ headers: { dest, mode, site } }) =>
      `the browser asks for ${[dest, mode, site].filter(Boolean).join(', ')}`,
    otherwise: ({ headers: { dest, mode, site } }) =>
      dest + mode + site === ''
        ? 'the program does not say what it asks for'
        : `the browser asks for ${[dest, mode, site].filter(Boolean).join(', ')}`,
  }),
  unkept('userAgents', {
    met: () => 'the program names itself so',
    otherwise: () => 'the program names itself otherwise',
  }),
];

function readsUrl({ rule: { source }, open }: Pick<Step, 'rule' | 'open'>): boolean {
  const { methods, narrowing } = source;
  return (
    methods !== null ||
    (narrowing !== null && conditions.some(({ asked }) => asked(narrowing))) ||
    (open ?? []).some(({ needs, except }) => ((needs | (except?.needs ?? 0)) & 2) !== 0)
  );
}
