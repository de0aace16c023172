/** What somebody searches for, where the address is a search engine's. */
import { collectWords } from '../words.ts';
import type { SearchFacts } from '../request.ts';
import type { Engine, Extractors, Place } from './extractors.ts';
import { textOf, valuesOf } from './query.ts';

/** @param path canonical */
export function searchOf(
  places: readonly Place[],
  method: string,
  path: string,
  query: string,
): SearchFacts | null {
  for (const { engines } of places) {
    for (const engine of engines) {
      const words = wordsAt(engine, method, path, query);
      if (words !== null) return { engine: engine.name, words };
    }
  }
  return null;
}

/** Null where no search is made: another page of the engine, or its first one. */
function wordsAt(engine: Engine, method: string, path: string, query: string): readonly string[] | null {
  const words = new Set<string>();
  let here = false;
  for (const { forms, parameters } of engine.searches) {
    const found = forms.map((form) => form.match(path)).find((each) => each !== null);
    if (found === undefined) continue;
    here = true;
    // The forms stand from the plain to the loose: `/html?q=` is no search for "html".
    if (words.size > 0) break;
    collectWords(textOf(found.held), words);
    for (const value of valuesOf(query, parameters)) collectWords(textOf(value), words);
  }
  // The words of a form that is posted are in its body.
  return here && (words.size > 0 || method === 'POST') ? [...words] : null;
}

/** The words of a form that is posted to an engine: `search.engine` names it, `form` is its body as sent. */
export function searchWordsOf(extractors: Extractors, engine: string, form: string): readonly string[] {
  const words = new Set<string>();
  const parameters = extractors.engine(engine)?.searches.flatMap((search) => search.parameters) ?? [];
  for (const value of valuesOf(form, parameters)) collectWords(textOf(value), words);
  return [...words];
}
