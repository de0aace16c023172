/**
 * Which targets the rest of a request puts it into, besides its host: worked out once per request, when a rule first asks.
 *
 * A mark is the number of the request that set it, so that nothing is cleared between two requests. What only the raw form
 * of a path shows is kept apart: it closes, and never opens (`/open/../closed`).
 */
import type { RequestFacts } from '../request.ts';
import { NEED_RESPONSE, NEED_URL, NO_MATCH } from './outcome.ts';
import type { Program } from './program.ts';
import { addRule, join, ruleBits } from './rule-bits.ts';
import type { RuleBits } from './rule-bits.ts';

/** Finds targets of requests; see request-index.ts. */
export interface RequestTargets {
  /** Calls `mark` with every target that what is known of the request puts it into. */
  find(facts: RequestFacts, mark: (target: number, rawOnly: boolean) => void): void;
}

export class Marks {
  readonly #targets: RequestTargets;
  readonly #canonical: Uint32Array;
  readonly #raw: Uint32Array;
  readonly #set = (target: number, rawOnly: boolean): void => {
    (rawOnly ? this.#raw : this.#canonical)[target] = this.#now;
    const rules = this.#rulesOfTarget[target];
    if (rules === undefined) return;
    if (!this.#isAnyRule) this.#rules.fill(0);
    this.#isAnyRule = true;
    join(this.#rules, rules);
  };
  /** Of each target, the rules that have it as a place. */
  readonly #rulesOfTarget: readonly (RuleBits | undefined)[];
  /** Of the request that was looked at last: the rules that have a place which it is in. */
  readonly #rules: RuleBits;
  /** Whether there is any. */
  #isAnyRule = false;
  /** What {@link rulesOf} gives where there is none. */
  readonly noRules: RuleBits;
  #now = 0;
  #facts: RequestFacts | null = null;

  /** @param count of targets @param rules each with its places, in the order of precedence */
  constructor(targets: RequestTargets, count: number, rules: Program['rules']) {
    this.#targets = targets;
    this.#rules = ruleBits(rules.length, () => false);
    this.noRules = ruleBits(rules.length, () => false);
    this.#rulesOfTarget = rulesOfTargets(rules);
    this.#canonical = new Uint32Array(count);
    this.#raw = new Uint32Array(count);
  }

  /**
   * The rules that have a place which the request's address, or its answer where that is known, is in: {@link noRules}, of
   * most requests. Valid until another request is looked at. Null while the address is not known.
   */
  rulesOf(facts: RequestFacts): RuleBits | null {
    if (typeof facts.url === 'string') return null;
    if (this.#facts !== facts) this.#look(facts);
    return this.#isAnyRule ? this.#rules : this.noRules;
  }

  /**
   * Whether the request is in `target` by more than its host: 0, {@link NO_MATCH}, or the bits of what would tell.
   * @param needs of the target: by which facts a request may come into it
   */
  state(target: number, needs: number, facts: RequestFacts, canonicalOnly: boolean): number {
    let lacking = 0;
    if ((needs & NEED_URL) !== 0 && facts.url === 'unknown') lacking |= NEED_URL;
    if ((needs & NEED_RESPONSE) !== 0 && facts.response === 'unknown') lacking |= NEED_RESPONSE;
    if (typeof facts.url === 'string' && typeof facts.response === 'string')
      return lacking === 0 ? NO_MATCH : lacking;
    if (this.#facts !== facts) this.#look(facts);
    const marked =
      this.#canonical[target] === this.#now || (!canonicalOnly && this.#raw[target] === this.#now);
    return marked ? 0 : lacking === 0 ? NO_MATCH : lacking;
  }

  #look(facts: RequestFacts): void {
    // What fails to be found out is asked anew by the next rule, and fails again: it is not in nothing.
    this.#facts = null;
    if (this.#now === 0xffff_ffff) {
      this.#canonical.fill(0);
      this.#raw.fill(0);
      this.#now = 0;
    }
    this.#now++;
    this.#isAnyRule = false;
    this.#targets.find(facts, this.#set);
    this.#facts = facts;
  }
}

function rulesOfTargets(rules: Program['rules']): (RuleBits | undefined)[] {
  const found: (RuleBits | undefined)[] = [];
  for (const [rule, { places }] of rules.entries())
    for (const { target } of places ?? [])
      addRule((found[target] ??= ruleBits(rules.length, () => false)), rule);
  return found;
}
