/**
 * What text a regular expression needs, worked out from its tree: which strings a part of it can be, and which of them
 * every match must hold. An expression is looked at only where one of these stands in an address.
 */
import { RegExpParser } from '@eslint-community/regexpp';
import type { AST } from '@eslint-community/regexpp';

const parser = new RegExpParser({ ecmaVersion: 2024 });

/** @throws RegExpSyntaxError */
export const parseExpression = (source: string): AST.Pattern =>
  parser.parsePattern(source, 0, source.length, { unicode: false });

/** More strings than these are not told apart. */
const MAX_EXACT = 16;
/** Nor is a word list longer than this looked for word by word. */
const MAX_REQUIRED = 2_000;

/** All the strings that a node can match, in lower case; null where they are too many, or not ASCII. */
export function exactStrings(node: AST.Node, most = MAX_EXACT): readonly string[] | null {
  switch (node.type) {
    case 'Character':
      return node.value < 128 ? [String.fromCharCode(node.value).toLowerCase()] : null;
    case 'CharacterClass':
      return node.negate || node.unicodeSets ? null : union(node.elements, most);
    case 'CharacterClassRange':
      return node.max.value > 127 || node.max.value - node.min.value >= most
        ? null
        : distinct(
            Array.from({ length: node.max.value - node.min.value + 1 }, (_, i) =>
              String.fromCharCode(node.min.value + i).toLowerCase(),
            ),
          );
    case 'Assertion':
      return [''];
    case 'Group':
    case 'CapturingGroup':
    case 'Pattern':
      return union(node.alternatives, most);
    case 'Alternative':
      return node.elements.reduce<readonly string[] | null>(
        (before, element) => product(before, exactStrings(element, most), most),
        [''],
      );
    case 'Quantifier':
      return repeated(node, most);
    default:
      return null;
  }
}

/**
 * Strings in lower case of which every match of the expression holds at least one; null where it needs no text.
 * @param worth of a string for finding it; more than 0 for what is of any use
 */
export function requiredStrings(pattern: AST.Pattern, worth: Worth): readonly string[] | null {
  const strings = requiredOf(pattern, worth);
  if (strings === null || strings.length > 64) return strings;
  return strings.filter((text) => !strings.some((other) => other !== text && text.includes(other)));
}

type Worth = (text: string) => number;

function requiredOf(node: AST.Node, worth: Worth): readonly string[] | null {
  switch (node.type) {
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup': {
      const each = node.alternatives.map((alternative) => requiredOf(alternative, worth));
      if (!each.every((strings) => strings !== null)) return null;
      const all = distinct(each.flat());
      return all.length > MAX_REQUIRED ? null : all;
    }
    case 'Alternative':
      return requiredOfRun(node.elements, worth);
    case 'Quantifier':
      return node.min === 0 ? null : requiredOf(node.element, worth);
    default:
      return exactStrings(node);
  }
}

/** The best of what stands in a row: neighbours that are exact make one longer string. */
function requiredOfRun(elements: readonly AST.Element[], worth: Worth): readonly string[] | null {
  let best: readonly string[] | null = null;
  const offer = (strings: readonly string[] | null) => {
    if (strings !== null && worthOf(strings, worth) > (best === null ? 0 : worthOf(best, worth)))
      best = strings;
  };
  let run: readonly string[] = [''];
  for (const element of elements) {
    const exact = exactStrings(element);
    const longer = exact === null ? null : product(run, exact, MAX_EXACT);
    if (longer !== null) {
      run = longer;
      continue;
    }
    // What may be repeated still begins and ends in itself.
    const inner = element.type === 'Quantifier' && element.min > 0 ? exactStrings(element.element) : exact;
    offer(inner === null ? run : (product(run, inner, MAX_EXACT) ?? run));
    offer(requiredOf(element, worth));
    run = inner ?? [''];
  }
  offer(run);
  return best;
}

/** A set is worth what its least string is worth, and less for being long. */
const worthOf = (strings: readonly string[], worth: Worth): number =>
  strings.reduce((least, text) => Math.min(least, worth(text)), Infinity) /
  (1 + Math.log2(strings.length) / 8);

const distinct = (strings: readonly string[]): readonly string[] => [...new Set(strings)];

function union(nodes: readonly AST.Node[], most: number): readonly string[] | null {
  const all = new Set<string>();
  for (const node of nodes) {
    const strings = exactStrings(node, most);
    if (strings === null) return null;
    for (const text of strings) all.add(text);
    if (all.size > most) return null;
  }
  return [...all];
}

function product(
  before: readonly string[] | null,
  after: readonly string[] | null,
  most: number,
): readonly string[] | null {
  if (before === null || after === null || before.length * after.length > most) return null;
  return distinct(before.flatMap((head) => after.map((tail) => head + tail)));
}

function repeated({ min, max, element }: AST.Quantifier, most: number): readonly string[] | null {
  const once = exactStrings(element, most);
  if (once === null || max > 8) return null;
  const all = new Set<string>();
  let strings: readonly string[] | null = [''];
  for (let times = 0; times <= max; times++) {
    if (strings === null) return null;
    if (times >= min) for (const text of strings) all.add(text);
    strings = product(strings, once, most);
  }
  return all.size > most ? null : [...all];
}
