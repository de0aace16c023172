/**
 * YAML read against a zod schema, every complaint with the line and column to mend.
 *
 * The YAML nodes keep their offsets; a zod issue names a path of keys; `YamlPositions` walks the one by the other.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import type { z } from 'zod';
import { formatProblem } from '../errors.ts';
import type { Problem, ProblemCode } from '../errors.ts';
import { describeIssues } from './issues.ts';
import { deeperThan } from './yaml-depth.ts';

export { formatProblem };
export type { Problem };

type Path = readonly PropertyKey[];

export type YamlResult<T> =
  | { readonly ok: true; readonly value: T; readonly positions: YamlPositions }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Longer than any policy with its lists; what is longer would hold up whoever reads it. */
const MAX_CHARACTERS = 8_000_000;

/** Deeper than any document of ours goes; the reader itself gives up at some hundreds. */
const MAX_DEPTH = 64;

/** More uses of anchors than this is an attack or a mistake; each costs memory that its text does not show. */
const MAX_ALIASES = 100;

/** Where the parts of a document stand in its text. */
export class YamlPositions {
  readonly file: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
  }

  /** A problem at the value which `path` names (at its nearest parent that exists), or at its key. */
  problem(
    code: ProblemCode,
    path: Path,
    message: string,
    hint?: string,
    at: 'key' | 'value' = 'value',
  ): Problem {
    const position = this.place(path, at);
    return Object.freeze({ code, ...position, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** Where the value which `path` names stands, or its nearest parent that exists, or its key. */
  place(path: Path, at: 'key' | 'value' = 'value'): Pick<Problem, 'file' | 'line' | 'column'> {
    const { line, col } = this.#lines.linePos(this.#offset(path, at));
    return { file: this.file, line: line || 1, column: col || 1 };
  }

  #offset(path: Path, at: 'key' | 'value'): number {
    let node = this.#document.contents;
    let offset = node?.range?.[0] ?? 0;
    for (const [depth, key] of path.entries()) {
      const last = depth === path.length - 1;
      const inner = this.#resolved(node);
      if (isMap(inner)) {
        const pair = inner.items.find((item) => keyOf(item) === String(key));
        if (pair === undefined) return offset;
        offset =
          (last && at === 'key' ? startOf(pair.key) : (startOf(pair.value) ?? startOf(pair.key))) ?? offset;
        node = pair.value as Node | null;
      } else if (isSeq(inner)) {
        node = (inner.items[Number(key)] ?? null) as Node | null;
        offset = startOf(node) ?? offset;
      } else return offset;
    }
    return offset;
  }

  #resolved(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
  }
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** Reads `text`; `file` is only a name for the messages. Never throws, whatever the text. */
export function readYaml<S extends z.ZodType>(
  text: string,
  file: string,
  schema: S,
): YamlResult<z.output<S>> {
  const lines = new LineCounter();
  let document: Document;
  let raw: unknown;
  if (text.length > MAX_CHARACTERS) return refused(tooLong(file));
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      stringKeys: true,
    });
    const deep = depthFault(document);
    if (deep !== null) return refused(tooDeep(deep, file, lines));
    const faults = [...document.errors, ...document.warnings];
    if (faults.length > 0) return refused(...faults.map((fault) => syntaxProblem(fault, file, lines)));
    raw = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) return refused(tooDeep(0, file, lines));
    const message = `\`${file}\` cannot be read as YAML`;
    const hint = 'it uses too many aliases';
    return refused({ code: 'yaml-syntax', file, line: 1, column: 1, message, hint });
  }
  const positions = new YamlPositions(file, document, lines);
  const parsed = schema.safeParse(raw, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data, positions };
  const found = describeIssues(parsed.error.issues, schema);
  return refused(...found.map((f) => positions.problem(f.code, f.path, f.message, f.hint, f.at)));
}

const refused = (...problems: Problem[]) => ({ ok: false, problems }) as const;

/** Offset of what is nested too deeply; the reader marks what went beyond its own stack. */
function depthFault(document: Document): number | null {
  const deep = deeperThan(document.contents, MAX_DEPTH);
  if (deep !== null) return deep;
  const gaveUp = document.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  return gaveUp?.pos[0] ?? null;
}

function tooLong(file: string): Problem {
  const message = `\`${file}\` is longer than ${MAX_CHARACTERS / 1_000_000} million characters`;
  const hint = 'move long lists of hosts into `*.list` files';
  return { code: 'too-large', file, line: 1, column: 1, message, hint };
}

function tooDeep(offset: number, file: string, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(offset);
  const message = `this is nested deeper than ${MAX_DEPTH} levels`;
  const hint = 'nothing here goes so deep: look for a bracket or an indentation too many';
  return { code: 'too-large', file, line: line || 1, column: col || 1, message, hint };
}

function syntaxProblem(
  fault: { code: string; pos: [number, number]; message: string },
  file: string,
  lines: LineCounter,
): Problem {
  const { line, col } = lines.linePos(fault.pos[0]);
  const position = { file, line: line || 1, column: col || 1 };
  if (fault.code === 'DUPLICATE_KEY')
    return {
      code: 'duplicate-key',
      ...position,
      message: 'this key stands twice in its mapping',
      hint: 'keep one of the two',
    };
  const message = fault.message.replace(/\.$/, '');
  return { code: 'yaml-syntax', ...position, message: message.charAt(0).toLowerCase() + message.slice(1) };
}
