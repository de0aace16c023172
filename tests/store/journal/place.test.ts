import {
  appendFileSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Place } from '../../../store/journal/place.ts';
import { freshFolder } from '../folder.ts';

const fresh = freshFolder();

function place() {
  const folder = fresh();
  const path = join(folder, 'a.db');
  for (const file of [path, `${path}-wal`, `${path}-shm`]) writeFileSync(file, 'as it was');
  return { folder, path, place: new Place(path) };
}

describe('the place of a database that is open', () => {
  it('is as it was, also when the file has grown', () => {
    const { path, place: one } = place();
    expect(one.change()).toBe(null);
    appendFileSync(path, ' and more');
    expect([one.change(), one.isTaken()]).toEqual([null, false]);
  });

  it('is empty, taken, or holds less than before', () => {
    const { folder, path, place: one } = place();
    truncateSync(path, 2);
    expect(one.change()).toBe('it was cut from 9 to 2 bytes');
    expect(one.isTaken(), 'it is the same file').toBe(false);
    renameSync(path, join(folder, 'elsewhere'));
    expect([one.change(), one.isTaken()]).toEqual(['it is not there any more', true]);
    writeFileSync(path, 'another');
    expect([one.change(), one.isTaken()]).toEqual(['another file stands in its place', true]);
  });

  it('keeps the log of the old file out of the way of another', () => {
    const { folder, path, place: one } = place();
    rmSync(path);
    one.setAsideLog();
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^a\.db-wal\.left-\d+$/)]);
  });

  it('leaves a log that came with the other file', () => {
    const { folder, path, place: one } = place();
    writeFileSync(join(folder, 'new'), '');
    renameSync(join(folder, 'new'), `${path}-wal`);
    one.setAsideLog();
    expect([existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([true, true]);
  });
});
