/** Aligned columns for people to read. */

export interface Column<T> {
  readonly title: string;
  readonly width: number;
  readonly text: (row: T) => string;
}

/** Control characters, and marks that turn the direction of writing: a record must not repaint the terminal. */
// eslint-disable-next-line no-control-regex -- that is what it is for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

export const printable = (text: string): string => text.replace(unprintable, '�');

export function header<T>(columns: readonly Column<T>[]): string {
  return line(columns.map(({ title, width }) => ({ text: title, width })));
}

/** A text that is too long pushes the rest of its line to the right; nothing is cut. */
export function rowOf<T>(columns: readonly Column<T>[], row: T): string {
  return line(columns.map(({ text, width }) => ({ text: printable(text(row)), width })));
}

/** To the second, in UTC. */
export const time = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

function line(cells: readonly { readonly text: string; readonly width: number }[]): string {
  const padded = cells.map(({ text, width }) => text.padEnd(width));
  return `${padded.join('  ').trimEnd()}\n`;
}
