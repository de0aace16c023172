/** docs/policy.md says what the formats are: its examples are read by the real readers, and it leaves no key out. */
import { expect, it, test } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { formatProblem } from '../../policy/errors.ts';
import { readList } from '../../policy/lists/own.ts';
import { parseAup } from '../../policy/model/parse-aup.ts';
import { parsePolicy } from '../../policy/model/parse.ts';
import * as schemas from '../../policy/model/policy.ts';
import { blocks, page } from './document-blocks.ts';

test('the examples together are a policy', () => {
  const examples = Object.assign({}, ...blocks('yaml').map((text) => parse(text) as object)) as Record<
    string,
    object
  >;
  const needed = {
    audiences: { 'k-5': { title: 'K' }, 'grades-6-8': { title: 'M' }, ...examples['audiences'] },
    categories: {
      crisis: { title: 'C' },
      testing: { title: 'T' },
      social: { title: 'S' },
      ...examples['categories'],
    },
  };
  const read = parsePolicy(JSON.stringify({ ...examples, ...needed }), 'policy.md');
  expect(read.ok ? [] : read.problems.map(formatProblem)).toEqual([]);
});

test('the example of an AUP has its clause', () => {
  const read = parseAup(blocks('markdown').join('\n'), 'policy.md');
  expect(read).toMatchObject({
    ok: true,
    text: { clauses: [{ id: 'games', number: '4.2', child: expect.any(String) as string }] },
  });
});

test('the example of a list is read whole', () => {
  const [list = ''] = blocks('').filter((text) => text.includes('@category'));
  const { entries, others, report } = readList('example', list);
  expect(report).toMatchObject({ accepted: 15, duplicate: 0, subsumed: 0, rejected: [] });
  expect(entries).toHaveLength(4);
  expect(new Set(others.map(({ kind }) => kind))).toEqual(
    new Set(['host', 'path', 'glob', 'regex', 'abp', 'ip', 'term', 'extension', 'type']),
  );
});

const { audience, network, schedule, category, inlineList, match, policy } = schemas;
const shapes: Readonly<Record<string, z.ZodObject>> = {
  audience,
  network,
  schedule,
  category,
  inlineList,
  match,
  policy,
};
const keys = [...Object.values(shapes), schemas.rule as unknown as z.ZodObject].flatMap(({ shape }) =>
  Object.keys(shape),
);

it.each([...new Set(keys)])('`%s` is explained', (key) => {
  expect(page).toMatch(new RegExp(`\`${key}|\\b${key}:|^#+ .*\\b${key}\\b`, 'm'));
});
