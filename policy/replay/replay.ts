/**
 * A record → its decision, made again by the edition of its time: the engine's own, with what the record keeps in the place of
 * what nobody keeps.
 */
import type { Image } from '../compile/image.ts';
import { NEED_RESPONSE, NO_MATCH } from '../compile/outcome.ts';
import { settle } from '../decide.ts';
import type { Decision, Grant } from '../decision.ts';
import { noEmergency } from '../emergency.ts';
import type { Emergency } from '../emergency.ts';
import { explainBy } from '../explain.ts';
import type { TraceStep } from '../explain.ts';
import { canonicalHost } from '../facts.ts';
import { noFacts, noNames } from '../request.ts';
import type { RequestFacts, UnkeptCondition, Witness } from '../request.ts';
import type { Subject } from '../subject.ts';
import type { Kept, KeptAddress, KeptCondition } from './kept.ts';
import { pathOf, unseen } from './unseen.ts';

/** A record, as far as it says what was asked. */
export interface Recorded {
  readonly method: string;
  /** Without its query. */
  readonly url: string;
  readonly ip: string;
  /** Key of the person; null where nobody was identified. */
  readonly person: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A truth value that was kept, and that the decision asked for. */
export interface Used {
  readonly rule: string;
  readonly condition: KeptCondition;
  readonly held: boolean | null;
  /** Host of the address inside that it is about; null for the one that was asked for. */
  readonly inner: string | null;
}

export interface Replayed {
  readonly decision: Decision;
  readonly used: readonly Used[];
  /** Empty where no trace was asked for. */
  readonly trace: readonly TraceStep[];
}

/** What was put over the edition; the image of it is made by `Image.under`. */
export function emergencyOf({ emergency }: Kept): Emergency {
  if (emergency === undefined) return noEmergency;
  const { floorOnly = false, closed = [] } = emergency;
  return {
    floorOnly: floorOnly ? { id: 'kept', began: -Infinity, until: Infinity } : null,
    closed: closed.map((host) => ({ id: 'kept', host, until: null })),
  };
}

/**
 * @param image of the edition, under {@link emergencyOf}
 * @returns null where the record's address cannot be read
 */
export function replay(image: Image, record: Recorded, kept: Kept, traced: boolean): Replayed | null {
  const used: Used[] = [];
  const asked = factsOf(record.url, record.method, kept.asked, null, used);
  if (asked === null) return null;
  const { inner: inside } = kept;
  const host = inside === undefined ? null : (split(inside.address)?.host ?? null);
  const inner = inside === undefined ? null : factsOf(inside.address, inside.method, inside, host, used);
  const facts = inner === null ? asked : { ...asked, inner: [inner] };
  const subject = subjectOf(record, kept);
  const grants = grantsOf(record, kept);
  const question = { image, facts, subject, grants, at: record.at };
  const decision = settle(question, null);
  const seen = unique(used);
  const trace = traced ? explainBy(settle, question).trace : [];
  return { decision, used: seen, trace };
}

/** Somebody of whom the audiences are known, and nothing else. */
function subjectOf({ ip, person }: Recorded, { identity, audiences }: Kept): Subject {
  if (identity !== 'known') return { ip, identity };
  return { ip, identity: { key: person ?? '', login: '', name: '', groups: [], schools: [], audiences } };
}

/** Live at the time, and theirs. */
function grantsOf({ person, at }: Recorded, { grants = [] }: Kept): Grant[] {
  const theirs = { subject: person ?? '', expires: at + 1 };
  return grants.map((grant) =>
    grant.kind === 'override'
      ? { ...grant, ...theirs, subjectKind: 'person' as const }
      : { ...grant, ...theirs },
  );
}

interface Split {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly kind: RequestFacts['hostKind'];
  readonly port: number;
  readonly rawPath: string;
}

function split(address: string): Split | null {
  const [, scheme, name = '', port, rawPath = ''] =
    /^(https?):\/\/(\[[^\]]*\]|[^/:]*)(?::(\d+))?(.*)$/s.exec(address) ?? [];
  if (scheme !== 'http' && scheme !== 'https') return null;
  const found = canonicalHost(name);
  if (!found.ok) return null;
  const usual = scheme === 'https' ? 443 : 80;
  return { scheme, ...found, port: port === undefined ? usual : Number(port), rawPath };
}

function factsOf(
  address: string,
  method: string,
  kept: KeptAddress,
  inner: string | null,
  used: Used[],
): RequestFacts | null {
  const parts = split(address);
  if (parts === null) return null;
  const { scheme, host, kind, port, rawPath } = parts;
  const { url, response, aliases = noNames, mixedScript = false } = kept;
  return {
    ...{ scheme, host, hostKind: kind, port, inner: noFacts, aliases, mixedScript },
    url: url ?? unseen(pathOf(method, rawPath === '' ? '/' : rawPath), new Telling(kept, inner, used)),
    response: typeof response === 'string' ? response : { mediaType: response.type, size: null },
  };
}

/** Says again what was heard; what nobody asked then is asked of what is left of the request. */
class Telling implements Witness {
  readonly #kept: KeptAddress;
  readonly #inner: string | null;
  readonly #used: Used[];

  constructor(kept: KeptAddress, inner: string | null, used: Used[]) {
    this.#kept = kept;
    this.#inner = inner;
    this.#used = used;
  }

  condition(rule: string, condition: UnkeptCondition, holds: () => boolean): boolean {
    return this.#truth(rule, condition) ?? holds();
  }

  place(rule: string, facts: RequestFacts, state: (facts: RequestFacts) => number): number {
    const held = this.#truth(rule, 'place');
    if (held === undefined) return state(facts);
    return held === null ? NEED_RESPONSE : held ? 0 : NO_MATCH;
  }

  broughtBy(grant: string): boolean {
    return this.#kept.broughtBy?.includes(grant) === true;
  }

  #truth(rule: string, condition: KeptCondition): boolean | null | undefined {
    const { truths } = this.#kept;
    const held = truths !== undefined && Object.hasOwn(truths, rule) ? truths[rule]?.[condition] : undefined;
    if (held !== undefined) this.#used.push({ rule, condition, held, inner: this.#inner });
    return held;
  }
}

/** A rule may be asked twice, where it is asked for the trace. */
function unique(used: readonly Used[]): Used[] {
  return [...new Map(used.map((each) => [JSON.stringify(each), each])).values()];
}
