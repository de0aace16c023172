/** Dates and counts as the reader of a page writes them. Formatters cost far more to make than to use, so they are kept. */
import { LRUCache } from 'lru-cache';

const moments = new LRUCache<string, Intl.DateTimeFormat>({ max: 256 });
const days = new LRUCache<string, Intl.DateTimeFormat>({ max: 64 });

/** `23 November 2026, 10:31`, in the page's language and an IANA time zone (UTC where the zone is not known). */
export function moment(at: number, language: string, timeZone: string): string {
  const key = `${language} ${timeZone}`;
  let formatter = moments.get(key);
  if (formatter === undefined) {
    formatter = momentFormatter(language, timeZone);
    moments.set(key, formatter);
  }
  return formatter.format(at);
}

function momentFormatter(language: string, timeZone: string): Intl.DateTimeFormat {
  const style = { dateStyle: 'long', timeStyle: 'short' } as const;
  try {
    return new Intl.DateTimeFormat(language, { ...style, timeZone });
  } catch {
    return new Intl.DateTimeFormat(language, { ...style, timeZone: 'UTC' });
  }
}

/** An ISO date in the page's language; as it stands where it is no date. */
export function day(iso: string, language: string): string {
  const at = Date.parse(`${iso}T00:00:00Z`);
  if (Number.isNaN(at)) return iso;
  let formatter = days.get(language);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
    days.set(language, formatter);
  }
  return formatter.format(at);
}

/** `30 minutes`, `2 hours`: whole hours as hours. @param ms whole minutes */
export function span(ms: number, language: string): string {
  const minutes = Math.round(ms / 60_000);
  const hours = minutes % 60 === 0;
  const unit = hours ? 'hour' : 'minute';
  const count = hours ? minutes / 60 : minutes;
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** `90 days`, with the plural that the language has. */
export function dayCount(count: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(count);
}
