/** What became of the written policy: of the adopted text clause by clause, of each translation as a whole. */
import type { Aup, AupText, Clause } from '../model/aup.ts';
import { code, isSame, now, quoted } from './words.ts';
import type { Change } from './words.ts';

export function aupChanges(a: Aup, b: Aup): Change[] {
  const [before, after] = [a.texts[0], b.texts[0]];
  const notes = [
    ...now('its title', before.title, after.title),
    ...now('the day on which it was adopted', before.adopted, after.adopted),
    ...now('its language', before.language, after.language),
  ];
  return [
    ...(notes.length === 0
      ? []
      : [
          {
            section: 'aup',
            kind: 'changed',
            id: '',
            text: `The written policy: ${notes.join('; ')}.`,
          } as const,
        ]),
    ...clauseChanges(before, after),
    ...translations(a, b),
  ];
}

const heading = ({ number, title, id }: Clause): string => `${number} ${quoted(title)} (${code(id)})`;

function clauseChanges(a: AupText, b: AupText): Change[] {
  const before = new Map(a.clauses.map((clause) => [clause.id, clause]));
  const after = new Map(b.clauses.map((clause) => [clause.id, clause]));
  const changes: Change[] = [];
  for (const clause of b.clauses) {
    const old = before.get(clause.id);
    if (old === undefined)
      changes.push({
        section: 'clause',
        kind: 'added',
        id: clause.id,
        text: `New clause ${heading(clause)}: ${clause.text}`,
      });
    else changes.push(...reworded(old, clause));
  }
  for (const clause of a.clauses)
    if (!after.has(clause.id))
      changes.push({
        section: 'clause',
        kind: 'removed',
        id: clause.id,
        text: `Clause ${heading(clause)} is gone.`,
      });
  return changes;
}

function reworded(before: Clause, after: Clause): Change[] {
  const notes = [
    ...now('its number', before.number, after.number),
    ...now('its title', before.title, after.title),
    ...(before.text === after.text ? [] : [`it reads now: ${difference(before.text, after.text)}`]),
    ...(before.child === after.child
      ? []
      : [
          after.child === null
            ? 'it has no words for younger students any more'
            : `to younger students it says now: ${quoted(after.child)}`,
        ]),
    ...now('what it serves', before.topics, after.topics),
  ];
  const { id } = after;
  return notes.length === 0
    ? []
    : [{ section: 'clause', kind: 'changed', id, text: `Clause ${heading(after)}: ${notes.join('; ')}` }];
}

/** The words that came, in `[+…+]`, and those that went, in `[-…-]`, between those that stayed. */
export function difference(before: string, after: string): string {
  const [a, b] = [before.split(/\s+/), after.split(/\s+/)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const [gone, come] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const marked = (words: readonly string[], mark: string) =>
    words.length === 0 ? [] : [`[${mark}${words.join(' ')}${mark}]`];
  const around = 12;
  const head = b.slice(Math.max(0, start - around), start);
  const tail = b.slice(b.length - end, Math.min(b.length, b.length - end + around));
  return [
    ...(start > around ? ['…'] : []),
    ...head,
    ...marked(gone, '-'),
    ...marked(come, '+'),
    ...tail,
    ...(end > around ? ['…'] : []),
  ].join(' ');
}

function translations(a: Aup, b: Aup): Change[] {
  const by = (aup: Aup) => new Map(aup.texts.slice(1).map((text) => [text.language, text]));
  const [before, after] = [by(a), by(b)];
  const of = (kind: Change['kind'], id: string, text: string): Change => ({ section: 'aup', kind, id, text });
  return [
    ...[...after].flatMap(([language, text]) => {
      const old = before.get(language);
      if (old === undefined) return [of('added', language, `New translation: ${code(language)}.`)];
      const clauses = text.clauses.filter(
        (clause, i) => !isSame(clause, old.clauses.find(({ id }) => id === clause.id) ?? i),
      );
      if (clauses.length === 0) return [];
      const named = clauses.map(({ id }) => code(id)).join(', ');
      return [of('changed', language, `The translation ${code(language)} reads otherwise in ${named}.`)];
    }),
    ...[...before.keys()].flatMap((language) =>
      after.has(language) ? [] : [of('removed', language, `The translation ${code(language)} is gone.`)],
    ),
  ];
}
