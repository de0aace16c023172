/** Entries → the arrays that host-table.ts reads and explains. */
import type { SectionName } from './layout.ts';
import { MAX_SETS, mix1, mix2, SEED_1, SEED_2, slotOf } from './host-table.ts';

export interface HostEntry {
  readonly host: string;
  /** By `itemOf`. */
  readonly item: number;
  readonly origin: number;
  readonly line: number;
}

type TableSections = Record<Exclude<SectionName, 'program'>, Uint8Array>;

const byHost = (a: HostEntry, b: HostEntry): number =>
  a.host < b.host ? -1 : a.host > b.host ? 1 : a.item - b.item || a.origin - b.origin || a.line - b.line;

/** Null when the hosts say more different things than a set's number can tell apart. */
export function buildHostTable(unsorted: readonly HostEntry[]): TableSections | null {
  const entries = unsorted.toSorted(byHost);
  const groups = groupsOf(entries);
  const sets = new Sets();
  const slots = new Slots(groups.length);
  const columns = entryColumns(entries.length);
  const text: string[] = [];
  let offset = 0;
  for (const { start, end } of groups) {
    const { host } = entries[start] as HostEntry;
    for (let i = start; i < end; i++) {
      const entry = entries[i] as HostEntry;
      columns.entryText[i] = offset;
      columns.entryLength[i] = host.length;
      columns.entryItem[i] = entry.item;
      columns.entryOrigin[i] = entry.origin;
      columns.entryLine[i] = entry.line;
    }
    slots.add(host, start, sets.numberOf(entries.slice(start, end).map((entry) => entry.item)));
    text.push(host);
    offset += host.length;
  }
  if (sets.count > MAX_SETS) return null;
  const arrays = { ...columns, ...slots.columns, ...sets.columns() };
  const bytes = Object.entries(arrays).map(([name, array]) => [name, new Uint8Array(array.buffer)]);
  return { ...(Object.fromEntries(bytes) as TableSections), text: Buffer.from(text.join(''), 'latin1') };
}

function groupsOf(entries: readonly HostEntry[]): { start: number; end: number }[] {
  const groups: { start: number; end: number }[] = [];
  for (const [i, { host }] of entries.entries()) {
    const last = groups.at(-1);
    if (last !== undefined && entries[last.start]?.host === host) last.end = i + 1;
    else groups.push({ start: i, end: i + 1 });
  }
  return groups;
}

function entryColumns(count: number) {
  return {
    entryText: new Uint32Array(count),
    entryLength: new Uint8Array(count),
    entryItem: new Uint32Array(count),
    entryOrigin: new Uint32Array(count),
    entryLine: new Uint32Array(count),
  };
}

/** Each different set of items once. */
class Sets {
  readonly #numbers = new Map<string, number>();
  readonly #starts: number[] = [0];
  readonly #items: number[] = [];

  get count(): number {
    return this.#numbers.size;
  }

  /** @param sorted items of one host, perhaps with repetitions */
  numberOf(sorted: readonly number[]): number {
    const items = [...new Set(sorted)];
    const key = items.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#items.push(...items);
    this.#starts.push(this.#items.length);
    const number = this.#numbers.size;
    this.#numbers.set(key, number);
    return number;
  }

  columns() {
    return { setStart: Uint32Array.from(this.#starts), setItem: Uint32Array.from(this.#items) };
  }
}

class Slots {
  readonly columns;
  readonly #mask: number;

  constructor(hosts: number) {
    let size = 8;
    while (size * 0.6 < hosts) size *= 2;
    this.#mask = size - 1;
    this.columns = {
      slotHash1: new Uint32Array(size),
      slotHash2: new Uint32Array(size),
      slotEntry: new Uint32Array(size),
      slotSet: new Uint16Array(size),
    };
  }

  add(host: string, entry: number, set: number): void {
    let [hash1, hash2] = [SEED_1, SEED_2];
    for (let i = host.length - 1; i >= 0; i--) {
      hash1 = mix1(hash1, host.charCodeAt(i));
      hash2 = mix2(hash2, host.charCodeAt(i));
    }
    const { slotHash1, slotHash2, slotEntry, slotSet } = this.columns;
    let slot = slotOf(hash1 >>> 0, this.#mask);
    while (slotEntry[slot] !== 0) slot = (slot + 1) & this.#mask;
    slotHash1[slot] = hash1;
    slotHash2[slot] = hash2;
    slotEntry[slot] = entry + 1;
    slotSet[slot] = set;
  }
}
