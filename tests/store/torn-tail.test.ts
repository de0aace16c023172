import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../store/journal/journal.ts';
import { findDamage } from '../../store/sqlite.ts';
import { queryBlocks } from '../../store/blocks.ts';
import { freshFolder } from './folder.ts';
import { record } from './samples.ts';

const fresh = freshFolder();
const sector = 512;
const tail = 64 * 1024;

/** A journal of 60 commits, as the disk holds it before any checkpoint: most of it stands in the WAL. */
function uncheckpointed(): { database: Buffer; log: Buffer; ids: string[] } {
  const path = join(fresh(), 'journal.db');
  const journal = Journal.open(path, { lockTimeout: 0 }, 0);
  const ids = Array.from({ length: 60 }, (_, n) => journal.append([record({ at: 1_000 + n })])[0] ?? '');
  const copy = join(fresh(), 'copy.db');
  copyFileSync(path, copy);
  copyFileSync(`${path}-wal`, `${copy}-wal`);
  journal.close();
  return { database: readFileSync(copy), log: readFileSync(`${copy}-wal`), ids };
}

/** Opens what is left after a crash. @returns the ids of the records that are there */
function reopen(database: Buffer, log: Buffer): string[] {
  const path = join(fresh(), 'journal.db');
  writeFileSync(path, database);
  writeFileSync(`${path}-wal`, log);
  const journal = Journal.open(path, { lockTimeout: 0 }, 0);
  expect(findDamage(journal.database)).toBe(null);
  const ids = [...queryBlocks(journal.database)].map(({ id }) => id);
  journal.close();
  return ids;
}

describe('a copy of database and WAL', () => {
  const { database, log, ids } = uncheckpointed();
  const cuts = Array.from({ length: tail / sector }, (_, n) => log.length - n * sector).filter(
    (cut) => cut > 0,
  );

  it('cut at any sector of the tail opens to a prefix of what was recorded', () => {
    const lengths = cuts.map((cut) => {
      const found = reopen(database, log.subarray(0, cut));
      expect(found).toEqual(ids.slice(0, found.length));
      return found.length;
    });
    expect(lengths[0]).toBe(ids.length);
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
    expect(lengths.at(-1)).toBeLessThan(ids.length);
  });

  it('whose last sectors were never written (zeros) or were torn (other bytes) opens to a prefix', () => {
    for (const fill of [0x00, 0x5a]) {
      for (const cut of cuts.slice(1, 40)) {
        const found = reopen(
          database,
          Buffer.concat([log.subarray(0, cut), Buffer.alloc(log.length - cut, fill)]),
        );
        expect(found).toEqual(ids.slice(0, found.length));
        expect(found.length).toBeLessThan(ids.length);
      }
    }
  });
});
