/** Distinguished names (RFC 4514), far enough to compare them: parts, unescaped, in lower case, outer space removed. */

/** The RDNs of a DN from the leaf up, each in one comparable form. */
export const rdnsOf = (dn: string): readonly string[] => splitAt(dn, ',').map(normalRdn);

/** One form for all ways to write a DN; equal for equal names, as far as case and escapes go. */
export const normalDn = (dn: string): string => rdnsOf(dn).join(',');

/** Whether a DN lies at or below a place given by some of its RDNs in a row, such as `ou=north-high,ou=students`. */
export const liesBelow = (dn: readonly string[], place: readonly string[]): boolean => {
  if (place.length === 0) return false;
  for (let at = 0; at + place.length <= dn.length; at += 1) {
    if (place.every((rdn, index) => dn[at + index] === rdn)) return true;
  }
  return false;
};

const normalRdn = (rdn: string): string =>
  splitAt(rdn, '+')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const type = pair.slice(0, Math.max(equals, 0)).trim().toLowerCase();
      return `${type}=${escaped(unescaped(pair.slice(equals + 1)).toLowerCase())}`;
    })
    .sort()
    .join('+');

/** Splits at a separator that no backslash precedes. */
const splitAt = (text: string, separator: ',' | '+'): string[] => {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
};

/** `\2C` is one octet of UTF-8, `\,` the character itself. Outer space counts only where it is escaped. */
const unescaped = (value: string): string => {
  const octets: Buffer[] = [];
  let kept = 0;
  let length = 0;
  for (let at = 0; at < value.length;) {
    const hex = /^\\([0-9a-fA-F]{2})/.exec(value.slice(at, at + 3))?.[1];
    const escape = hex === undefined && value[at] === '\\';
    const from = escape ? at + 1 : at;
    const character = hex === undefined ? String.fromCodePoint(value.codePointAt(from) ?? 0x5c) : '';
    const octet = hex === undefined ? Buffer.from(character, 'utf8') : Buffer.from(hex, 'hex');
    at = hex === undefined ? from + character.length : at + 3;
    if (length === 0 && character === ' ' && !escape) continue;
    octets.push(octet);
    length += 1;
    if (character !== ' ' || escape) kept = length;
  }
  return Buffer.concat(octets.slice(0, kept)).toString('utf8').normalize('NFC');
};

/** Separators inside a value are escaped again, or two different names could read the same. */
const escaped = (value: string): string => value.replace(/[\\,+]/g, (character) => `\\${character}`);
