/** Whether a host's name mixes scripts as no language does: the way in which one name is drawn like another. */
import { domainToUnicode } from 'node:url';

/** The scripts that identifiers are written in (UAX #31, tables 5 and 7); every other script counts as one more. */
const scripts = (
  'Adlam Arabic Armenian Balinese Bengali Bopomofo Canadian_Aboriginal Cham Cherokee Coptic Cyrillic Devanagari ' +
  'Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew Hiragana Javanese Kannada Katakana Khmer Lao Latin ' +
  'Limbu Lisu Malayalam Meetei_Mayek Mongolian Myanmar New_Tai_Lue Nko Ol_Chiki Oriya Sinhala Sundanese Syriac ' +
  'Tai_Le Tai_Tham Tamil Telugu Thaana Thai Tibetan Tifinagh Vai Yi'
).split(' ');

/** What one label may be written in together (UTS #39, "highly restrictive"). */
const together = ['Latin Han Hiragana Katakana', 'Latin Han Bopomofo', 'Latin Han Hangul'];

const classOf = (names: readonly string[]) => names.map((name) => `\\p{Script_Extensions=${name}}`).join('');
const whole = (names: readonly string[]) =>
  new RegExp(`^[${classOf([...names, 'Common', 'Inherited'])}]*$`, 'u');
const combined = together.map((names) => whole(names.split(' ')));
const single = scripts.map((name) => whole([name]));
const unlisted = new RegExp(`^[^${classOf(scripts)}]*$`, 'u');

/** @param host canonical; only a name with an A-label can mix anything */
export function mixesScripts(host: string): boolean {
  // One character is looked for much faster than four.
  if (!host.includes('-') || !host.includes('xn--')) return false;
  return domainToUnicode(host).split('.').some(mixed);
}

function mixed(label: string): boolean {
  const fits = (pattern: RegExp) => pattern.test(label);
  return !fits(unlisted) && !combined.some(fits) && !single.some(fits);
}
