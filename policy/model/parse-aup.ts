/** The written AUP, Markdown with numbered clauses, as a value. policy/model/aup.ts says what the Markdown looks like. */
import { fromMarkdown } from 'mdast-util-from-markdown';
import type { Nodes, RootContent } from 'mdast';
import { z } from 'zod';
import type { Problem, ProblemCode } from '../errors.ts';
import { topics } from './aup.ts';
import type { Aup, AupText, Clause, Topic } from './aup.ts';
import { meant } from './nearest.ts';
import { languageTag } from './text.ts';
import { readYaml } from './yaml-document.ts';

type Failed = { readonly ok: false; readonly problems: readonly Problem[] };
/** Lines of the headings of clauses, by id. */
type Lines = ReadonlyMap<string, number>;
export type AupTextResult = { readonly ok: true; readonly text: AupText; readonly lines: Lines } | Failed;
/** `lines` are of the adopted text. */
export type AupResult = { readonly ok: true; readonly aup: Aup; readonly lines: Lines } | Failed;

const frontMatter = z.strictObject({
  title: z.string().min(1),
  adopted: z.iso.date(),
  language: languageTag,
});

const FENCE = /^---[ \t]*\r?\n([\s\S]*?\r?\n)?---[ \t]*(?:\r?\n|$)/;
const HEADING = /^(\d+(?:\.\d+)*[a-z]?)\s+(.+?)\s*\{#([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)\}$/;
const TOPICS = /^<!--\s*topics:([\s\S]*)-->$/i;
const CHILD = /^for younger students:\s*/i;

/** Reads one language of the AUP. */
export function parseAup(source: string, file: string): AupTextResult {
  const text = source.replace(/^\ufeff/, '');
  const fence = FENCE.exec(text);
  const at = (code: ProblemCode, line: number, message: string, hint: string): Problem => ({
    code,
    file,
    line,
    column: 1,
    message,
    hint,
  });
  if (fence === null) {
    const hint = 'begin with a `---` line, then `title`, `adopted` and `language`, then `---`';
    return { ok: false, problems: [at('aup-front-matter', 1, 'the front matter is missing', hint)] };
  }
  // Where the fences stood are empty lines, so that positions are those of the file.
  const front = readYaml(`\n${fence[1] ?? ''}`, file, frontMatter);
  if (!front.ok) return front;
  const skipped = fence[0].split('\n').length - 1;
  const { clauses, lines, problems } = readClauses('\n'.repeat(skipped) + text.slice(fence[0].length), at);
  if (clauses.length === 0 && problems.length === 0)
    problems.push(
      at(
        'aup-heading',
        skipped + 1,
        'no clause was found',
        'write headings such as `### 4.2 Games {#games}`',
      ),
    );
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, text: Object.freeze({ ...front.value, clauses: Object.freeze(clauses) }), lines };
}

interface Draft {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly paragraphs: string[];
  child: string | null;
  topics?: readonly Topic[];
}

type At = (code: ProblemCode, line: number, message: string, hint: string) => Problem;

