import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clearUnfinished, refuseUnfinished } from '../../store/unfinished.ts';
import { freshFolder } from './folder.ts';

const fresh = freshFolder();

test('a folder into which nothing was restored', () => {
  const data = fresh();
  refuseUnfinished(data);
  clearUnfinished(data);
  expect(readdirSync(data)).toEqual([]);
});

test('a copy for which nothing was moved goes, and one for which something was is refused', () => {
  const data = fresh();
  mkdirSync(join(data, 'restoring'));
  writeFileSync(join(data, 'restoring', 'hallpass.db'), 'a part of it');
  refuseUnfinished(data);
  clearUnfinished(data);
  expect(readdirSync(data)).toEqual([]);
  mkdirSync(join(data, 'restoring'));
  writeFileSync(join(data, 'restoring', 'moving.json'), '{}');
  const refused = /broke off while files changed their places/;
  expect(() => refuseUnfinished(data)).toThrow(refused);
  expect(() => clearUnfinished(data)).toThrow(refused);
  expect(readdirSync(data)).toEqual(['restoring']);
});
