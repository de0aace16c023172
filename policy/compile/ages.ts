/** How old somebody is on the day of a request, and for how long that holds. */
import { Temporal } from 'temporal-polyfill';
import type { Identity } from '../subject.ts';
import type { Program } from './program.ts';

export interface Age {
  /** Full years; null where nobody knows or asks. */
  readonly years: number | null;
  /** Epoch milliseconds: the local day of the request. */
  readonly from: number;
  readonly until: number;
}

const always: Age = { years: null, from: -Infinity, until: Infinity };

export class Ages {
  readonly #zone: string;
  /** Whether any audience asks. */
  readonly #asked: boolean;

  constructor({ timeZone, audiences }: Pick<Program, 'timeZone' | 'audiences'>) {
    this.#zone = timeZone;
    this.#asked = audiences.some(({ age }) => age !== undefined);
  }

  of(identity: Identity, at: number): Age {
    if (!this.#asked || typeof identity === 'string') return always;
    const born = bornOn(identity.born);
    if (born === null) return always;
    const now = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(this.#zone);
    const midnight = now.startOfDay();
    return {
      years: born.until(now.toPlainDate(), { largestUnit: 'year' }).years,
      from: midnight.epochMilliseconds,
      until: midnight.add({ days: 1 }).epochMilliseconds,
    };
  }
}

/** A date that the directory has wrong is a date that it does not have. */
function bornOn(text: string | null | undefined): Temporal.PlainDate | null {
  if (text === null || text === undefined) return null;
  try {
    return Temporal.PlainDate.from(text);
  } catch {
    return null;
  }
}
