/**
 * Sets of rules, one bit for each: that of rule `i` is `1 << (i & 31)` of word `i >> 5`, so that the lowest bit comes first in
 * the order of precedence, and the rules of two sets are found 32 at once.
 */
export type RuleBits = Uint32Array;

/** @param count of rules */
export function ruleBits(count: number, holds: (rule: number) => boolean): RuleBits {
  const bits = new Uint32Array((count + 31) >>> 5);
  for (let i = 0; i < count; i++) if (holds(i)) addRule(bits, i);
  return bits;
}

/** Adds the rules of `more` to `all`. */
export function join(all: RuleBits, more: RuleBits): void {
  for (let word = 0; word < more.length; word++) all[word] = (all[word] ?? 0) | (more[word] ?? 0);
}

export function addRule(all: RuleBits, rule: number): void {
  all[rule >>> 5] = (all[rule >>> 5] ?? 0) | (1 << (rule & 31));
}
