/**
 * Whether a schedule is open, at the cost of one comparison: each answer is kept together with the span of time for
 * which it holds (to the next beginning or end of a window, at most to the end of the local day).
 */
import { Temporal } from 'temporal-polyfill';
import type { Schedule } from '../model/policy.ts';

const DAY = 86_400_000;
const weekdays = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'] as const;
/** Ten years: beyond that no window is looked for. */
const HORIZON = 3_660;

/** A date as its number of days since 1970-01-01, which is a Thursday. */
const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
const within = (date: string, ranges: readonly { readonly from: string; readonly to: string }[]) =>
  ranges.some(({ from, to }) => from <= date && date <= to);

interface Span {
  readonly from: number;
  readonly to: number;
}

export class ScheduleClock {
  readonly name: string;
  readonly #schedule: Schedule;
  readonly #zone: string;
  #open = false;
  #from = 0;
  #until = 0;

  constructor(name: string, schedule: Schedule, timeZone: string) {
    this.name = name;
    this.#schedule = schedule;
    this.#zone = schedule.timeZone ?? timeZone;
  }

  isOpen(at: number): boolean {
    if (at < this.#from || at >= this.#until) this.#look(at);
    return this.#open;
  }

  /** Epoch milliseconds of the next moment after `at` at which a window begins or ends; Infinity when none does. */
  nextBoundary(at: number): number {
    const today = this.#dayOf(at);
    for (let day = today - 1; day <= today + HORIZON; day++) {
      const moments = [day, day + 1]
        .flatMap((each) => this.#spansOf(each))
        .flatMap(({ from, to }) => [from, to]);
      const next = Math.min(...moments.filter((moment) => moment > at));
      if (next !== Infinity) return next;
    }
    return Infinity;
  }

  #look(at: number): void {
    const today = this.#dayOf(at);
    const spans = [today - 1, today, today + 1].flatMap((day) => this.#spansOf(day));
    const moments = spans.flatMap(({ from, to }) => [from, to]);
    this.#open = spans.some(({ from, to }) => from <= at && at < to);
    this.#from = Math.max(this.#moment(today, '00:00'), ...moments.filter((moment) => moment <= at));
    this.#until = Math.min(this.#moment(today + 1, '00:00'), ...moments.filter((moment) => moment > at));
  }

  /** The windows that begin on `day`. Where the clocks change, a window is as long as the clock on the wall says. */
  #spansOf(day: number): Span[] {
    const date = dateOf(day);
    if (within(date, this.#schedule.except)) return [];
    const weekday = weekdays[((day % 7) + 7) % 7];
    return this.#schedule.windows
      .filter(
        ({ days, dates }) =>
          days.some((name) => name === weekday) && (dates === undefined || within(date, dates)),
      )
      .map(({ from, to }) => ({
        from: this.#moment(day, from),
        to: this.#moment(to > from ? day : day + 1, to),
      }));
  }

  #moment(day: number, time: string): number {
    const date = Temporal.PlainDate.from(dateOf(day));
    return date.toZonedDateTime({ timeZone: this.#zone, plainTime: Temporal.PlainTime.from(time) })
      .epochMilliseconds;
  }

  #dayOf(at: number): number {
    const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(at))
      .toZonedDateTimeISO(this.#zone)
      .toPlainDate();
    return Date.parse(local.toString()) / DAY;
  }
}
