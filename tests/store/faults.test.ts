import { describe, expect, it } from 'vitest';
import { FaultError } from '../../store/errors.ts';
import { explain, explained } from '../../store/faults.ts';

describe('a fault in words', () => {
  it.each(['full', 'locked', 'io', 'damaged', 'replaced', 'other'] as const)(
    '%s says which file, what is wrong, what SQLite said and what to do',
    (fault) => {
      expect(explain(fault, '/data/a.db', 'it said so')).toMatch(/^`\/data\/a\.db`: .+ \(it said so\): .+/);
      expect(explain(fault, '/data/a.db')).not.toContain('null');
    },
  );

  it('becomes the error of who works with the file, with its cause', () => {
    const error = new FaultError('damaged', 'page 7 is torn');
    expect(explained(error, 'a.db')).toMatchObject({ code: 'store-damaged', cause: error });
  });

  it('is none where the file is not at fault', () => {
    const error = new Error('no such table');
    expect(explained(error, 'a.db')).toBe(error);
  });
});
