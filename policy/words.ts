/** Words of what people type, in one spelling, so that a search and a term of a list meet. */

/** More than any engine looks at. */
const maxWords = 64;

/**
 * The distinct words of a text: compatibility forms undone (NFKC), case folded, what is invisible left out, cut at
 * everything that is neither letter, mark nor digit. At most 64, in the order of the text.
 */
export function wordsOf(text: string): readonly string[] {
  return [...collectWords(text, new Set())];
}

/** Adds the words of `text` to those of other texts. */
export function collectWords(text: string, into: Set<string>): Set<string> {
  for (const word of foldText(text).split(/[^\p{L}\p{M}\p{N}]+/u)) {
    if (into.size >= maxWords) break;
    if (word !== '') into.add(word);
  }
  return into;
}

/** Upper and then lower case: `ß`, `ſ` and the final sigma meet their other spellings on the way. */
export function foldText(text: string): string {
  return text
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .normalize('NFKC');
}
