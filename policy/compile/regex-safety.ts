/**
 * Regular expressions that other people write meet addresses that other people choose. What could take long on a short
 * text is refused beforehand; what takes long on a long text (every unanchored expression does, a little) never sees one:
 * an address of more than {@link WINDOW} characters is looked at through windows.
 *
 * Most expressions are so simple that counting shows them harmless: at one place of the text they can match in few ways.
 * The others are left to the library redos-detector, with a limit of steps.
 */
import { visitRegExpAST } from '@eslint-community/regexpp';
import type { AST } from '@eslint-community/regexpp';
import { isSafePattern } from 'redos-detector';
import { exactStrings, parseExpression } from './expression-text.ts';

/** Without case (addresses are compared in lower case), and `.` is any character. */
export const EXPRESSION_FLAGS = 'is';
export const MAX_EXPRESSION = 4_096;

/** Longest text that an expression sees at once. */
export const WINDOW = 1_024;
const STEP = WINDOW / 2;

/** Counting: more ways than these at one place are the library's to judge. An unbounded `*` counts as a window's length. */
const MAX_WAYS = 128 * WINDOW;
const MAX_REPEAT = 1_000;
/** Of the library: about 100 ms at worst. */
const MAX_STEPS = 3_000;
const MAX_SCORE = 64;
/** How many expressions of one set may need the library. */
const MAX_JUDGED = 100;

export type ExpressionCheck = { readonly ok: true } | { readonly ok: false; readonly why: string };

const refuse = (why: string): ExpressionCheck => ({ ok: false, why });

/** Checks the expressions of one list or edition; the library's time is limited over all of them. */
export class ExpressionChecks {
  #judged = 0;
  readonly #known = new Map<string, ExpressionCheck>();

  /** Never throws. */
  check(source: string): ExpressionCheck {
    let known = this.#known.get(source);
    if (known === undefined) this.#known.set(source, (known = this.#check(source)));
    return known;
  }

  #check(source: string): ExpressionCheck {
    if (source === '') return refuse('an empty expression matches everything');
    if (source.length > MAX_EXPRESSION)
      return refuse(`an expression has at most ${MAX_EXPRESSION} characters`);
    let pattern: AST.Pattern;
    try {
      new RegExp(source, EXPRESSION_FLAGS);
      pattern = parseExpression(source);
    } catch (error) {
      const [reason = ''] = /[^:]*$/.exec((error as Error).message) ?? [];
      return refuse(`this is no regular expression: ${reason.trim().toLowerCase()}`);
    }
    const unwanted = firstUnwanted(pattern);
    if (unwanted !== null) return refuse(unwanted);
    if (ways(pattern) <= MAX_WAYS) return { ok: true };
    if (++this.#judged > MAX_JUDGED)
      return refuse('too many expressions before this one are as complicated: write it simpler');
    return judge(source);
  }
}

/** Checks one expression alone. */
export const checkExpression = (source: string): ExpressionCheck => new ExpressionChecks().check(source);

/** From its beginning: places further on are bounded by the window. */
function judge(source: string): ExpressionCheck {
  try {
    const { safe, error } = isSafePattern(`^(?:${source})`, {
      caseInsensitive: false,
      dotAll: true,
      maxScore: MAX_SCORE,
      maxSteps: MAX_STEPS,
    });
    if (safe) return { ok: true };
    return refuse(
      error === 'hitMaxSteps'
        ? 'nobody can foresee how long this expression takes: write it simpler'
        : 'this expression can take very long: parts of it that repeat can match the same text',
    );
  } catch {
    return refuse('nobody can foresee how long this expression takes: write it simpler');
  }
}

function firstUnwanted(pattern: AST.Pattern): string | null {
  let why: string | null = null;
  let size = 0;
  visitRegExpAST(pattern, {
    onBackreferenceEnter: () => (why ??= 'back references are not allowed'),
    onAssertionEnter: (node) => {
      if (node.kind === 'lookbehind') why ??= 'looking behind is not allowed';
    },
    onQuantifierEnter: (node) => {
      const most = Number.isFinite(node.max) ? node.max : node.min;
      size += most;
      if (most > MAX_REPEAT || size > 4 * MAX_REPEAT || copies(node) > 16 * MAX_REPEAT)
        why ??= `\`${node.raw.slice(-20)}\` repeats too often`;
    },
  });
  return why;
}

/** How often a quantified part is written out, those around it multiplied. */
function copies(node: AST.Node): number {
  let count = 1;
  for (let at: AST.Node | null = node; at !== null; at = at.parent)
    if (at.type === 'Quantifier') count *= Math.max(1, Number.isFinite(at.max) ? at.max : at.min);
  return count;
}

/** In how many ways a node can match at one place: an upper bound. */
function ways(node: AST.Node): number {
  switch (node.type) {
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup':
      return alternatives(node);
    case 'Assertion':
      return node.kind === 'lookahead' ? alternatives(node) : 1;
    case 'Alternative':
      return node.elements.reduce((product, element) => product * ways(element), 1);
    case 'Quantifier':
      return repetitions(node);
    default:
      return 1;
  }
}

/** Of different words at one place only those match that are beginnings of one another. */
function alternatives(node: AST.Pattern | AST.Group | AST.CapturingGroup | AST.LookaheadAssertion): number {
  const words = node.alternatives.map((each) => exactStrings(each, 4));
  if (!words.every((strings) => strings !== null))
    return node.alternatives.reduce((sum, each) => sum + ways(each), 0);
  const sorted = words.flat().sort();
  let [most, chain]: [number, string[]] = [1, []];
  for (const word of sorted) {
    chain = [...chain.filter((shorter) => word.startsWith(shorter)), word];
    most = Math.max(most, chain.length);
  }
  return most;
}

function repetitions({ min, max, element }: AST.Quantifier): number {
  const once = ways(element);
  const isOneCharacter = element.type !== 'Group' && element.type !== 'CapturingGroup';
  if (!Number.isFinite(max)) return isOneCharacter ? WINDOW : Infinity;
  if (isOneCharacter || once === 1) return max - min + 1;
  let sum = 0;
  for (let times = min; times <= max && sum <= MAX_WAYS; times++) sum += once ** times;
  return sum;
}

/**
 * Whether a checked expression is in a text of any length: in a long one, within the window of some 500 characters to
 * either side. A match that reaches the end of a window which is not the text's is left to the next window.
 * @param expression with the flags of {@link EXPRESSION_FLAGS} and `g`
 */
export function isIn(expression: RegExp, text: string): boolean {
  expression.lastIndex = 0;
  if (text.length <= WINDOW) return expression.test(text);
  for (let start = 0; ; start += STEP) {
    const end = start + WINDOW;
    // One character in front of the window, so that `^` is not taken for its beginning.
    const from = Math.max(0, start - 1);
    expression.lastIndex = start - from;
    const found = expression.exec(text.slice(from, end));
    if (found !== null && (end >= text.length || from + expression.lastIndex < end)) return true;
    if (end >= text.length) return false;
  }
}

/** @param source checked */
export const expressionOf = (source: string, matchCase = false): RegExp =>
  new RegExp(source, matchCase ? 'sg' : `${EXPRESSION_FLAGS}g`);
