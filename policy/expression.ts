/** Regular expressions that a policy may hold: over `host/path?query` in canonical form and lower case. */
import { checkExpression } from './compile/regex-safety.ts';
import type { Read } from './model/patterns.ts';

/** Checked as the compiler checks them: what could take long is refused before it ever meets an address. */
export function readExpression(source: string): Read<string> {
  const check = checkExpression(source);
  return check.ok ? { ok: true, value: source } : { ok: false, hint: check.why };
}
