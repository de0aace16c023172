/** Requests for a review, as those see them who may see the records that they are about. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Queries } from '../../../control/queries.ts';
import { Journal } from '../../../store/journal/journal.ts';
import type { Scope } from '../../../store/reading/scope.ts';
import { Repository } from '../../../store/repository/repository.ts';
import { freshFolder } from '../folder.ts';
import { person, record } from '../samples.ts';

const fresh = freshFolder();
const all: Scope = { students: 'all', staff: 'all', viewer: null };
const north: Scope = { students: ['north'], staff: [], viewer: null };

async function house() {
  const folder = fresh();
  const records = [
    record({ at: 1_000, schools: ['north'] }),
    record({ at: 2_000, schools: ['south'], person: person(2) }),
    record({ at: 3_000, schools: ['north'], person: person(3), about: 'staff' }),
    record({ at: 4_000, schools: ['north'], person: person(4) }),
  ];
  const journal = Journal.open(join(folder, 'journal.db'), { lockTimeout: 0 }, 0);
  journal.append(records);
  journal.close();
  const repository = Repository.open(join(folder, 'hallpass.db'));
  for (const [i, { id, person: whose, host, rule }] of records.entries()) {
    const review = { id: `v-${String(i)}`, record: id, subject: whose?.key ?? '', at: 10_000 + i };
    const asked = { ...review, kind: 'mistake', text: `text ${String(i)}`, host, rule } as const;
    await repository.acts.addReview(asked, { nonce: review.id, expires: 0 });
  }
  return { repository, queries: new Queries(folder) };
}

test('are those about records of the scope, the oldest that waits first, page by page', async () => {
  const { repository, queries } = await house();
  const first = await queries.reviewsPage(all, 'open', null, 3);
  const second = await queries.reviewsPage(all, 'open', first.next, 3);
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['v-0', 'v-1', 'v-2', 'v-3']);
  expect(second.next).toBeNull();
  expect((await queries.reviewsPage(north, 'open', null, 9)).items.map(({ id }) => id)).toEqual([
    'v-0',
    'v-3',
  ]);
  expect(await queries.waitingReviews(north)).toEqual({ count: 2, oldest: 10_000 });
  expect(await queries.reviewRequest(north, 'v-0')).toMatchObject({
    ...{ text: 'text 0', record: { user: 'student1', schools: ['north'] }, answer: null },
  });
  for (const id of ['v-1', 'v-2', 'nothing']) expect(await queries.reviewRequest(north, id)).toBeNull();
  const own = { ...north, viewer: person(4).key };
  expect(await queries.reviewRequest(own, 'v-3')).toBeNull();
  queries.close();
  await repository.close();
});

test('are answered once', async () => {
  const { repository, queries } = await house();
  const answer = { review: 'v-0', at: 20_000, actor: 'key', login: 'p.north', note: 'It is for a lesson.' };
  expect(await repository.acts.answerReview({ ...answer, outcome: 'kept' })).toBe('added');
  expect(await repository.acts.answerReview({ ...answer, outcome: 'opened' })).toBe('there');
  expect(await queries.waitingReviews(north)).toEqual({ count: 1, oldest: 10_003 });
  const { items } = await queries.reviewsPage(north, 'answered', null, 9);
  expect(items).toMatchObject([{ id: 'v-0', answer: { by: 'p.north', outcome: 'kept' } }]);
  queries.close();
  await repository.close();
});