function readClauses(markdown: string, at: At) {
  const problems: Problem[] = [];
  const lines = new Map<string, number>();
  const drafts: Draft[] = [];
  for (const node of fromMarkdown(markdown).children) {
    const line = node.position?.start.line ?? 1;
    const heading = node.type === 'heading' ? plain(node).trim() : null;
    const [, number, title, id] = HEADING.exec(heading ?? '') ?? [];
    if (number !== undefined && title !== undefined && id !== undefined) {
      for (const key of ['id', 'number'] as const)
        if (drafts.some((draft) => draft[key] === { id, number }[key]))
          problems.push(
            at(
              'duplicate-id',
              line,
              `two clauses have the ${key} \`${{ id, number }[key]}\``,
              `give one of them another ${key}`,
            ),
          );
      drafts.push({ id, number, title, paragraphs: [], child: null });
      lines.set(id, line);
    } else if (heading !== null && /\{#|^\d+(\.\d+)+\s/.test(heading)) {
      problems.push(
        at(
          'aup-heading',
          line,
          `\`${heading.slice(0, 80)}\` is no heading of a clause`,
          'write it like `### 4.2 Games {#games}`',
        ),
      );
    } else if (node.type === 'html') problems.push(...collectTopics(node.value, drafts.at(-1), line, at));
    else collect(node, drafts.at(-1));
  }
  const clauses = drafts.map(({ paragraphs, ...rest }): Clause =>
    Object.freeze({ ...rest, text: paragraphs.join('\n\n') }),
  );
  return { clauses, lines, problems };
}

/** A comment under a heading that says what the clause serves; every other comment is the author's own. */
function collectTopics(comment: string, clause: Draft | undefined, line: number, at: At): Problem[] {
  const named = TOPICS.exec(comment.trim())?.[1]
    ?.split(',')
    .map((topic) => topic.trim());
  if (named === undefined || clause === undefined) return [];
  const known = named.filter((topic): topic is Topic => Object.hasOwn(topics, topic));
  clause.topics = [...new Set([...(clause.topics ?? []), ...known])];
  return named
    .filter((topic) => !Object.hasOwn(topics, topic))
    .map((topic) => at('aup-topic', line, `unknown topic \`${topic}\``, meant(topic, Object.keys(topics))));
}

/** Adds what stands under a clause's heading to it. */
function collect(node: RootContent, clause: Draft | undefined): void {
  if (clause === undefined) return;
  const text = blocks(node);
  if (node.type === 'blockquote' && CHILD.test(text)) clause.child = text.replace(CHILD, '');
  else if (text !== '') clause.paragraphs.push(text);
}

/** Block nodes as paragraphs parted by an empty line; list items begin with a dash. */
function blocks(node: Nodes): string {
  if (node.type === 'listItem') return `- ${node.children.map(blocks).join('\n\n')}`;
  if (node.type === 'list') return node.children.map(blocks).join('\n');
  if (node.type === 'blockquote') return node.children.map(blocks).join('\n\n');
  return node.type === 'html' ? '' : plain(node).trim();
}

/** Text of inline nodes; a line break inside a paragraph is only a space. */
function plain(node: Nodes): string {
  if (node.type === 'break') return ' ';
  if ('children' in node) return node.children.map(plain).join('');
  if (node.type === 'code') return node.value;
  return 'value' in node && node.type !== 'html' ? node.value.replace(/\s*\n\s*/g, ' ') : '';
}

/** Reads all languages, the adopted one first; a translation has exactly the clauses of the adopted text. */
export function parseAups(sources: readonly { readonly text: string; readonly file: string }[]): AupResult {
  const problems: Problem[] = [];
  const texts: AupText[] = [];
  let lines: Lines = new Map();
  for (const { text, file } of sources) {
    const read = parseAup(text, file);
    if (!read.ok) problems.push(...read.problems);
    else {
      problems.push(...differences(texts, read.text, file));
      if (texts.length === 0) ({ lines } = read);
      texts.push(read.text);
    }
  }
  const [first, ...rest] = texts;
  if (problems.length > 0) return { ok: false, problems };
  if (first !== undefined)
    return {
      ok: true,
      aup: Object.freeze({ texts: Object.freeze<[AupText, ...AupText[]]>([first, ...rest]) }),
      lines,
    };
  const problem = {
    code: 'aup-front-matter',
    file: 'aup',
    line: 1,
    column: 1,
    message: 'there is no AUP',
    hint: 'name at least one text',
  } as const;
  return { ok: false, problems: [problem] };
}

function differences([adopted, ...others]: readonly AupText[], text: AupText, file: string): Problem[] {
  if (adopted === undefined) return [];
  const problem = (message: string, hint: string): Problem => ({
    code: 'aup-translation',
    file,
    line: 1,
    column: 1,
    message,
    hint,
  });
  const numbers = (aup: AupText) => new Map(aup.clauses.map((clause) => [clause.id, clause.number]));
  const [wanted, found] = [numbers(adopted), numbers(text)];
  const missing = [...wanted.keys()].filter((id) => !found.has(id));
  const extra = [...found.keys()].filter((id) => !wanted.has(id));
  const moved = [...wanted.keys()].filter((id) => found.has(id) && found.get(id) !== wanted.get(id));
  const twice = [adopted, ...others].some((other) => other.language === text.language);
  return [
    ...missing.map((id) => problem(`clause \`${id}\` of the adopted text is missing`, 'translate it')),
    ...extra.map((id) => problem(`clause \`${id}\` is not in the adopted text`, 'remove it')),
    ...moved.map((id) =>
      problem(`clause \`${id}\` has another number than in the adopted text`, 'use the same number'),
    ),
    ...(twice
      ? [problem(`the language \`${text.language}\` stands there twice`, 'keep one text for each language')]
      : []),
  ];
}
