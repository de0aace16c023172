/** What became of a source's lines, counted while they are read; bounded, whatever the source holds. */
import type { ListReport, Rejected } from './entry.ts';

export const MAX_REJECTED = 1_000;
const maxKinds = 200;

export class ReportBuilder {
  accepted = 0;
  duplicate = 0;
  subsumed = 0;
  #rejectedCount = 0;
  readonly #rejected: Rejected[] = [];
  readonly #skipped = new Map<string, number>();
  readonly #notes = new Map<string, number>();

  /** @param why lower case, no full stop, what was written in backticks */
  reject(file: string, line: number, column: number, why: string): void {
    this.#rejectedCount++;
    if (this.#rejected.length < MAX_REJECTED) this.#rejected.push({ file, line, column, why });
  }

  get rejectedCount(): number {
    return this.#rejectedCount;
  }

  /** Something that is understood and cannot be used. */
  skip(kind: string, count = 1): void {
    add(this.#skipped, kind, count);
  }

  /** Something that was changed or lost; the same words again are counted. */
  note(text: string, count = 1): void {
    add(this.#notes, text, count);
  }

  report(): ListReport {
    const notes = [...this.#notes].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
    return {
      accepted: this.accepted,
      duplicate: this.duplicate,
      subsumed: this.subsumed,
      rejected: [...this.#rejected],
      rejectedCount: this.#rejectedCount,
      skipped: Object.fromEntries(this.#skipped),
      notes,
    };
  }
}

function add(counts: Map<string, number>, key: string, count: number): void {
  const name = counts.has(key) || counts.size < maxKinds ? key : 'others';
  counts.set(name, (counts.get(name) ?? 0) + count);
}

/** At most this much of what somebody wrote stands in a message. */
const shown = 80;

/** What was written, fit to stand in backticks in a message. */
export function quoted(text: string): string {
  const line = text.slice(0, shown + 1).replace(/[\p{C}`]/gu, '\ufffd');
  return `\`${line.length > shown ? `${line.slice(0, shown)}…` : line}\``;
}
