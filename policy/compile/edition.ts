/** Documents and lists → the image of an edition: read, check, link, build, write. */
import type { EditionId, ListInput, PolicyDocuments } from '../edition.ts';
import type { Problem, ProblemCode } from '../errors.ts';
import type { ListReport } from '../lists/entry.ts';
import { readSnapshot } from '../lists/snapshot.ts';
import { parseAups } from '../model/parse-aup.ts';
import type { Aup } from '../model/aup.ts';
import { parsePolicy } from '../model/parse.ts';
import type { Policy } from '../model/policy.ts';
import { editionId } from './digest.ts';
import { IndexBuilders } from './index-builders.ts';
import { TooLarge } from './items.ts';
import { writeImage } from './layout.ts';
import { Linker } from './link.ts';
import type { Tables } from './link.ts';
import { isTable, readTables } from './tables.ts';
import { URL_TARGET } from './url-index.ts';

/** How the documents are called in problems. */
export interface DocumentNames {
  readonly policy: string;
  readonly aup: readonly string[];
}

export interface EditionReport {
  /** By name of list. */
  readonly lists: Readonly<Record<string, ListReport>>;
  /** Entries of the host table. */
  readonly entries: number;
  readonly bytes: number;
}

export type EditionResult =
  | {
      readonly ok: true;
      readonly image: SharedArrayBuffer;
      readonly id: EditionId;
      readonly report: EditionReport;
      /** What may be a mistake and does not prevent publication: lines of lists that were left out. */
      readonly warnings: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Compiles an edition. The same input gives the same bytes. Every problem of the documents is found in one go. */
export function compileEdition(
  documents: PolicyDocuments,
  lists: readonly ListInput[],
  names?: DocumentNames,
): EditionResult {
  const aup = parseAups(
    documents.aup.map((text, i) => ({
      text,
      file: names?.aup[i] ?? (i === 0 ? 'aup.md' : `aup.${i + 1}.md`),
    })),
  );
  const file = names?.policy ?? 'policy.yaml';
  const policy = parsePolicy(documents.policy, file, aup.ok ? aup.aup : undefined);
  if (!aup.ok || !policy.ok)
    return { ok: false, problems: [...(aup.ok ? [] : aup.problems), ...(policy.ok ? [] : policy.problems)] };
  const tables = readTables(lists);
  if (!tables.ok) return tables;
  const id = editionId(documents, lists);
  try {
    return built({ policy: policy.value, aup: aup.aup, id, tables: tables.tables, lists, file });
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    const hint = 'remove or join categories, lists and rules';
    const message = `the policy and its lists are too large: ${error.message}`;
    return { ok: false, problems: [{ code: 'too-large', file, line: 1, column: 1, message, hint }] };
  }
}

interface Parts {
  readonly policy: Policy;
  readonly aup: Aup;
  readonly id: EditionId;
  readonly tables: Tables;
  readonly lists: readonly ListInput[];
  readonly file: string;
}

/** @throws TooLarge */
function built({ policy, aup, id, tables, lists, file }: Parts): EditionResult {
  const indexes = new IndexBuilders(id.edition);
  const linker = new Linker(policy, indexes);
  const read = readLists(lists, linker);
  const program = linker.program(aup, id, tables);
  if (program.targets >= URL_TARGET) throw new TooLarge('they say too many different things');
  if (linker.refused.length > 0) return { ok: false, problems: linker.refused.map(refusal(file)) };
  const sections = indexes.finish();
  const image = writeImage({ ...sections, program: Buffer.from(JSON.stringify(program)) });
  const report = { lists: read.reports, entries: indexes.entries, bytes: image.byteLength };
  return { ok: true, image, id, report, warnings: read.warnings };
}

const refusal =
  (file: string) =>
  ({ where, source, why }: Linker['refused'][number]): Problem => ({
    ...{ code: 'bad-expression', file, line: 1, column: 1, hint: why },
    message: `the expression \`${source.slice(0, 100)}\` of ${where} cannot be used`,
  });

function readLists(lists: readonly ListInput[], linker: Linker) {
  const reports: Record<string, ListReport> = {};
  const warnings: Problem[] = [];
  const sorted = lists.filter(({ name }) => !isTable(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const list of sorted) {
    const file = `${list.name}.list`;
    const at = (code: ProblemCode, line: number, column: number, message: string, hint: string) =>
      warnings.push({ code, file, line, column, message, hint });
    const sink = linker.list(list.name, {
      unknown: (category, line) =>
        at(
          'list-category',
          line,
          1,
          `the policy has no category \`${category}\``,
          'add it under `categories`, or remove the list',
        ),
      refused: (line, why) => at('list-entry', line, 1, 'this line is left out', why),
    });
    const chunks = 'text' in list ? [Buffer.from(list.text)] : list.chunks();
    const report = readSnapshot(chunks, sink, { name: file }).report.report();
    reports[list.name] = report;
    for (const { line, column, why } of report.rejected)
      at('list-entry', line, column, 'this line is left out', why);
  }
  return { reports, warnings };
}
