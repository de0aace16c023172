/** Reading in tests: text in, entries out as the lines that a snapshot would have. */
import { entrySink } from '../../../policy/lists/entry.ts';
import type { ListEntry, ListReport, ListSink } from '../../../policy/lists/entry.ts';
import { writePattern } from '../../../policy/lists/notation.ts';
import { readChunks } from '../../../policy/lists/reader.ts';
import type { ListReader } from '../../../policy/lists/reader.ts';
import { ReportBuilder } from '../../../policy/lists/report.ts';

export const bytes = (text: string): Uint8Array => Buffer.from(text);
export const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

export interface Outcome {
  readonly entries: readonly ListEntry[];
  /** `! entry` for an exception. */
  readonly lines: readonly string[];
  readonly report: ListReport;
  /** `line: why`. */
  readonly rejected: readonly string[];
}

export function outcome(
  make: (sink: ListSink, report: ReportBuilder) => ListReader,
  content: string | Uint8Array | readonly Uint8Array[],
): Outcome {
  const builder = new ReportBuilder();
  const entries: ListEntry[] = [];
  const reader = make(
    entrySink((entry) => entries.push(entry)),
    builder,
  );
  const chunks =
    typeof content === 'string' ? [bytes(content)] : content instanceof Uint8Array ? [content] : content;
  readChunks(reader, chunks);
  const report = builder.report();
  return {
    entries,
    lines: entries.map((entry) => `${entry.except ? '! ' : ''}${writePattern(entry)}`),
    report,
    rejected: report.rejected.map(({ line, why }) => `${line}: ${why}`),
  };
}

/** Each text as lines. */
export const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join('');
