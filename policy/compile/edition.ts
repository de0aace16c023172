/** Documents and lists → the image of an edition: read, check, link, build, write. */
import type { EditionId, ListInput, PolicyDocuments } from '../edition.ts';
import type { Problem, ProblemCode } from '../errors.ts';
import type { ListReport } from '../lists/entry.ts';
import { readSnapshot } from '../lists/snapshot.ts';
import { parseAups } from '../model/parse-aup.ts';
import { parsePolicy } from '../model/parse.ts';
import { editionId } from './digest.ts';
import { buildHostTable } from './host-table-build.ts';
import type { HostEntry } from './host-table-build.ts';
import { itemOf, MAX_TARGETS } from './host-table.ts';
import { writeImage } from './layout.ts';
import { Linker } from './link.ts';
import { isTable, readTables } from './tables.ts';

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
  const entries: HostEntry[] = [];
  const linker = new Linker(policy.value, {
    add: (host, reach, target, origin, line) =>
      entries.push({ host, item: itemOf(reach, target), origin, line }),
  });
  const read = readLists(lists, linker);
  const program = linker.program(aup.aup, id, tables.tables);
  const table = program.targets > MAX_TARGETS ? null : buildHostTable(entries);
  if (table === null) {
    const hint = 'remove or join categories and rules';
    return {
      ok: false,
      problems: [
        {
          code: 'too-large',
          file,
          line: 1,
          column: 1,
          message: 'the policy says too many different things',
          hint,
        },
      ],
    };
  }
  const image = writeImage({ ...table, program: Buffer.from(JSON.stringify(program)) });
  const report = { lists: read.reports, entries: entries.length, bytes: image.byteLength };
  return { ok: true, image, id, report, warnings: read.warnings };
}

function readLists(lists: readonly ListInput[], linker: Linker) {
  const reports: Record<string, ListReport> = {};
  const warnings: Problem[] = [];
  const sorted = lists.filter(({ name }) => !isTable(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const list of sorted) {
    const file = `${list.name}.list`;
    const at = (code: ProblemCode, line: number, column: number, message: string, hint: string) =>
      warnings.push({ code, file, line, column, message, hint });
    const sink = linker.list(list.name, (category, line) =>
      at(
        'list-category',
        line,
        1,
        `the policy has no category \`${category}\``,
        'add it under `categories`, or remove the list',
      ),
    );
    const chunks = 'text' in list ? [Buffer.from(list.text)] : list.chunks();
    const report = readSnapshot(chunks, sink, { name: file }).report.report();
    reports[list.name] = report;
    for (const { line, column, why } of report.rejected)
      at('list-entry', line, column, 'this line is left out', why);
  }
  return { reports, warnings };
}
