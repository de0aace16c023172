/** Where a page of records begins, as a text that means nothing to its holder. */
import { StoreError } from '../errors.ts';

/** A record's place in the order of a page: before it come those that are newer. */
export interface Position {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly seq: number;
}

export const cursorOf = ({ at, seq }: Position): string =>
  Buffer.from(`${at.toString(36)}.${seq.toString(36)}`).toString('base64url');

/** @throws StoreError `bad-cursor` */
export function positionOf(cursor: string): Position {
  const text = /^[\w-]{1,64}$/.test(cursor) ? Buffer.from(cursor, 'base64url').toString('latin1') : '';
  const [, at = '', seq = ''] = /^([0-9a-z]{1,10})\.([0-9a-z]{1,10})$/.exec(text) ?? [];
  const position = { at: parseInt(at, 36), seq: parseInt(seq, 36) };
  if (Number.isSafeInteger(position.at) && Number.isSafeInteger(position.seq)) return position;
  throw new StoreError(
    'bad-cursor',
    `\`${cursor.slice(0, 64)}\` is no place to go on from: begin with the first page`,
  );
}
