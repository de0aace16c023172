import { describe, expect, it } from 'vitest';
import { Spool } from '../../../store/journal/spool.ts';
import { record } from '../samples.ts';

describe('the spool', () => {
  it('gives back in order what it took, and counts what it has no room for', () => {
    const spool = new Spool(3);
    const records = Array.from({ length: 5 }, () => record());
    spool.add(records.slice(0, 2));
    spool.add(records.slice(2));
    expect([spool.size, spool.dropped]).toEqual([3, 2]);
    expect(spool.first(2)).toEqual(records.slice(0, 2));
    spool.remove(2);
    expect(spool.first(9)).toEqual([records[2]]);
    spool.dropAll();
    expect([spool.size, spool.dropped]).toEqual([0, 3]);
  });
});
