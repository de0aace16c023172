import { expect, it } from 'vitest';
import { day, dayCount, moment } from '../../pages/dates.ts';
import { at } from '../proxy/pages/sample.ts';

const plain = (text: string): string => text.replace(/\s/gu, ' ');

it('a moment is written in the language of the page and the time zone of the district', () => {
  expect(plain(moment(at, 'en', 'America/Chicago'))).toBe('November 23, 2026 at 10:31 AM');
  expect(plain(moment(at, 'es', 'America/New_York'))).toMatch(/^23 de noviembre de 2026.*11:31$/);
});

it('an unknown time zone is UTC, not a page that cannot be made', () => {
  expect(plain(moment(at, 'en', 'Nowhere/Land'))).toBe('November 23, 2026 at 4:31 PM');
});

it('a date of adoption does not move with the time zone; what is no date stands as it is', () => {
  expect(day('2026-06-15', 'en')).toBe('June 15, 2026');
  expect(day('2026-06-15', 'es')).toBe('15 de junio de 2026');
  expect(day('soon', 'en')).toBe('soon');
});

it('days have the plural of the language', () => {
  expect([dayCount(1, 'en'), dayCount(90, 'en'), dayCount(1, 'es'), dayCount(90, 'es')].map(plain)).toEqual([
    '1 day',
    '90 days',
    '1 día',
    '90 días',
  ]);
});
