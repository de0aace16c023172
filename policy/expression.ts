/**
 * Regular expressions that a policy or a list may hold: JavaScript's, over `host/path?query` in canonical form and lower
 * case. The address is the client's, so an expression that could backtrack badly is refused before it is ever run.
 */
import { isSafePattern } from 'redos-detector';
import type { Read } from './model/patterns.ts';

const longest = 1_000;
/** What redos-detector counts; a plain alternation of words scores a few dozen. */
const worst = 200;

export function readExpression(source: string): Read<RegExp> {
  if (source.length > longest) return { ok: false, hint: `write at most ${String(longest)} characters` };
  let expression: RegExp;
  try {
    expression = new RegExp(source, 'u');
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*\/[a-z]*: /s, '') : '';
    return { ok: false, hint: `it is not one: ${why.toLowerCase()}` };
  }
  if (/\\[1-9]|\\k<|\(\?<[=!]/.test(source))
    return { ok: false, hint: 'leave back-references and look-behind away' };
  if (!isSafePattern(source, { unicode: true, maxScore: worst, timeout: 500 }).safe)
    return { ok: false, hint: 'it could take very long on some addresses: make its repetitions plainer' };
  return { ok: true, value: expression };
}
