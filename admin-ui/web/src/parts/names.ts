/** Words and times as the pages write them. */
import type { Schemas } from '../api/client.ts';

export const roleNames: Readonly<Record<Schemas['Session']['roles'][number], string>> = {
  cto: 'Technology officer',
  approver: 'Approver',
  principal: 'Principal',
  counsellor: 'Counsellor',
  teacher: 'Teacher',
  helpDesk: 'Help desk',
  auditor: 'Auditor',
  staffRecords: 'Staff records',
};

export const actionNames: Readonly<Record<string, string>> = {
  block: 'Blocked',
  warn: 'Notice',
  allow: 'Opened',
};

/** What a rule does, as against what was done. */
export const effectNames: Readonly<Record<string, string>> = {
  block: 'Closes',
  warn: 'Notice',
  allow: 'Opens',
};

export const actionColors: Readonly<Record<string, string>> = { block: 'red', warn: 'yellow', allow: 'teal' };

const moments = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const times = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const numbers = new Intl.NumberFormat();

export const moment = (iso: string): string => moments.format(new Date(iso));
export const timeOfDay = (iso: string): string => times.format(new Date(iso));
export const number = (value: number): string => numbers.format(value);
export const counted = (value: number, one: string, many: string): string =>
  `${number(value)} ${value === 1 ? one : many}`;
