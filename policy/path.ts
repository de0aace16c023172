/** Paths in one spelling: what a server could make of a path, so that no spelling of it slips past a rule. */

const PERCENT = 37;
const SLASH = 47;

/**
 * Canonical form of an absolute path, for matching only: percent-decoded to a fixed point, `\` as `/`, parameters
 * (`;…`) dropped, empty and dot segments resolved, no slash at the end. Canonical paths map to themselves.
 */
export function canonicalPath(raw: string): string {
  if (isPlainPath(raw)) return raw;
  // Half of all pages are asked for with one slash at the end.
  const cut = raw.endsWith('/') ? raw.slice(0, -1) : '';
  return cut !== '' && isPlainPath(cut) ? cut : resolve(fullyDecoded(raw));
}

/** One scan: nothing encoded, no `\` or `;`, no empty segment (a slash at the end is one) and none that begins with a dot. */
function isPlainPath(raw: string): boolean {
  const length = raw.length;
  if (length > 1 && raw.charCodeAt(length - 1) === SLASH) return false;
  for (let i = 0; i < length; i++) {
    const c = raw.charCodeAt(i);
    if (c === SLASH) {
      const next = raw.charCodeAt(i + 1);
      if (next === SLASH || next === 46) return false;
    } else if (c === PERCENT || c === 92 || c === 59 || c > 126 || c < 33) return false;
  }
  return true;
}

/**
 * Percent-decoding at every depth in one pass: whenever the output ends in `%` and two hex digits, they become their
 * byte, which may complete another triple. The triples cannot overlap, so the result does not depend on the order.
 */
export function fullyDecoded(raw: string): string {
  if (!raw.includes('%')) return raw;
  const input = Buffer.from(raw);
  const out = Buffer.alloc(input.length);
  let n = 0;
  for (const byte of input) {
    out[n++] = byte;
    while (n >= 3 && out[n - 3] === PERCENT) {
      const high = hex(out[n - 2]);
      const low = hex(out[n - 1]);
      if (high < 0 || low < 0) break;
      n -= 2;
      out[n - 1] = high * 16 + low;
    }
  }
  return out.toString('utf8', 0, n);
}

function hex(byte = 0): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function resolve(path: string): string {
  const segments: string[] = [];
  for (const part of path.split(/[/\\]/)) {
    const parameters = part.indexOf(';');
    const segment = parameters < 0 ? part : part.slice(0, parameters);
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}
