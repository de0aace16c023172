/** Documents and lists → the image of an edition: read, check, link, build, write. */
import type { EditionId, ListText, PolicyDocuments } from '../edition.ts';
import type { Problem } from '../errors.ts';
import { readList } from '../lists/own.ts';
import type { ListEntry, ListReport } from '../lists/own.ts';
import { parseAups } from '../model/parse-aup.ts';
import { parsePolicy } from '../model/parse.ts';
import type { Policy } from '../model/policy.ts';
import { editionId } from './digest.ts';
import { buildHostTable } from './host-table-build.ts';
import { MAX_TARGETS } from './host-table.ts';
import { writeImage } from './layout.ts';
import { link } from './link.ts';

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
  lists: readonly ListText[],
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
  const read = readLists(lists, policy.value);
  const id = editionId(documents, lists);
  const { program, entries, targets } = link(policy.value, aup.aup, read.entries, id);
  const table = targets > MAX_TARGETS ? null : buildHostTable(entries);
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

function readLists(lists: readonly ListText[], policy: Policy) {
  const entries: ListEntry[] = [];
  const reports: Record<string, ListReport> = {};
  const warnings: Problem[] = [];
  const names = new Set(Object.keys(policy.categories));
  for (const { name, text } of lists.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const list = readList(name, text);
    reports[name] = list.report;
    const file = `${name}.list`;
    for (const { line, column, why } of list.report.rejected)
      warnings.push({ code: 'list-entry', file, line, column, message: 'this line is left out', hint: why });
    const unused = new Map<string, number>();
    for (const entry of list.entries) {
      if (names.has(entry.category)) entries.push(entry);
      else if (!unused.has(entry.category)) unused.set(entry.category, entry.line);
    }
    for (const [category, line] of unused) {
      const message = `the policy has no category \`${category}\``;
      warnings.push({
        code: 'list-category',
        file,
        line,
        column: 1,
        message,
        hint: 'add it under `categories`, or remove the list',
      });
    }
  }
  return { entries, reports, warnings };
}
