/**
 * When somebody was born, as directories write it: `2012-05-04`, `20120504`, `20120504000000Z` (generalized time, RFC 4517
 * §3.3.13: its date as it is written, in whatever zone), and where it is said so `5/4/2012`, which elsewhere is the fourth
 * of May or the fifth of April. What is none of these, or no day, is nothing: an age must not be guessed.
 */
import type { DirectoryLog } from './log.ts';

export type BirthDateForm = 'iso' | 'month/day/year';

/** How often at most a line tells of dates that cannot be read. */
const quiet = 3_600_000;
const iso = /^(\d{4})-(\d{2})-(\d{2})$/;
const packed = /^(\d{4})(\d{2})(\d{2})(?:\d{2}(?:\d{2}(?:\d{2})?)?(?:[.,]\d+)?(?:Z|[+-]\d{2}(?:\d{2})?))?$/;
const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/;

/** ISO date, or null where it is not understood. @param at epoch milliseconds: nobody is born later */
export function birthDateOf(text: string, form: BirthDateForm, at: number): string | null {
  const value = text.trim();
  const [, year = '', month = '', day = ''] = iso.exec(value) ?? packed.exec(value) ?? [];
  if (year !== '') return dateOf(year, month, day, at);
  const [, m = '', d = '', y = ''] = (form === 'month/day/year' ? american.exec(value) : null) ?? [];
  return y === '' ? null : dateOf(y, m.padStart(2, '0'), d.padStart(2, '0'), at);
}

/** The days that are in the calendar, of people who can be alive. */
function dateOf(year: string, month: string, day: string, at: number): string | null {
  const text = `${year}-${month}-${day}`;
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) return null;
  // A day's grace: it may be tomorrow there.
  return Number(year) >= 1880 && date.getTime() <= at + 86_400_000 ? text : null;
}

/** Reads them of entries, and tells how many cannot be read, but never whose or what they are. */
export class BirthDates {
  readonly #attribute: string;
  readonly #form: BirthDateForm;
  readonly #log: DirectoryLog;
  readonly #now: () => number;
  #unread = 0;
  #told = -Infinity;

  constructor(attribute: string, form: BirthDateForm, log: DirectoryLog, now: () => number) {
    this.#attribute = attribute;
    this.#form = form;
    this.#log = log;
    this.#now = now;
  }

  /** @param value undefined where the entry has none */
  read(value: string | undefined): string | null {
    if (value === undefined || value.trim() === '') return null;
    const now = this.#now();
    const born = birthDateOf(value, this.#form, now);
    if (born === null) this.#count(now);
    return born;
  }

  #count(now: number): void {
    this.#unread++;
    if (now - this.#told < quiet) return;
    const fields = { attribute: this.#attribute, count: this.#unread };
    this.#log.warn(fields, 'dates of birth that cannot be read: these people count as of unknown age');
    this.#unread = 0;
    this.#told = now;
  }
}
