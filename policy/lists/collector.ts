/**
 * Gathers what any number of files say of one category, each thing once, and writes it as a snapshot: what stands there
 * twice, or below a domain that is listed too, is counted in the report of its file and left out.
 */
import type { ListSink, OtherPattern, Place, Reach } from './entry.ts';
import { writePattern } from './notation.ts';
import type { ReportBuilder } from './report.ts';
import type { SnapshotWriter } from './snapshot.ts';
import { larger, TextSet } from './text-set.ts';

interface Origin {
  readonly file: string | null;
  readonly source: string | null;
  readonly report: ReportBuilder;
}

const bits: Readonly<Record<Reach, number>> = { subtree: 1, exact: 2, children: 4 };
const reaches: readonly Reach[] = ['subtree', 'exact', 'children'];

/** Texts, and where each stood first. */
class Rows {
  readonly texts = new TextSet();
  #lines = new Uint32Array(128);
  /** Number of the origin, and above it eight bits: of a host how it reaches, of anything else whether it is a path. */
  #origins = new Uint32Array(128);

  line(row: number): number {
    return this.#lines[row] ?? 0;
  }

  origin(row: number): number {
    return (this.#origins[row] ?? 0) & 0xff_ffff;
  }

  bits(row: number): number {
    return (this.#origins[row] ?? 0) >>> 24;
  }

  stand(row: number, line: number, origin: number, bits: number): void {
    if (row >= this.#lines.length) {
      this.#lines = larger(this.#lines);
      this.#origins = larger(this.#origins);
    }
    this.#lines[row] = line;
    this.#origins[row] = bits * 0x100_0000 + Math.min(origin, 0xff_ffff);
  }
}

export class Collector {
  #category: string;
  readonly #hosts = new Rows();
  readonly #exceptions = new Rows();
  readonly #others = new Rows();
  readonly #origins: Origin[] = [];

  constructor(category: string) {
    this.#category = category;
  }

  /** What comes through it is counted in `report`. */
  sink(report: ReportBuilder): ListSink {
    let last: Origin | null = null;
    const originOf = ({ file, source }: Place): number => {
      if (last === null || last.file !== file || last.source !== source) {
        last = { file, source, report };
        this.#origins.push(last);
      }
      return this.#origins.length - 1;
    };
    return {
      host: (host, reach, place) => this.#host(host, bits[reach], place, originOf(place)),
      other: (pattern, place) => this.#other(pattern, place, originOf(place)),
    };
  }

  #host(host: string, bit: number, { except, line }: Place, origin: number): void {
    const rows = except ? this.#exceptions : this.#hosts;
    const known = rows.texts.size;
    const row = rows.texts.add(host);
    const before = row === known ? 0 : rows.bits(row);
    if ((before & bit) !== 0) this.#leave(origin, 'duplicate');
    else if ((before & bits.subtree) !== 0) this.#leave(origin, 'subsumed');
    else {
      if (bit === bits.subtree)
        for (const narrower of [bits.exact, bits.children])
          if ((before & narrower) !== 0) this.#leave(rows.origin(row), 'subsumed');
      rows.stand(row, line, origin, bit === bits.subtree ? bit : before | bit);
    }
  }

  #other(pattern: OtherPattern, { except, line }: Place, origin: number): void {
    const text = `${except ? '! ' : ''}${writePattern(pattern)}`;
    const { texts } = this.#others;
    const known = texts.size;
    const row = texts.add(Buffer.from(text).toString('latin1'));
    if (row !== known) this.#leave(origin, 'duplicate');
    else this.#others.stand(row, line, origin, pattern.kind === 'path' ? 1 : 0);
  }

  #leave(origin: number, count: 'duplicate' | 'subsumed'): void {
    const report = this.#origins[origin]?.report;
    if (report === undefined) return;
    report.accepted--;
    report[count]++;
  }

  /**
   * Once, after everything has come; the reports are complete after it. Returns how many entries were written.
   *
   * @param category as which it is written, where it was collected under a name of its source
   */
  write(to: SnapshotWriter, category = this.#category): number {
    this.#category = category;
    return (
      this.#writeHosts(this.#hosts, false, to) +
      this.#writeHosts(this.#exceptions, true, to) +
      this.#writeOthers(to)
    );
  }

  #writeHosts(rows: Rows, except: boolean, to: SnapshotWriter): number {
    let written = 0;
    for (let row = 0; row < rows.texts.size; row++) {
      const host = rows.texts.text(row);
      const covered = belowListed(rows, host, host.indexOf('.') + 1);
      for (const reach of reaches) {
        if ((rows.bits(row) & bits[reach]) === 0) continue;
        if (covered) this.#leave(rows.origin(row), 'subsumed');
        else {
          to.host(host, reach, this.#place(rows, row, except));
          written++;
        }
      }
    }
    return written;
  }

  #writeOthers(to: SnapshotWriter): number {
    const rows = this.#others;
    let written = 0;
    for (let row = 0; row < rows.texts.size; row++) {
      const text = Buffer.from(rows.texts.text(row), 'latin1').toString();
      const except = text.startsWith('! ');
      const entry = except ? text.slice(2) : text;
      if (rows.bits(row) === 1 && this.#hostListed(entry, except)) {
        this.#leave(rows.origin(row), 'subsumed');
        continue;
      }
      to.entry(entry, this.#place(rows, row, except));
      written++;
    }
    return written;
  }

  /** Whether the whole host of a path is listed. */
  #hostListed(entry: string, except: boolean): boolean {
    const [, mark, host = ''] = /^(=?)\[?([^/\]]*)/.exec(entry) ?? [];
    const rows = except ? this.#exceptions : this.#hosts;
    const row = rows.texts.find(host);
    const reach = row < 0 ? 0 : rows.bits(row);
    // An address has no mark, and has no sub-domains either.
    const alone = mark === '=' || /^[\d.]+$|:/.test(host);
    return (
      (reach & bits.subtree) !== 0 ||
      (alone && (reach & bits.exact) !== 0) ||
      belowListed(rows, host, host.indexOf('.') + 1)
    );
  }

  #place(rows: Rows, row: number, except: boolean): Place {
    const { file = null, source = null } = this.#origins[rows.origin(row)] ?? {};
    return { category: this.#category, source, file, line: rows.line(row), except };
  }
}

/** @param from where the name of the first parent begins; 0 where there is none */
function belowListed(rows: Rows, host: string, from: number): boolean {
  for (let at = from; at > 0; at = host.indexOf('.', at) + 1) {
    const parent = rows.texts.find(host, at);
    if (parent >= 0 && (rows.bits(parent) & bits.subtree) !== 0) return true;
  }
  return false;
}
