import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Block } from '../../store/blocks.ts';
import { csvHeader, csvRow, inert } from '../../store/csv.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 100);

const block: Block = {
  ...{
    id: 'r-1',
    at: '2026-09-01T09:00:00.000Z',
    userId: 'k',
    user: 'ann',
    name: 'Ann',
    schools: ['a', 'b'],
  },
  ...{ ip: '10.0.0.1', method: 'GET', url: 'http://x.test/', host: 'x.test', rule: 'games', clause: null },
  ...{ clauseText: null, policyVersion: 'p', edition: 'e', action: 'block', enforced: true },
  ...{ about: 'student', grants: [], kept: null, count: 2 },
};

/** RFC 4180, written for the test: quoted cells, doubled quotes, CRLF. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  for (let at = 0; at < text.length;) {
    let cell = '';
    if (text[at] === '"') {
      for (at += 1; ; at += 1) {
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') {
          cell += '"';
          at += 1;
        } else break;
      }
      at += 1;
    } else while (at < text.length && text[at] !== ',' && text[at] !== '\r') cell += text[at++];
    rows.at(-1)?.push(cell);
    if (text[at] === ',') at += 1;
    else {
      at += 2;
      rows.push([]);
    }
  }
  return rows.filter((row) => row.length > 0);
}

it('has a header, and a cell for each of its columns: all but what decides it again', () => {
  const [head = [], row = []] = parse(csvHeader() + csvRow(block));
  const cells = Object.fromEntries(head.map((name, i) => [name, row[i]]));
  expect(cells).toMatchObject({
    id: 'r-1',
    user: 'ann',
    schools: 'a b',
    clause: '',
    count: '2',
    enforced: 'true',
  });
  const { kept: _, ...told } = block;
  expect(Object.keys(cells).sort()).toEqual(Object.keys(told).sort());
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\u200b=1', '＝1', '"=1', "'=1", '\n1'])(
  '%j is text',
  (cell) => {
    expect(inert(cell)).toBe(`'${cell}`);
  },
);

it.each(['http://x.test/?a=b', 'a-b', '10.0.0.1', '', 'ann@school'])('%j stays as it is', (cell) => {
  expect(inert(cell)).toBe(cell);
});

it('no cell of any block is a formula, and every one can be read back', () => {
  const hostile = fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '"', ',', '\n', '\r', '\t', ' ', 'a', '😀'),
  });
  fc.assert(
    fc.property(hostile, hostile, hostile, (user, url, rule) => {
      const [head = [], row = []] = parse(csvHeader() + csvRow({ ...block, user, url, rule }));
      for (const cell of row) expect(cell).not.toMatch(/^\s*[=+@-]/);
      const back = (name: string): string | undefined => row[head.indexOf(name)]?.replace(/^'/, '');
      expect([back('user'), back('url'), back('rule')]).toEqual(
        [user, url, rule].map((each) => each.replace(/^'/, '')),
      );
    }),
    { numRuns },
  );
});
