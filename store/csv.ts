/**
 * Blocks as CSV (RFC 4180), for whoever opens them in a spreadsheet. A spreadsheet takes a cell that begins with `=`, `+`,
 * `-` or `@` for a formula, and what stands in a URL or a login is not ours: such a cell begins with an apostrophe, by which
 * spreadsheets know text.
 */
import { stringify } from 'csv-stringify/sync';
import type { Block } from './blocks.ts';

const columns = [
  'id',
  'at',
  'action',
  'enforced',
  'about',
  'user',
  'name',
  'userId',
  'schools',
  'ip',
  'method',
  'url',
  'host',
  'rule',
  'clause',
  'clauseText',
  'policyVersion',
  'edition',
  'grants',
  'count',
] as const satisfies readonly (keyof Block)[];

/** A lone CR or LF is quoted too: some readers take either for the end of a row. */
const format = { record_delimiter: 'windows', quoted_match: /[\r\n]/ } as const;

/** Also behind white space and controls, and as the wide forms that some programs read as the narrow ones. */
// eslint-disable-next-line no-control-regex -- controls are what spreadsheets skip
const formula = /^[\s\u0000-\u001f\u200b\u200e\u200f\u2060\ufeff'"]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]/u;
const leadingControl = /^[\t\r\n]/;

/** A cell that no spreadsheet takes for a formula. */
export const inert = (text: string): string =>
  formula.test(text) || leadingControl.test(text) ? `'${text}` : text;

export const csvHeader = (): string => stringify([columns], format);

export function csvRow(block: Block): string {
  const cells = columns.map((column) => {
    const value = block[column];
    if (value === null) return '';
    return inert(Array.isArray(value) ? value.join(' ') : String(value));
  });
  return stringify([cells], format);
}
