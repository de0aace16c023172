/** What of the audit trail stands beside the database: the key that it is made with, and the seal of its end. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { StoreError } from '../errors.ts';
import type { Seal } from './chain.ts';

const keyBytes = 32;

/** Reads the key. @throws StoreError `audit-key` when it is not there or no key */
export function readKey(path: string): Buffer {
  const mend =
    'put the file back from a backup: without it the audit trail can be neither checked nor continued';
  if (!existsSync(path))
    throw new StoreError('audit-key', `\`${path}\`, the key of the audit trail, is not there: ${mend}`);
  const key = Buffer.from(readFileSync(path, 'latin1').trim(), 'hex');
  if (key.length !== keyBytes)
    throw new StoreError(
      'audit-key',
      `\`${path}\` holds no key of ${String(keyBytes)} bytes in hexadecimal: ${mend}`,
    );
  return key;
}

/** Makes a key, readable by its owner alone. One that is there is never overwritten. */
export function makeKey(path: string): Buffer {
  const key = randomBytes(keyBytes);
  writeFileSync(path, `${key.toString('hex')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  return key;
}

/** The seal as it was last written; null when there is none. @throws StoreError `audit-seal` when it is unreadable */
export function readSeal(path: string): Seal | null {
  if (!existsSync(path)) return null;
  try {
    const { seq, mac, seal } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    if (typeof seq === 'number' && typeof mac === 'string' && typeof seal === 'string')
      return { seq, mac, seal };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new StoreError(
    'audit-seal',
    `\`${path}\` is no seal of an audit trail: put the file back from a backup`,
  );
}

/** Whole or not at all, over a power cut too: the older seal still vouches for the rows up to it, half of one for none. */
export function writeSeal(path: string, seal: Seal): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(seal)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
